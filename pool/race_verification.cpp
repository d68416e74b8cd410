// What becomes of a sprint's shares by their verification.
#include <algorithm>

#include "pool/race.h"

namespace pool {
namespace {

using State = Share::State;

constexpr base::Micros kAskAgainAfter = std::chrono::seconds(1);
constexpr base::Micros kLookAfter = std::chrono::seconds(1);

}  // namespace

/// To be recomputed, unless it waits for that already.
void Race::await(std::uint64_t nonce) {
  if (!unverified_.insert(nonce).second) return;
  to_ask_.push_back(nonce);
  budget_.add(book_.at(nonce).account);
}

void Race::tally(const base::Bytes32& account, State state) {
  if (state == State::kVerified) ++tallies_[account].right;
  if (state == State::kWrong) ++tallies_[account].wrong;
}

/// By faults that are no rare ones of a card: as many as get a second opinion, and over 1 in 8.
bool Race::is_slowed(const base::Bytes32& account) const {
  const auto own = tallies_.find(account);
  if (own == tallies_.end()) return false;
  const auto [right, wrong] = own->second;
  return wrong >= static_cast<std::size_t>(Disputes::kProofs) && wrong * 8 > right;
}

void Race::feed(Checker& checker, base::UnixTime now) {
  while (!to_ask_.empty() && now >= ask_at_) {
    const std::uint64_t nonce = to_ask_.front();
    if (!unverified_.contains(nonce)) {  // spared
      to_ask_.pop_front();
      continue;
    }
    const Share& share = book_.at(nonce);
    const CheckJob job{sprint_.number, nonce, share.key, share.account, share.digest, {}};
    if (checker.check(sprint_.model(), job)) {
      to_ask_.pop_front();
    } else {
      ask_at_ = now + kAskAgainAfter;
    }
  }
  if (unverified_.empty()) {
    look_at_.reset();
  } else if (!look_at_ || now >= *look_at_) {
    look_at_ = now + kLookAfter;
  }
}

void Race::decide(std::uint64_t nonce, const poc::Digest& truth,
                  std::vector<record::Decided>& decided) {
  if (book_.checked(nonce, truth)) {
    const Share& share = book_.at(nonce);
    tally(share.account, share.state);
    decided.push_back({sprint_.number, nonce, share.digest, share.state});
    if (share.state == State::kWrong) spare(share.account);
  }
  if (unverified_.erase(nonce) != 0) budget_.remove(book_.at(nonce).account);
}

/// It was said to be wrong by a verifier that is not believed any more, or was not decided at all.
void Race::ask_again(std::uint64_t nonce, std::vector<record::Decided>& decided) {
  if (unverified_.contains(nonce)) return to_ask_.push_back(nonce);
  if (!book_.doubt(nonce)) return;
  const Share& share = book_.at(nonce);
  --tallies_[share.account].wrong;
  decided.push_back({sprint_.number, nonce, share.digest, share.state});
  await(nonce);
  spare_no_more(share.account);
}

bool Race::take(const Checked& answer, base::UnixTime now, std::vector<record::Decided>& decided) {
  if (is_settling()) return true;  // too late, as after the result
  for (std::size_t i = 0; i < answer.jobs.size(); ++i) {
    const std::uint64_t nonce = answer.jobs[i].nonce;
    if (answer.digests.ok()) {
      decide(nonce, (*answer.digests)[i], decided);
    } else {
      ask_again(nonce, decided);
    }
  }
  if (answer.digests.ok()) failures_ = 0;
  if (answer.digests.ok() || answer.digests.error().fault == base::Fault::kWrong) return true;
  if (now < ask_at_) return true;  // one of several under way
  ask_at_ = now + kAskAgainAfter;
  ++failures_;
  return false;
}

std::optional<base::UnixTime> Race::wake(Able able) const {
  auto at = able.settle ? settled_at() : std::nullopt;
  if (!to_ask_.empty()) at = std::min(at.value_or(ask_at_), ask_at_);
  if (look_at_) at = std::min(at.value_or(*look_at_), *look_at_);
  const auto due = able.adjust && phase_ == Phase::kRunning ? adjustments_.due() : std::nullopt;
  if (due) at = std::min(at.value_or(*due), *due);
  return at;
}

bool Race::decided() const {
  return sprint_.draw ? drawn_ && drawn_->whole && unverified_.empty()
                      : book_.count(State::kStored) == 0;
}

std::optional<base::UnixTime> Race::settled_at() const {
  if (phase_ != Phase::kEnded || !decided()) return std::nullopt;
  const bool wrong = book_.count(State::kWrong) > 0;
  return sprint_.start.t_end + (wrong ? config_.withdraw_grace : base::Micros(0)) + base::Micros(1);
}

}  // namespace pool
