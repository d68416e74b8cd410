// The client session's way of an answer: to the handler that waits for its id.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "stratum/client_dispatch.h"
#include "stratum/codec_answers.h"
#include "stratum/codec_requests.h"

namespace stratum {
namespace {

constexpr int kExchangesAtLogin = 3;
constexpr base::Micros kExchangeInterval = std::chrono::seconds(30);

std::string with_code(const WireError& error) {
  return fmt::format("[{}] {}", static_cast<int>(error.code), error.text);
}

/// Those of the asked that no lease names: a pool may grant to some of them only.
std::vector<std::uint32_t> devices_without(std::span<const std::uint32_t> asked,
                                           std::span<const Lease> leases) {
  std::vector<std::uint32_t> without;
  std::copy_if(asked.begin(), asked.end(), std::back_inserter(without), [&](std::uint32_t device) {
    return std::none_of(leases.begin(), leases.end(),
                        [&](const Lease& lease) { return lease.device == device; });
  });
  return without;
}

}  // namespace

/// An id that nothing waits for is ignored: answered before, or never asked.
void ClientSession::handle_answer(std::uint64_t id, const Answer& answer) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  (this->*pending.handler)(pending, answer);
}

void ClientSession::on_subscribed(const Pending& pending, const Answer& answer) {
  if (answer.refused()) {
    return fail("the pool refused the subscription: " + with_code(answer.why_not()));
  }
  const auto subscribed = codec::read_subscribed(answer.result);
  if (!subscribed) {
    return fail(fmt::format("the pool does not speak {}, in its answer to mining.subscribe: {}",
                            codec::kVersion, subscribed.message()));
  }
  clock_.add({pending.sent, subscribed->server_time, subscribed->server_time, now_});
  asked_login_ = now_;
  token_ = subscribed->token;
  const auto from = std::exchange(from_, std::nullopt);
  const bool resumed = from && subscribed->resumed;
  if (resumed) sprints_ = from->sprints;
  if (state_ == State::kSubscribing) state_ = State::kAuthorizing;
  if (resumed) log_in(true);
}

void ClientSession::log_in(bool resumed) {
  if (state_ != State::kAuthorizing) return;  // logged in already, or leaving
  state_ = State::kWorking;
  was_logged_in_ = true;
  sprint_news_ = now_;
  events_.emplace_back(client::LoggedIn{resumed});
  exchanges_at_login_ = kExchangesAtLogin;
  ask_time();
}

void ClientSession::on_authorized(const Pending&, const Answer& answer) {
  if (!answer.is_true()) {
    const WireError error = answer.why_not();
    // A pool that is busy, draining or angry for a while may take the same login later.
    const bool for_good = is_final(error.code) && error.code != Code::kBanned;
    if (for_good) events_.emplace_back(client::LoginRefused{error});
    return fail("the pool refused the login: " + with_code(error));
  }
  if (!clock_.known()) return fail("the pool answered the login before the subscription");
  log_in(false);
}

/// What of `list` can be; each lease that cannot is told.
std::vector<Lease> ClientSession::take_leases(const std::string& sprint,
                                              std::span<const std::uint32_t> devices,
                                              const codec::LeaseList& list) {
  for (const std::string& why : list.refused) {
    tell(fmt::format("sprint {}: a lease refused, {}", sprint, why));
  }
  std::vector<Lease> taken;
  for (const Lease& lease : list.leases) {
    const base::Status added = sprints_.add_lease(sprint, lease, devices);
    if (added.ok()) {
      taken.push_back(lease);
    } else {
      tell(fmt::format("sprint {}: lease {} refused, {}", sprint, lease.id, added.message()));
    }
  }
  return taken;
}

void ClientSession::on_leases(const Pending& pending, const Answer& answer) {
  const auto refuse = [&](WireError error) {
    events_.emplace_back(client::LeaseRefused{pending.sprint, pending.devices, std::move(error)});
  };
  if (answer.refused()) return refuse(answer.why_not());
  const auto list = codec::read_leases(answer.result.at("leases"));
  if (!list) return refuse({Code::kOther, "the answer makes no sense, " + list.message(), 0});
  if (!sprints_.knows(pending.sprint)) return refuse({Code::kUnknownSprint, "it is over", 0});
  std::vector<Lease> taken = take_leases(pending.sprint, pending.devices, *list);
  std::vector<std::uint32_t> without = devices_without(pending.devices, taken);
  if (!taken.empty()) events_.emplace_back(client::Leased{pending.sprint, std::move(taken), {}});
  if (!without.empty()) {
    const WireError none{Code::kNoLease, "no lease came that makes sense", 0};
    events_.emplace_back(client::LeaseRefused{pending.sprint, std::move(without), none});
  }
}

void ClientSession::on_submitted(const Pending& pending, const Answer& answer) {
  --unanswered_;
  client::Answered event{pending.sprint, pending.seq, std::nullopt};
  if (!answer.is_true()) event.error = answer.why_not();
  events_.emplace_back(std::move(event));
}

void ClientSession::on_withdrawn(const Pending& pending, const Answer& answer) {
  const auto count = codec::read_withdrawn(answer.result);
  if (answer.refused()) {
    tell(fmt::format("sprint {}: withdrawal refused, {}", pending.sprint,
                     with_code(answer.why_not())));
  }
  events_.emplace_back(client::Withdrawn{pending.sprint, count && !answer.refused() ? *count : 0});
}

void ClientSession::on_status(const Pending& pending, const Answer& answer) {
  const auto refuse = [&](WireError error) {
    events_.emplace_back(client::StatusRefused{pending.sprint, std::move(error)});
  };
  if (answer.refused()) return refuse(answer.why_not());
  auto status = codec::read_status(answer.result);
  if (!status) return refuse({Code::kOther, "the answer makes no sense, " + status.message(), 0});
  const bool as_asked =
      status->sprint == pending.sprint &&
      std::equal(status->shares.begin(), status->shares.end(), pending.nonces.begin(),
                 pending.nonces.end(), [](const ShareStatus& share, std::uint64_t nonce) {
                   return share.nonce == nonce;
                 });
  if (!as_asked) return refuse({Code::kOther, "the answer is about other shares", 0});
  events_.emplace_back(client::StatusTold{std::move(status).value()});
}

void ClientSession::on_time(const Pending& pending, const Answer& answer) {
  exchanging_ = false;
  next_exchange_ = now_ + kExchangeInterval;
  // The echoed c0 is not needed: the answer's id tells which exchange it is.
  if (const auto time = codec::read_time_answer(answer.result)) {
    clock_.add({pending.sent, time->received, time->sent, now_});
  }
  exchanges_at_login_ = std::max(exchanges_at_login_ - 1, 0);
  if (exchanges_at_login_ > 0 && state_ == State::kWorking) ask_time();
}

void ClientSession::on_pong(const Pending&, const Answer&) {
  pinging_ = false;
}

void ClientSession::on_bye(const Pending&, const Answer&) {
  // The pool closes now; the owner sees the end of the stream.
}

}  // namespace stratum
