// The bridge's way of a line: to the session's own pool, which says what is asked, and on to a
// call.
#include "stratum/node_bridge.h"

#include <algorithm>
#include <utility>

#include "stratum/codec_requests.h"

namespace stratum {
namespace {

using std::chrono::seconds;

constexpr base::Micros kPollTimeout = seconds(80);  // held for 60, and on its way
constexpr base::Micros kWorkTimeout = seconds(10);
constexpr std::size_t kMaxHeldLines = 16;

}  // namespace

NodeBridge::NodeBridge(std::string client) : client_(std::move(client)) {}

base::Status NodeBridge::feed(std::string_view bytes, base::SteadyTime now) {
  if (over_) return *over_;
  RETURN_IF_ERROR(framer_.feed(bytes));
  while (const auto line = framer_.next()) RETURN_IF_ERROR(take_line(*line, now));
  return base::Ok{};
}

base::Status NodeBridge::take_line(const std::string& line, base::SteadyTime now) {
  json::Document document;
  RETURN_IF_ERROR(document.parse(line));
  ASSIGN_OR_RETURN(const codec::Envelope envelope, codec::read_envelope(document.root()));
  if (refused_) return pass_on(line, base::UnixTime());
  if (!open_) {  // what time it is there is not known yet
    if (held_.size() >= kMaxHeldLines) return base::invalid("too much before the first answer");
    held_.push_back(line);
    if (envelope.method == "mining.authorize") take_login(envelope.params);
    return base::Ok{};
  }
  const auto c0 = codec::read_time_request(envelope.params);
  const auto id = envelope.id.integer();
  if (envelope.method == "mining.time" && c0.ok() && id.ok()) {
    times_.push_back({*id, *c0});  // the node's own word
    return base::Ok{};
  }
  return pass_on(line, clock_.to_pool(now));
}

void NodeBridge::take_login(const json::Field& params) {
  const auto login = codec::read_authorize(params);
  if (!login.ok()) return;
  payout_ = login->login;
  password_ = login->password;
  knows_login_ = true;
}

base::Status NodeBridge::pass_on(const std::string& line, base::UnixTime now) {
  base::Status fed = server_.feed(line + "\n", now);
  while (const auto event = server_.next_event()) {
    std::visit([this](const auto& wanted) { on(wanted); }, *event);
  }
  gather();
  return fed;
}

/// What the session's pool said goes out in order with what is said past it.
void NodeBridge::gather() {
  output_.append(server_.output());
  server_.consume(server_.output().size());
}

/// The node let us in by its first answer, or did not.
void NodeBridge::on(const server::LoginWanted& wanted) {
  if (open_) return server_.accept(wanted.request);
  server_.refuse(wanted.request, Code::kUnauthorized, refused_.value_or("no answer"));
}

void NodeBridge::on(const server::ReadyWanted& wanted) {
  const auto group = std::make_shared<LeaseGroup>(LeaseGroup{wanted.request});
  for (const ReadyDevice& device : wanted.devices) {
    rates_[device.device] = device.rate_per_1000s;
    ask_for_lease(group, wanted.sprint, device.device);
  }
}

void NodeBridge::on(const server::LeaseWanted& wanted) {
  const auto group = std::make_shared<LeaseGroup>(LeaseGroup{wanted.request});
  ask_for_lease(group, wanted.sprint, wanted.device.value_or(0));
}

void NodeBridge::ask_for_lease(const std::shared_ptr<LeaseGroup>& group, const std::string& sprint,
                               std::uint32_t device) {
  ++group->left;
  const auto rate = rates_.find(device);
  leases_.push_back(
      {group,
       {sprint, std::to_string(++last_key_), 1, device, rate == rates_.end() ? 0 : rate->second}});
}

void NodeBridge::on(const server::SubmitWanted& wanted) {
  submits_.push_back(wanted);
}

void NodeBridge::on(const server::BatchWanted& wanted) {
  server_.refuse(wanted.request, Code::kOther, "a node takes no batches of a session");
}

void NodeBridge::on(const server::StatusWanted& wanted) {
  server_.refuse(wanted.request, Code::kOther, "a node gives no proofs");
}

/// Also of shares that are still on their way: the work lane carries one call at a time, and shares
/// before all else, so that each is stored or refused before its withdrawal is sent.
void NodeBridge::on(const server::WithdrawWanted& wanted) {
  const std::set<std::uint64_t> nonces = take_nonces(wanted);
  if (nonces.empty()) return server_.withdrawn(wanted.request, 0);
  withdrawals_.push_back({wanted.request, {wanted.sprint, {nonces.begin(), nonces.end()}}});
}

std::set<std::uint64_t> NodeBridge::take_nonces(const server::WithdrawWanted& wanted) {
  std::set<std::uint64_t> nonces;
  const auto named = [&](std::uint64_t seq) {
    return std::find(wanted.seqs.begin(), wanted.seqs.end(), seq) != wanted.seqs.end();
  };
  const auto look_at = [&](const server::SubmitWanted& submit) {
    if (submit.sprint == wanted.sprint && named(submit.seq)) nonces.insert(submit.share.nonce);
  };
  std::for_each(submits_.begin(), submits_.end(), look_at);
  const auto& flight = flights_[static_cast<std::size_t>(Lane::kWork)];
  const auto* call = flight ? std::get_if<SubmitCall>(&flight->purpose) : nullptr;
  if (call != nullptr) std::for_each(call->shares.begin(), call->shares.end(), look_at);
  const auto sprint = sprints_.find(wanted.sprint);
  if (sprint == sprints_.end()) return nonces;
  std::erase_if(sprint->second.seqs, [&](const auto& share) {
    if (named(share.second)) nonces.insert(share.first);
    return named(share.second);
  });
  return nonces;
}

std::optional<HttpCall> NodeBridge::next_call(Lane lane, base::SteadyTime now) {
  const auto at = static_cast<std::size_t>(lane);
  auto& flight = flights_[at];
  if (over_ || refused_ || !knows_login_ || now < pauses_[at].not_before) return std::nullopt;
  if (flight) {
    if (!std::exchange(flight->again, false)) return std::nullopt;
    flight->sent = now;
    return flight->call;
  }
  auto purpose = next_purpose(lane, now);
  if (!purpose) return std::nullopt;
  flight = flight_of(std::move(*purpose), now);
  return flight->call;
}

/// Shares before all else.
std::optional<NodeBridge::Purpose> NodeBridge::next_purpose(Lane lane, base::SteadyTime now) {
  const auto take_first = [](auto& queue) {
    Purpose first = std::move(queue.front());
    queue.pop_front();
    return first;
  };
  if (lane == Lane::kPoll) {
    if (now < poll_at_) return std::nullopt;
    node::GetSprint poll;
    if (open_) poll.poll_id = poll_id_;
    return poll;
  }
  if (!open_) return std::nullopt;
  if (!submits_.empty()) return next_submit();
  if (!leases_.empty()) return take_first(leases_);
  if (!times_.empty()) return take_first(times_);
  if (!withdrawals_.empty()) return take_first(withdrawals_);
  if (auto result = next_result(now)) return std::move(*result);
  return std::nullopt;
}

/// As many of one sprint as a call takes.
NodeBridge::SubmitCall NodeBridge::next_submit() {
  SubmitCall call{submits_.front().sprint, {}};
  while (!submits_.empty() && submits_.front().sprint == call.sprint &&
         call.shares.size() < node::kMaxShares) {
    call.shares.push_back(std::move(submits_.front()));
    submits_.pop_front();
  }
  return call;
}

std::optional<NodeBridge::ResultCall> NodeBridge::next_result(base::SteadyTime now) {
  for (auto& [id, sprint] : sprints_) {
    if (!sprint.ended || now < sprint.ask_at) continue;
    ResultCall call{id, {}};
    auto share = sprint.asked_to ? sprint.seqs.upper_bound(*sprint.asked_to) : sprint.seqs.begin();
    for (; share != sprint.seqs.end() && call.nonces.size() < node::kMaxShares; ++share) {
      call.nonces.push_back(share->first);
    }
    return call;
  }
  return std::nullopt;
}

NodeBridge::Flight NodeBridge::flight_of(Purpose purpose, base::SteadyTime now) {
  struct ToQuestion {
    node::Question operator()(const node::GetSprint& poll) const { return poll; }
    node::Question operator()(const LeaseCall& call) const { return call.wish; }
    node::Question operator()(const SubmitCall& call) const {
      node::SubmitSprint out{call.sprint, {}};
      for (const auto& wanted : call.shares) {
        out.shares.push_back({wanted.share.nonce, wanted.share.digest});
      }
      return out;
    }
    node::Question operator()(const TimeCall& call) const { return node::GetTime{call.c0}; }
    node::Question operator()(const WithdrawCall& call) const { return call.wish; }
    node::Question operator()(const ResultCall& call) const {
      return node::GetSprintResult{call.sprint, call.nonces};
    }
  };
  const node::Call call{++last_id_, {payout_, client_}, std::visit(ToQuestion{}, purpose)};
  const bool held = std::holds_alternative<node::GetSprint>(purpose) && open_;
  HttpCall post{node::write_call(call), held ? kPollTimeout : kWorkTimeout};
  return {std::move(purpose), call.id, std::move(post), now};
}

std::optional<base::SteadyTime> NodeBridge::wake() const {
  if (over_ || refused_ || !knows_login_) return std::nullopt;
  std::optional<base::SteadyTime> at;
  const auto maybe = [&](Lane lane, base::SteadyTime time) {
    time = std::max(time, pauses_[static_cast<std::size_t>(lane)].not_before);
    at = std::min(at.value_or(time), time);
  };
  const auto& [poll, work] = flights_;
  if (!poll) maybe(Lane::kPoll, poll_at_);
  if (poll && poll->again) maybe(Lane::kPoll, {});
  if (work && work->again) maybe(Lane::kWork, {});
  if (work || !open_) return at;
  const bool waits =
      !submits_.empty() || !leases_.empty() || !times_.empty() || !withdrawals_.empty();
  if (waits) maybe(Lane::kWork, {});
  for (const auto& [id, sprint] : sprints_) {
    if (sprint.ended) maybe(Lane::kWork, sprint.ask_at);
  }
  return at;
}

}  // namespace stratum
