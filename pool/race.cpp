#include "pool/race.h"

#include <algorithm>

#include "poc/target.h"

namespace pool {
namespace {

using stratum::Code;
using State = Share::State;

constexpr int kMaxLeasesOfDevice = 16;
constexpr std::size_t kMaxShares = 1'000'000;
constexpr std::uint64_t kRetryMs = 1000;
constexpr std::uint64_t kNotOpenRetryMs = 100;
constexpr base::Micros kAskAgainAfter = std::chrono::seconds(1);

}  // namespace

void Race::start(const Slot& slot) {
  sprint_.start.t0 = slot.t0;
  sprint_.start.t_end = slot.t_end;
  phase_ = Phase::kRunning;
}

void Race::end() {
  phase_ = Phase::kEnded;
  failures_ = 0;
}

void Race::close() {
  phase_ = Phase::kOver;
  participants.clear();
  leases_ = {};
}

std::vector<stratum::Lease> Race::grant(Participant& who,
                                        std::span<const stratum::ReadyDevice> devices,
                                        std::uint32_t bits, base::UnixTime now) {
  // A start may slip, but a race that has not begun will have its whole length.
  const base::Micros left = phase_ == Phase::kAnnounced
                                ? config_.sprint_length
                                : sprint_.start.t_end - std::max(sprint_.start.t0, now);
  std::vector<stratum::Lease> leases;
  for (const stratum::ReadyDevice& ready : devices) {
    const bool room = who.devices.size() < stratum::kMaxReadyDevices;
    if (!room && !who.devices.contains(ready.device)) continue;
    Participant::Device& device = who.devices[ready.device];
    if (ready.rate_per_1000s != 0) device.rate = ready.rate_per_1000s;
    if (device.leases >= kMaxLeasesOfDevice) continue;
    ++device.leases;
    const std::uint64_t difficulty = lease_difficulty(config_, device.rate, left);
    const auto lease = leases_.grant(who.account, ready.device, bits, difficulty);
    if (lease) leases.push_back(*lease);
  }
  who.ready = true;
  return leases;
}

/// The checks after that for a stored repeat; makes the share on the way.
GateAnswer Race::examine(const Participant& who, const stratum::server::SubmitWanted& wanted,
                         Share& share) const {
  const auto& [lease_id, nonce, digest] = wanted.share;
  if (phase_ == Phase::kAnnounced || wanted.stamp < sprint_.start.t0) {
    return {Code::kNotOpen, "the sprint has not started", kNotOpenRetryMs};
  }
  if (wanted.stamp > sprint_.start.t_end) return {Code::kLate, "after the sprint's end"};
  const stratum::Lease* lease = leases_.holding(lease_id, who.account, nonce);
  if (lease == nullptr) return {Code::kNotYourLease, "no lease of yours with this nonce"};
  const poc::RaceSpec race{sprint_.model(), sprint_.start.start_seed, who.account};
  share = {who.account, digest, lease->difficulty, poc::input_key(race, nonce)};
  const poc::Ticket ticket = poc::make_ticket(share.key, digest);
  if (!poc::Target::from_difficulty(share.difficulty).met_by(ticket)) {
    return {Code::kAboveTarget, "the ticket misses the lease's target"};
  }
  if (book_.taken(nonce)) return {Code::kDuplicate, "another digest of this nonce is stored"};
  if (unverified_.size() >= kMaxUnverified || book_.size() >= kMaxShares) {
    return {Code::kBusy, "verification is behind", kRetryMs};
  }
  return {};
}

GateAnswer Race::submit(Participant& who, const stratum::server::SubmitWanted& wanted) {
  const std::pair sent(wanted.share.nonce, wanted.share.digest);
  GateAnswer answer;
  Share share;
  if (const Share* stored = book_.find(who.account, sent.first, sent.second)) {
    const bool told = phase_ == Phase::kOver && stored->state == State::kWrong;
    answer = {told ? Code::kWrongDigest : Code::kOk, "the digest is wrong", 0, true};
    std::erase_if(who.shares, [&](const auto& entry) { return entry.second == sent; });
  } else {
    answer = examine(who, wanted, share);
    if (answer.code == Code::kOk) {
      book_.add(sent.first, share);
      if (unverified_.insert(sent.first).second) to_ask_.push_back(sent.first);
    }
  }
  if (answer.code == Code::kOk) who.shares[wanted.seq] = sent;
  if (stratum::is_final(answer.code) && wanted.seq == who.acked + 1) ++who.acked;
  return answer;
}

std::uint64_t Race::withdraw(Participant& who, const stratum::server::WithdrawWanted& wanted) {
  if (wanted.stamp > sprint_.start.t_end + config_.withdraw_grace) return 0;
  std::uint64_t withdrawn = 0;
  for (const std::uint64_t seq : wanted.seqs) {
    const auto sent = who.shares.find(seq);
    if (sent == who.shares.end()) continue;
    if (book_.withdraw(who.account, sent->second.first, sent->second.second)) ++withdrawn;
    who.shares.erase(sent);
  }
  return withdrawn;
}

stratum::Verdict Race::verdict(const Participant& who) const {
  stratum::Verdict verdict{id(), 0, {}};
  for (const auto& [seq, sent] : who.shares) {
    const Share& share = book_.at(sent.first);
    const bool replaced = share.digest != sent.second;  // so this one was wrong, or withdrawn
    if (replaced || share.state == State::kWrong) {
      verdict.voided.push_back({seq, Code::kWrongDigest, "the digest is wrong"});
    } else if (share.state == State::kVerified) {
      ++verdict.verified;
    }
  }
  return verdict;
}

void Race::feed(Checker& checker, base::UnixTime now) {
  while (!to_ask_.empty() && now >= ask_at_) {
    const std::uint64_t nonce = to_ask_.front();
    if (checker.check(sprint_.model(), CheckJob{sprint_.number, nonce, book_.at(nonce).key})) {
      to_ask_.pop_front();
    } else {
      ask_at_ = now + kAskAgainAfter;
    }
  }
}

bool Race::take(const Checked& answer, base::UnixTime now) {
  for (std::size_t i = 0; i < answer.jobs.size(); ++i) {
    const std::uint64_t nonce = answer.jobs[i].nonce;
    if (answer.digests.ok()) {
      book_.checked(nonce, (*answer.digests)[i]);
      unverified_.erase(nonce);
    } else {
      to_ask_.push_back(nonce);
    }
  }
  if (answer.digests.ok()) failures_ = 0;
  if (answer.digests.ok() || now < ask_at_) return true;  // or one of several under way
  ask_at_ = now + kAskAgainAfter;
  ++failures_;
  return false;
}

std::optional<base::UnixTime> Race::settled_at() const {
  if (phase_ != Phase::kEnded || book_.count(State::kStored) > 0) return std::nullopt;
  const bool wrong = book_.count(State::kWrong) > 0;
  return sprint_.start.t_end + (wrong ? config_.withdraw_grace : base::Micros(0)) + base::Micros(1);
}

}  // namespace pool
