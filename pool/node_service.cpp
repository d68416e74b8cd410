#include "pool/node_service.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace pool {
namespace {

namespace node = stratum::node;
using stratum::Code;

constexpr std::uint32_t kRetryAfterS = 1;
// An answer that took longer to arrive is refused by the miner.
constexpr base::Micros kExpires = std::chrono::seconds(90);

NodeReply overloaded() {
  return {503, R"({"error":"too many at once"})", kRetryAfterS};
}

}  // namespace

void NodeService::handle(std::string_view body, base::UnixTime stamp, base::SteadyTime now,
                         Reply reply, const void* from) {
  const node::ReadCall read = node::read_call(body);
  if (const auto* fault = std::get_if<node::CallFault>(&read.call)) {
    return reply({200, node::write_fault(read.id, *fault)});
  }
  on_call(std::get<node::Call>(read.call), stamp, now, std::move(reply), from);
}

void NodeService::on_call(const node::Call& call, base::UnixTime stamp, base::SteadyTime now,
                          Reply reply, const void* from) {
  if (const auto* time = std::get_if<node::GetTime>(&call.question)) {
    return reply({200, node::write_time(call.id, {time->c0, stamp, stamp})});
  }
  Guest* guest = guest_of(call, stamp, reply);
  if (guest == nullptr) return;
  guest->asked = now;
  if (std::holds_alternative<node::GetSprint>(call.question)) {
    return on_get_sprint(*guest, call, stamp, now, std::move(reply), from);
  }
  if (stopped_ && !std::holds_alternative<node::GetSprintResult>(call.question)) {
    return reply({200, node::write_refusal(call.id, {Code::kDraining, "the pool stops", 1000})});
  }
  guest->end->ask(call, stamp, [reply = std::move(reply)](std::string answer) {
    reply({200, std::move(answer)});
  });
  setup_.pool.handle(guest->id, stamp);
}

NodeService::Guest* NodeService::guest_of(const node::Call& call, base::UnixTime stamp,
                                          const Reply& reply) {
  const auto known = guests_.find(call.caller);
  if (known != guests_.end()) return &known->second;
  const auto login = stratum::parse_login(call.caller.payout);
  if (!login) {
    reply({200,
           node::write_refusal(call.id, {Code::kUnauthorized, "payout: an account[.worker]", 0})});
    return nullptr;
  }
  if (guests_.size() >= kMaxGuests || stopped_) {
    reply(overloaded());
    return nullptr;
  }
  const auto made = guests_.try_emplace(call.caller).first;
  Guest& guest = made->second;
  guest.id = setup_.next_id();
  guest.end = std::make_unique<NodeGuest>(call.caller.payout, [this] { ask_to_settle(); });
  setup_.pool.join(guest.id, *guest.end);
  guest.end->log_in(*login);
  setup_.pool.handle(guest.id, stamp);
  if (guest.end->logged_in()) return &guest;
  const stratum::WireError why = guest.end->refusal().value_or(
      stratum::WireError{Code::kBusy, "the login takes too long", 1000});
  leave(made);
  reply({200, node::write_refusal(call.id, why)});
  return nullptr;
}

std::string NodeService::poll_id(const Guest& guest) const {
  return fmt::format("{}-{}-{}", setup_.run, guest.id, guest.end->version());
}

std::string NodeService::work(const Guest& guest, std::uint64_t id, base::UnixTime stamp) const {
  return node::write_work(id, {poll_id(guest), stamp, kExpires, guest.end->sprints(stamp)});
}

void NodeService::on_get_sprint(Guest& guest, const node::Call& call, base::UnixTime stamp,
                                base::SteadyTime now, Reply reply, const void* from) {
  const auto& seen = std::get<node::GetSprint>(call.question).poll_id;
  if (!seen || *seen != poll_id(guest) || stopped_) {
    return reply({200, work(guest, call.id, stamp)});
  }
  answer_polls([&](const Poll& poll) { return poll.guest == &guest; }, stamp, now);
  if (polls_.size() >= kMaxPolls) return reply(overloaded());
  ++guest.polls;
  polls_.push_back({&guest, call.id, *seen, now + kHeldAtMost, std::move(reply), from});
}

void NodeService::ask_to_settle() {
  if (std::exchange(to_settle_, true)) return;
  setup_.to_settle();
}

void NodeService::let_go(const void* from, base::UnixTime stamp, base::SteadyTime now) {
  answer_polls([&](const Poll& poll) { return poll.from == from; }, stamp, now);
}

/// Those of which `which` says so; a reply may not be given a second time, whatever it calls.
template <class Which>
void NodeService::answer_polls(Which which, base::UnixTime stamp, base::SteadyTime now) {
  std::list<Poll> chosen;
  for (auto at = polls_.begin(); at != polls_.end();) {
    const auto poll = at++;
    if (which(*poll)) chosen.splice(chosen.end(), polls_, poll);
  }
  for (const Poll& poll : chosen) {
    --poll.guest->polls;
    poll.guest->asked = now;
    poll.reply({200, work(*poll.guest, poll.id, stamp)});
  }
}

void NodeService::settle(base::UnixTime stamp, base::SteadyTime now) {
  to_settle_ = false;
  answer_polls(
      [&](const Poll& poll) {
        return poll.seen != poll_id(*poll.guest) || now >= poll.until || stopped_;
      },
      stamp, now);
  for (auto at = guests_.begin(); at != guests_.end();) {
    const auto guest = at++;
    const bool idle = guest->second.polls == 0 && !guest->second.end->busy();
    if (idle && now - guest->second.asked >= kGuestStays) leave(guest);
  }
}

void NodeService::leave(std::map<node::Caller, Guest>::iterator guest) {
  setup_.pool.leave(guest->second.id);
  guests_.erase(guest);
}

void NodeService::stop(base::UnixTime stamp, base::SteadyTime now) {
  stopped_ = true;
  settle(stamp, now);
}

}  // namespace pool
