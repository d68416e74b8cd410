// The bridge's way of an answer: to lines of the session's pool.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "stratum/node_bridge.h"

namespace stratum {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Micros kLeastPause = milliseconds(10);  // between polls, whatever the node says
constexpr base::Micros kPauseUnchanged = seconds(1);    // it does not hold them
constexpr base::Micros kFirstResultWait = seconds(1);
constexpr base::Micros kLongestResultWait = seconds(5);
constexpr base::Micros kLongestBackOff = seconds(60);
constexpr base::Micros kLongestRetryAfter = std::chrono::hours(1);
constexpr std::size_t kMaxSprints = 64;

std::uint64_t retry_ms_of(Code code) {
  if (is_final(code)) return 0;
  return code == Code::kNotOpen ? 100 : 1000;
}

}  // namespace

base::Error NodeBridge::nonsense(const std::string& why) const {
  return base::io_error("the node's answer makes no sense: " + why);
}

base::Status NodeBridge::answer(Lane lane, const HttpAnswer& answer, base::SteadyTime now) {
  auto& flight = flights_[static_cast<std::size_t>(lane)];
  CHECK(flight);
  if (over_) return *over_;
  if (answer.status == 429 || answer.status == 503) return hold(lane, answer, now);
  Flight done = std::move(*flight);
  flight.reset();
  pauses_[static_cast<std::size_t>(lane)].too_busy = 0;
  base::Status status = react(done, answer, now);
  gather();
  if (!status.ok()) over_ = status.error();
  return status;
}

base::Status NodeBridge::react(Flight& done, const HttpAnswer& answer, base::SteadyTime now) {
  if (answer.status == 401 || answer.status == 403) {
    return deny(fmt::format("the node refused the token (HTTP {})", answer.status));
  }
  if (answer.status != 200) {
    return base::io_error(fmt::format("the node answered with HTTP {}", answer.status));
  }
  json::Document document;
  const base::Status parsed = document.parse(answer.body);
  if (!parsed.ok()) return nonsense(parsed.message());
  const auto read = node::read_answer(document.root(), done.id);
  if (!read.ok()) return nonsense(read.message());
  if (read->foreign_code) {  // no word on a share: they are all sent again by the next session
    return base::io_error(fmt::format("the node failed: {} (error {})", read->error->text,
                                      -static_cast<std::int64_t>(*read->foreign_code)));
  }
  if (!open_) return open(*read, done, now);
  return std::visit([&](auto& purpose) { return take(purpose, *read, done, now); }, done.purpose);
}

/// The same call again, not before the time that the node names; without one after 1, 2, 4.. s. A
/// time with 429 is for this miner, whatever it calls; all else is for the lane.
base::Status NodeBridge::hold(Lane lane, const HttpAnswer& answer, base::SteadyTime now) {
  const auto at = static_cast<std::size_t>(lane);
  const base::Micros back_off = std::min(seconds(1) * (1 << std::min(pauses_[at].too_busy++, 6)),
                                         std::chrono::duration_cast<seconds>(kLongestBackOff));
  const base::Micros wait = std::min(answer.retry_after.value_or(back_off), kLongestRetryAfter);
  flights_[at]->again = true;
  const bool for_both = answer.status == 429 && answer.retry_after;
  for (std::size_t i = 0; i < pauses_.size(); ++i) {
    if (i != at && !for_both) continue;
    pauses_[i].not_before = std::max(pauses_[i].not_before, now + wait);
  }
  return base::Ok{};
}

/// At the login it is the login that is refused, for good; later, another login may be taken.
base::Status NodeBridge::deny(std::string why) {
  if (open_) return base::io_error(std::move(why));
  refused_ = std::move(why);
  for (const std::string& line : std::exchange(held_, {})) {
    RETURN_IF_ERROR(pass_on(line, base::UnixTime()));
  }
  return base::Ok{};
}

/// The first answer: it shows the node's clock, and whether it takes the payout.
base::Status NodeBridge::open(const node::Answer& answer, const Flight& flight,
                              base::SteadyTime now) {
  if (answer.error && answer.error->code == Code::kUnauthorized) {
    return deny("the node refused the login: " + answer.error->text);
  }
  if (answer.error) {
    return base::io_error(fmt::format("the node refused the first call: [{}] {}",
                                      static_cast<int>(answer.error->code), answer.error->text));
  }
  auto work = node::read_work(answer.result);
  if (!work.ok()) return nonsense(work.message());
  clock_.add({flight.sent, work->now, work->now, now});
  open_ = true;
  for (const std::string& line : std::exchange(held_, {})) {
    RETURN_IF_ERROR(take_line(line, now));
  }
  poll_id_ = work->poll_id;
  show(*work, now);
  return base::Ok{};
}

base::Status NodeBridge::take(const node::GetSprint&, const node::Answer& answer, const Flight&,
                              base::SteadyTime now) {
  if (answer.error) {
    const std::uint64_t retry_ms = std::clamp<std::uint64_t>(answer.error->retry_ms, 1000, 60'000);
    if (answer.error->code == Code::kUnauthorized) {
      return deny("the node takes the login no more: " + answer.error->text);
    }
    poll_at_ = now + milliseconds(retry_ms);
    return base::Ok{};
  }
  auto work = node::read_work(answer.result);
  if (!work.ok()) return nonsense(work.message());
  if (clock_.to_pool(now) - work->now > work->expires) {
    return base::io_error("the node's answer is older than it may be");
  }
  poll_at_ = now + (work->poll_id == poll_id_ ? kPauseUnchanged : kLeastPause);
  poll_id_ = work->poll_id;
  show(*work, now);
  return base::Ok{};
}

/// What is new is announced and started, what is not there any more has ended.
void NodeBridge::show(const node::Work& work, base::SteadyTime now) {
  for (const node::NodeSprint& shown : work.sprints) {
    const std::string& id = shown.announcement.sprint;
    const auto known = sprints_.find(id);
    if (known == sprints_.end() && sprints_.size() >= kMaxSprints) continue;
    if (known == sprints_.end()) server_.announce(shown.announcement);
    Sprint& sprint = sprints_[id];
    if (shown.start && !std::exchange(sprint.started, true)) server_.start(*shown.start);
  }
  for (auto& [id, sprint] : sprints_) {
    const bool there = std::any_of(
        work.sprints.begin(), work.sprints.end(),
        [&, &name = id](const node::NodeSprint& s) { return s.announcement.sprint == name; });
    if (there) continue;
    if (!std::exchange(sprint.ended, true)) server_.end(id, 0);
    sprint.ask_at = now;  // something changed
    sprint.wait = kFirstResultWait;
  }
}

base::Status NodeBridge::take(LeaseCall& call, const node::Answer& answer, const Flight&,
                              base::SteadyTime) {
  LeaseGroup& group = *call.group;
  if (answer.error) {
    group.why = *answer.error;
  } else {
    const auto list = codec::read_leases(answer.result.at("leases"));
    if (!list.ok()) return nonsense(list.message());
    if (!list->leases.empty()) {
      group.got.push_back(list->leases.front());  // one was asked for
    } else if (!list->refused.empty()) {
      group.why = {Code::kOther, list->refused.front(), 0};
    } else {
      group.why = {Code::kNoLease, "no lease came", 1000};
    }
  }
  if (--group.left != 0) return base::Ok{};
  if (!group.got.empty()) {
    server_.grant(group.request, group.got);
  } else {
    server_.refuse(group.request, group.why.code, group.why.text, group.why.retry_ms);
  }
  return base::Ok{};
}

base::Status NodeBridge::take(SubmitCall& call, const node::Answer& answer, const Flight&,
                              base::SteadyTime now) {
  if (answer.error) {
    for (const auto& share : call.shares) {
      server_.refuse(
          share.request, answer.error->code, answer.error->text,
          answer.error->retry_ms != 0 ? answer.error->retry_ms : retry_ms_of(answer.error->code));
    }
    return base::Ok{};
  }
  const auto verdicts = node::read_verdicts(answer.result, call.shares.size());
  if (!verdicts.ok()) return nonsense(verdicts.message());
  for (std::size_t i = 0; i < call.shares.size(); ++i) {
    const server::SubmitWanted& share = call.shares[i];
    if (const auto code = (*verdicts)[i]) {
      server_.refuse(share.request, *code, node::slug_of(*code), retry_ms_of(*code));
    } else {
      server_.accept(share.request);
      note_stored(share, now);
    }
  }
  return base::Ok{};
}

/// A sprint that the node does not show is one of before this session: its result is known, or
/// will be.
void NodeBridge::note_stored(const server::SubmitWanted& share, base::SteadyTime now) {
  auto sprint = sprints_.find(share.sprint);
  if (sprint == sprints_.end()) {
    if (sprints_.size() >= kMaxSprints) return;
    sprint = sprints_.emplace(share.sprint, Sprint{true, true, {}, now, kFirstResultWait}).first;
  }
  sprint->second.seqs[share.share.nonce] = share.seq;
}

base::Status NodeBridge::take(TimeCall& call, const node::Answer& answer, const Flight& flight,
                              base::SteadyTime now) {
  const auto time = codec::read_time_answer(answer.result);
  if (answer.error || !time.ok()) {
    output_.append(codec::write_error(call.line_id, {Code::kOther, "the node has no time", 0}));
    return base::Ok{};
  }
  clock_.add({flight.sent, time->received, time->sent, now});
  output_.append(codec::write_time_answer(call.line_id, {call.c0, time->received, time->sent}));
  return base::Ok{};
}

base::Status NodeBridge::take(WithdrawCall& call, const node::Answer& answer, const Flight&,
                              base::SteadyTime) {
  if (answer.error) {
    server_.refuse(call.request, answer.error->code, answer.error->text, 0);
    return base::Ok{};
  }
  const auto count = codec::read_withdrawn(answer.result);
  if (!count.ok()) return nonsense(count.message());
  server_.withdrawn(call.request, std::min<std::uint64_t>(*count, call.wish.nonces.size()));
  return base::Ok{};
}

base::Status NodeBridge::take(ResultCall& call, const node::Answer& answer, const Flight&,
                              base::SteadyTime now) {
  const auto found = sprints_.find(call.sprint);
  if (found == sprints_.end()) return base::Ok{};
  Sprint& sprint = found->second;
  if (answer.error && answer.error->code == Code::kUnknownSprint) {
    server_.cancel(call.sprint, "the node does not know it any more");
    sprints_.erase(found);
    return base::Ok{};
  }
  sprint.ask_at = now + sprint.wait;
  sprint.wait = std::min(sprint.wait * 2, kLongestResultWait);
  if (answer.error) return base::Ok{};
  const auto status = node::read_outcome(answer.result);
  if (!status.ok()) return nonsense(status.message());
  if (status->sprint != call.sprint) return nonsense("another sprint's result");
  if (status->state == "cancelled") {
    server_.cancel(call.sprint, "the node cancelled it");
    sprints_.erase(found);
  } else if (status->state == "over") {
    if (!call.nonces.empty()) sprint.asked_to = call.nonces.back();
    settle(call.sprint, *status, now);
  }
  return base::Ok{};
}

/// Adds what is known of some of a sprint's shares, and tells verdict and result after the last.
void NodeBridge::settle(const std::string& id, const SprintStatus& status, base::SteadyTime now) {
  Sprint& sprint = sprints_.at(id);
  sprint.verdict.sprint = id;
  for (const ShareStatus& share : status.shares) {
    const auto seq = sprint.seqs.find(share.nonce);
    if (seq == sprint.seqs.end()) continue;
    if (share.state == "verified") ++sprint.verdict.verified;
    if (share.state == "wrong") {
      sprint.verdict.voided.push_back({seq->second, Code::kWrongDigest, "the digest is wrong"});
    }
  }
  const bool more =
      sprint.asked_to && sprint.seqs.upper_bound(*sprint.asked_to) != sprint.seqs.end();
  if (more) {
    sprint.ask_at = now;
    return;
  }
  server_.verdict(sprint.verdict);
  server_.result(status.result);
  sprints_.erase(id);
}

}  // namespace stratum
