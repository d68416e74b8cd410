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

/// Of all shares that may be credited.
std::uint64_t claimed(const ShareBook& book) {
  std::uint64_t sum = 0;
  for (const auto& [nonce, share] : book.shares()) {
    const bool may_be = share.state == State::kStored || share.is_credited();
    if (may_be) sum += share.difficulty;
  }
  return sum;
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
    drawn_->rates[account] = kEveryShare;
    if (its.has_wrong) await_all_of(account);
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
  const std::uint64_t all = claimed(book_);
  for (const auto& [account, its] : drawable(book_)) {
    const auto left_out = drawn_->left_out.find(account);
    if (left_out == drawn_->left_out.end()) continue;
    const SampleRate rate = rate_of(names_.at(account), its.largest, all);
    drawn_->rates[account] = rate;
    for (const std::uint64_t nonce : draw_sample(seed, account, its.nonces, rate)) {
      if (left_out->second.erase(nonce) != 0) await(nonce);
    }
  }
  drawn_->whole = unverified_.empty();
}

void Race::draw_all() {
  DCHECK(awaits_draw());
  drawn_.emplace().whole = true;
  for (const std::uint64_t nonce : held_back_) {
    if (book_.at(nonce).state == State::kStored) await(nonce);
  }
  let_go();
}

/// One of its shares is wrong: none is credited unseen.
void Race::await_all_of(const base::Bytes32& account) {
  const auto its =
      drawn_ ? drawn_->left_out.extract(account) : decltype(Drawn::left_out)::node_type();
  if (its.empty()) return;
  for (const std::uint64_t nonce : its.mapped()) await(nonce);
}

/// The result is about to be known: no share of theirs was found wrong.
void Race::pass_unseen() {
  if (!drawn_) return;
  for (const auto& [account, nonces] : drawn_->left_out) {
    for (const std::uint64_t nonce : nonces) book_.pass_unseen(nonce);
  }
  drawn_->left_out.clear();
}

}  // namespace pool
