// Which of a sprint's shares are recomputed, where a sample is.
#include "base/check.h"
#include "pool/race.h"

namespace pool {
namespace {

using State = Share::State;

/// An account's shares that a draw is of.
struct Drawable {
  std::vector<std::uint64_t> nonces;
  std::uint64_t largest = 0;  // D of what may be credited
  bool has_wrong = false;
};

std::map<base::Bytes32, Drawable> drawable(const ShareBook& book) {
  std::map<base::Bytes32, Drawable> accounts;
  for (const auto& [nonce, share] : book.shares()) {
    if (share.state == State::kWithdrawn) continue;
    Drawable& of = accounts[share.account];
    of.nonces.push_back(nonce);
    const bool is_wrong = share.state == State::kWrong;
    of.has_wrong |= is_wrong;
    if (!is_wrong) of.largest = std::max(of.largest, share.difficulty);
  }
  return accounts;
}

}  // namespace

VerifyBudget::Room Race::room(const base::Bytes32& account, Check check) const {
  const VerifyBudget& budget = check == Check::kNow ? budget_ : undrawn_;
  return budget.room(account, is_slowed(account));
}

/// It waits for the draw.
void Race::hold_back(std::uint64_t nonce) {
  if (held_back_.insert(nonce).second) undrawn_.add(book_.at(nonce).account);
}

/// Nothing waits for the draw any more.
void Race::let_go() {
  for (const std::uint64_t nonce : held_back_) undrawn_.remove(book_.at(nonce).account);
  held_back_.clear();
}

/// Of all shares that may be credited.
std::uint64_t Race::claimed() const {
  std::uint64_t sum = 0;
  for (const auto& [nonce, share] : book_.shares()) {
    const bool open = share.state == State::kStored && !drawn_->spared.contains(share.account);
    if (open || share.is_credited()) sum += share.difficulty;
  }
  return sum;
}

void Race::draw(const std::string& value, const RateOf& rate_of) {
  DCHECK(phase_ == Phase::kEnded && awaits_draw());
  sprint_.draw->value = value;
  drawn_.emplace();
  for (const auto& [account, its] : drawable(book_)) {
    auto& left_out = drawn_->left_out[account];
    for (const std::uint64_t nonce : its.nonces) {
      const bool waits = book_.at(nonce).state == State::kStored && !unverified_.contains(nonce);
      if (waits) left_out.insert(nonce);
    }
    if (its.has_wrong) spare(account);
  }
  let_go();
  draw_more(rate_of);
}

/// What shares turn out wrong leaves more to those that are right: an account may have more to gain
/// than when it was drawn, by fakes that another one sent for this. So all are drawn again, by the
/// same hashes, until nothing comes of it.
void Race::draw_more(const RateOf& rate_of) {
  DCHECK(drawn_ && sprint_.draw->value);
  const base::Bytes32 seed =
      make_draw_seed(sprint_.announcement.pool, id(), sprint_.draw->secret, *sprint_.draw->value);
  const std::uint64_t all = claimed();
  for (const auto& [account, its] : drawable(book_)) {
    const SampleRate rate = rate_of(names_.at(account), std::min(its.largest, all), all);
    const auto before = drawn_->rates.find(account);
    if (before != drawn_->rates.end() && before->second == rate) continue;
    drawn_->rates[account] = rate;
    const auto left_out = drawn_->left_out.find(account);
    if (left_out == drawn_->left_out.end() || left_out->second.empty()) continue;
    for (const std::uint64_t nonce : draw_sample(seed, account, its.nonces, rate)) {
      if (left_out->second.erase(nonce) != 0) await(nonce);
    }
  }
  drawn_->whole = unverified_.empty();
}

void Race::draw_all() {
  DCHECK(awaits_draw());
  sprint_.draw->value.reset();
  drawn_.emplace().whole = true;
  for (const std::uint64_t nonce : held_back_) {
    if (book_.at(nonce).state == State::kStored) await(nonce);
  }
  let_go();
}

/// One of the account's shares is wrong.
void Race::spare(const base::Bytes32& account) {
  if (!drawn_ || !sprint_.draw->value) return;
  auto& spared = drawn_->spared[account];
  const auto left_out = drawn_->left_out.extract(account);
  if (!left_out.empty()) {
    spared.insert(spared.end(), left_out.mapped().begin(), left_out.mapped().end());
  }
  if (!is_slowed(account)) return;
  for (auto at = unverified_.begin(); at != unverified_.end();) {
    const std::uint64_t nonce = *at;
    const bool its = book_.at(nonce).account == account;
    at = its ? unverified_.erase(at) : std::next(at);
    if (!its) continue;
    spared.push_back(nonce);
    budget_.remove(account);
  }
}

/// That a share of the account is wrong is in doubt. Without another one all are recomputed.
void Race::spare_no_more(const base::Bytes32& account) {
  if (!drawn_) return;
  for (const auto& [nonce, share] : book_.shares()) {
    if (share.account == account && share.state == State::kWrong) return;
  }
  const auto spared = drawn_->spared.extract(account);
  if (spared.empty()) return;
  for (const std::uint64_t nonce : spared.mapped()) {
    if (book_.at(nonce).state == State::kStored) await(nonce);
  }
}

/// The result is about to be known.
void Race::decide_unseen() {
  if (!drawn_) return;
  for (const auto& [account, nonces] : drawn_->left_out) {
    for (const std::uint64_t nonce : nonces) book_.decide_unseen(nonce, State::kUnseen);
  }
  for (const auto& [account, nonces] : drawn_->spared) {
    for (const std::uint64_t nonce : nonces) book_.decide_unseen(nonce, State::kForfeited);
  }
}

std::vector<record::Decided> Race::forfeited() const {
  std::vector<record::Decided> all;
  for (const auto& [nonce, share] : book_.shares()) {
    if (share.state != State::kForfeited) continue;
    all.push_back({sprint_.number, nonce, share.digest, share.state});
  }
  return all;
}

}  // namespace pool
