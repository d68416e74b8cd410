#include "pool/statistics.h"

#include <algorithm>
#include <utility>

namespace pool {

/// Counts a record of the journal.
struct Statistics::Counting {
  Statistics& of;
  Counters& counters = of.counters_;

  void operator()(const record::Announced&) const { ++counters.sprints_announced; }
  void operator()(const record::Started& started) const {
    ++counters.sprints_started;
    of.ends_[started.sprint] = started.t_end;
  }
  void operator()(const record::Drawn&) const {}
  void operator()(const record::Closed& closed) const {
    ++(closed.cancelled ? counters.sprints_cancelled : counters.sprints_credited);
    const auto end = of.ends_.find(closed.sprint);
    if (closed.settled) {
      for (const auto& [account, credit] : closed.settled->credits) counters.credit += credit;
      if (end != of.ends_.end()) counters.settling.add(closed.settled->time - end->second);
    }
    if (end != of.ends_.end()) of.ends_.erase(end);
  }
  void operator()(const record::Joined&) const { ++counters.sessions_joined; }
  void operator()(const record::Resumed&) const { ++counters.sessions_resumed; }
  void operator()(const record::Granted&) const { ++counters.leases; }
  void operator()(const record::Stored& stored) const {
    ++counters.shares;
    counters.difficulty += stored.difficulty;
  }
  void operator()(const record::Repeated&) const {}
  void operator()(const record::Decided&) const {}  // may not be the last word: see `decided`
};

std::uint64_t Statistics::write(Record record) {
  ++counters_.records;
  std::visit(Counting{*this}, record);
  const std::uint64_t number = journal_.write(std::move(record));
  if (number > written_) writing_.push_back(clock_.now());
  return number;
}

void Statistics::written(std::uint64_t up_to) {
  const base::UnixTime now = clock_.now();
  for (; written_ < up_to && !writing_.empty(); ++written_) {
    counters_.journal.add(now - writing_.front());
    writing_.pop_front();
  }
}

bool Statistics::check(const poc::ModelSpec& model, const std::optional<CheckJob>& job) {
  const bool taken = checker_.check(model, job);
  if (taken && job && checking_.size() < kMaxTimed) {
    checking_.insert_or_assign({job->sprint, job->nonce}, clock_.now());
  }
  return taken;
}

void Statistics::checked(const Checked& answer) {
  const base::UnixTime now = clock_.now();
  const bool doubted = !answer.digests.ok() && answer.digests.error().fault == base::Fault::kWrong;
  std::uint64_t& count = answer.digests.ok() ? counters_.checks
                         : doubted           ? counters_.checks_doubted
                                             : counters_.checks_failed;
  count += answer.jobs.size();
  for (const CheckJob& job : answer.jobs) {
    const auto asked = checking_.find({job.sprint, job.nonce});
    if (asked == checking_.end()) continue;
    if (answer.digests.ok()) counters_.checking.add(now - asked->second);
    checking_.erase(asked);
  }
}

void Statistics::decided(Share::State state, std::uint64_t shares) {
  if (state == Share::State::kVerified) counters_.verified += shares;
  if (state == Share::State::kWrong) counters_.wrong += shares;
  if (state == Share::State::kWithdrawn) counters_.withdrawn += shares;
  if (state == Share::State::kUnseen) counters_.unseen += shares;
  if (state == Share::State::kForfeited) counters_.forfeited += shares;
}

void Statistics::submitted(stratum::Code code, std::uint64_t shares) {
  const auto at = std::find(kSubmitCodes.begin(), kSubmitCodes.end() - 1, code);
  counters_.submits[static_cast<std::size_t>(at - kSubmitCodes.begin())] += shares;
}

void Statistics::flushed() {
  if (acknowledged_.empty()) return;
  const base::UnixTime now = clock_.now();
  for (const base::UnixTime stamp : acknowledged_) counters_.acks.add(now - stamp);
  acknowledged_.clear();
}

Counters Statistics::counters() const {
  Counters now = counters_;
  now.records_waiting = writing_.size();
  now.checks_waiting = checking_.size();
  return now;
}

}  // namespace pool
