#include "pool/outcome.h"

#include <algorithm>
#include <limits>

#include "stratum/merkle_proof.h"

namespace pool {
namespace {

// As parts of what counting a share takes, most of it the leaf's hash: to sort one, and to hash a
// node of the tree above it.
constexpr std::size_t kSortedLikeOne = 4;
constexpr std::size_t kNodesLikeOne = 2;
constexpr std::size_t kMaxNodes = std::numeric_limits<std::size_t>::max();

}  // namespace

bool OutcomeCount::go_on(const ShareBook& book, std::size_t shares) {
  const bool same = changes_ == book.changes();
  changes_.reset();  // a step that memory fails begins anew
  if (!same) begin(book);
  while (step_ != Step::kDone && shares > 0) shares -= std::min(shares, step(book, shares));
  changes_ = book.changes();
  return step_ == Step::kDone;
}

/// How much work it was.
std::size_t OutcomeCount::step(const ShareBook& book, std::size_t most) {
  if (step_ == Step::kShares) return count(book, most);
  return step_ == Step::kSums ? sum_up() : grow_tree(most);
}

void OutcomeCount::begin(const ShareBook& book) {
  *this = {};
  credited_.reserve(book.size());
  leaves_.reserve(book.size());
  outcome_.nonces.reserve(book.size());
}

std::size_t OutcomeCount::count(const ShareBook& book, std::size_t most) {
  auto at = last_ ? book.shares().upper_bound(*last_) : book.shares().begin();
  std::size_t counted = 0;
  for (; at != book.shares().end() && counted < most; ++at, ++counted) {
    const auto& [nonce, share] = *at;
    last_ = nonce;
    if (!share.is_credited()) continue;
    credited_.emplace_back(share.account, share.difficulty);
    outcome_.nonces.push_back(nonce);
    leaves_.push_back(stratum::merkle_leaf(nonce, share.difficulty, share.account, share.digest));
  }
  if (at == book.shares().end()) step_ = Step::kSums;
  return counted;
}

/// By sorting: a search for each share's account would miss the caches each time.
std::size_t OutcomeCount::sum_up() {
  std::sort(credited_.begin(), credited_.end());
  auto& sums = outcome_.credits;
  for (const auto& [account, difficulty] : credited_) {
    sums.try_emplace(sums.end(), account, 0)->second += difficulty;
    outcome_.total += difficulty;
  }
  step_ = Step::kTree;
  return credited_.size() / kSortedLikeOne;
}

std::size_t OutcomeCount::grow_tree(std::size_t most) {
  if (!outcome_.tree) outcome_.tree = MerkleTree::bare(std::move(leaves_));
  const std::size_t nodes = most > kMaxNodes / kNodesLikeOne ? kMaxNodes : most * kNodesLikeOne;
  std::size_t left = nodes;
  if (outcome_.tree->grow(left)) {
    outcome_.root = outcome_.tree->root();
    step_ = Step::kDone;
  }
  return (nodes - left) / kNodesLikeOne;
}

Outcome outcome_of(const ShareBook& book) {
  OutcomeCount count;
  count.go_on(book, std::numeric_limits<std::size_t>::max());
  return count.take();
}

}  // namespace pool
