#include "pool/race.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "poc/target.h"

namespace pool {
namespace {

using stratum::Code;
using State = Share::State;

constexpr std::uint64_t kRetryMs = 1000;
constexpr std::uint64_t kNotOpenRetryMs = 100;
constexpr std::size_t kMaxAnsweredAhead = 256;  // of a session that leaves a number out
constexpr std::size_t kMaxWithdrawn = 4096;     // by a session

}  // namespace

void Race::restore(const Saved::Race& saved, const std::map<SessionId, base::Bytes32>& accounts) {
  phase_ = saved.started ? Phase::kRunning : Phase::kAnnounced;
  const auto participant = [&](SessionId session) -> Participant* {
    const auto account = accounts.find(session);
    if (account == accounts.end()) return nullptr;
    return &participants.try_emplace(session, Participant{session, account->second}).first->second;
  };
  for (const Saved::Lease& granted : saved.leases) {
    Participant* who = participant(granted.session);
    if (who == nullptr) continue;
    ++who->devices[granted.lease.device].leases;
    leases_.restore(who->account, granted.lease);
  }
  for (const Saved::StoredShare& stored : saved.shares) {
    Participant* who = participant(stored.share.session);
    if (who == nullptr || book_.taken(stored.share.nonce)) continue;
    restore(stored, who->account);
    if (stored.state == State::kWithdrawn) continue;
    who->number(stored.share.seq, stored.share.nonce, stored.share.digest);
  }
  for (const record::Repeated& repeat : saved.repeats) {
    Participant* who = participant(repeat.session);
    if (who == nullptr || book_.find(who->account, repeat.nonce, repeat.digest) == nullptr)
      continue;
    who->number(repeat.seq, repeat.nonce, repeat.digest);
  }
  for (auto& [session, who] : participants) {
    who.ready = !who.devices.empty();
    for (const auto& [seq, sent] : who.shares) who.finally_answered(seq);
  }
  start_said = saved.started;
  if (!saved.closed) return;
  close(saved.cancelled);
  result_said = true;
  std::erase_if(participants, [](const auto& entry) { return entry.second.shares.empty(); });
}

void Race::restore(const Saved::StoredShare& saved, const base::Bytes32& account) {
  const auto& [sprint, session, seq, nonce, digest, difficulty] = saved.share;
  const poc::RaceSpec race{sprint_.model(), sprint_.start.start_seed, account};
  book_.add(nonce, {account, digest, difficulty, poc::input_key(race, nonce)});
  book_.restore(nonce, saved.state);
  if (saved.state == State::kStored && sprint_.draw) hold_back(nonce);
  if (saved.state == State::kStored && !sprint_.draw) await(nonce);
  tally(account, saved.state);
}

void Race::start(const Slot& slot) {
  CHECK(has_start_seed());
  sprint_.start.t0 = slot.t0;
  sprint_.start.t_end = slot.t_end;
  phase_ = Phase::kRunning;
  for (auto& [session, who] : participants) {
    for (auto& [number, device] : who.devices) adjust_from(who, number, device, slot.t0);
  }
}

void Race::end() {
  phase_ = Phase::kEnded;
  failures_ = 0;
}

void Race::close(bool cancelled) {
  phase_ = Phase::kOver;
  cancelled_ = cancelled;
  if (!cancelled) settle();
  if (cancelled) names_.clear();
  leases_ = {};
  adjustments_ = {};
  for (const std::uint64_t nonce : unverified_) budget_.remove(book_.at(nonce).account);
  unverified_.clear();
  to_ask_.clear();
  let_go();
  look_at_.reset();
}

void Participant::number(std::uint64_t seq, std::uint64_t nonce, const poc::Digest& digest) {
  // Another digest of the nonce keeps its number, to be told as void.
  const auto before = numbers.find(nonce);
  if (before != numbers.end() && shares.at(before->second).second == digest) {
    forget(before->second);
  }
  forget(seq);
  shares[seq] = {nonce, digest};
  numbers[nonce] = seq;
}

void Participant::forget(std::uint64_t seq) {
  const auto share = shares.find(seq);
  if (share == shares.end()) return;
  const auto newest = numbers.find(share->second.first);
  if (newest != numbers.end() && newest->second == seq) numbers.erase(newest);
  shares.erase(share);
}

void Participant::finally_answered(std::uint64_t seq) {
  if (seq <= acked) return;
  answered.insert(seq);
  while (!answered.empty() && *answered.begin() == acked + 1) {
    answered.erase(answered.begin());
    ++acked;
  }
  if (answered.size() > kMaxAnsweredAhead) answered.erase(std::prev(answered.end()));
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
    if (device.difficulty == 0 || !adjusts(who)) {
      device.difficulty = lease_difficulty(config_, device.rate, left);
    }
    device.bits = bits;
    const auto lease = leases_.grant(who.account, ready.device, bits, device.difficulty);
    if (!lease) continue;
    leases.push_back(*lease);
    device.open.push_back(lease->id);
    if (phase_ == Phase::kRunning) adjust_from(who, ready.device, device, now);
  }
  who.ready = true;
  return leases;
}

/// The checks after that for a stored repeat; makes the share on the way.
GateAnswer Race::examine(Participant& who, const stratum::server::SubmitWanted& wanted, Check check,
                         Share& share) const {
  const auto& [lease_id, nonce, digest] = wanted.share;
  if (phase_ == Phase::kAnnounced || wanted.stamp < sprint_.start.t0) {
    return {Code::kNotOpen, "the sprint has not started", kNotOpenRetryMs};
  }
  if (wanted.stamp > sprint_.start.t_end || is_settling())
    return {Code::kLate, "after the sprint's end"};
  const Leases::Granted* granted = leases_.holding(lease_id, who.account, nonce);
  if (granted == nullptr) return {Code::kNotYourLease, "no lease of yours with this nonce"};
  if (!who.keys) {
    who.keys.emplace(poc::RaceSpec{sprint_.model(), sprint_.start.start_seed, who.account});
  }
  share = {who.account, digest, granted->lease.difficulty, who.keys->of(nonce)};
  if (!granted->target.met_by(poc::make_ticket(share.key, digest))) {
    return {Code::kAboveTarget, "the ticket misses the lease's target"};
  }
  if (book_.taken(nonce)) return {Code::kDuplicate, "another digest of this nonce is stored"};
  if (book_.size() >= kMaxShares) return {Code::kBusy, "the sprint has too many shares", kRetryMs};
  switch (room(who.account, check)) {
    case VerifyBudget::Room::kFull:
      return {Code::kBusy, "verification is behind", kRetryMs};
    case VerifyBudget::Room::kAccountFull:
      return {Code::kBusy, "too many shares of this account wait for verification", kRetryMs};
    case VerifyBudget::Room::kFree:
      return {};
  }
  return {};
}

GateAnswer Race::submit(Participant& who, const stratum::server::SubmitWanted& wanted,
                        Check check) {
  const auto& [lease, nonce, digest] = wanted.share;
  GateAnswer answer;
  Share share;
  if (const Share* stored = book_.find(who.account, nonce, digest)) {
    const bool new_session = !who.numbers.contains(nonce);
    answer = {Code::kOk, {}, 0, true, new_session};
    const bool over = phase_ == Phase::kOver;
    if (over && stored->state == State::kWrong) {
      answer.code = Code::kWrongDigest;
      answer.text = "the digest is wrong";
    } else if (over && stored->state == State::kForfeited) {
      answer.code = Code::kOther;
      answer.text = kForfeitedText;
    }
  } else {
    answer = examine(who, wanted, check, share);
    if (answer.code == Code::kOk) {
      answer.difficulty = share.difficulty;
      book_.add(nonce, share);
      count(who, wanted, share.difficulty);
      check == Check::kNow ? await(nonce) : hold_back(nonce);
    }
  }
  if (answer.code == Code::kOk) who.number(wanted.seq, nonce, digest);
  if (stratum::is_final(answer.code)) who.finally_answered(wanted.seq);
  return answer;
}

std::vector<record::Decided> Race::withdraw(Participant& who,
                                            const stratum::server::WithdrawWanted& wanted) {
  if (is_settling() || wanted.stamp > sprint_.start.t_end + config_.withdraw_grace) return {};
  std::vector<record::Decided> withdrawn;
  for (const std::uint64_t seq : wanted.seqs) {
    const auto sent = who.shares.find(seq);
    if (sent == who.shares.end()) continue;
    if (who.withdrawn >= kMaxWithdrawn) break;
    const auto [nonce, digest] = sent->second;
    if (book_.withdraw(who.account, nonce, digest)) {
      withdrawn.push_back({sprint_.number, nonce, digest, State::kWithdrawn});
      ++who.withdrawn;
    }
    who.forget(seq);
  }
  return withdrawn;
}

}  // namespace pool
