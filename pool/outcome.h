#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "pool/merkle.h"
#include "pool/shares.h"

namespace pool {

/// What a sprint's shares come to.
struct Outcome {
  std::map<base::Bytes32, std::uint64_t> credits;  ///< sums of D over credited shares, by account
  std::uint64_t total = 0;                         ///< over all accounts
  base::Bytes32 root{};                            ///< of the tree
  std::vector<std::uint64_t> nonces;               ///< of the credited shares, in order
  std::optional<MerkleTree> tree;                  ///< over the credited shares, in that order
};

/// Counts a book's shares some a turn: 30,000 take 35 to 60 ms on a busy machine, and answers to
/// miners must not wait for that. Begins anew if the book has changed since the last turn.
class OutcomeCount {
 public:
  /// So much work as counting this many shares takes (but the accounts are sorted at once, some
  /// 10 ms for 30,000 shares); true once all is counted. Always the same book.
  bool go_on(const ShareBook& book, std::size_t shares);
  /// Once it is counted.
  Outcome take() { return std::move(outcome_); }

 private:
  void begin(const ShareBook& book);
  std::size_t step(const ShareBook& book, std::size_t most);
  std::size_t count(const ShareBook& book, std::size_t most);
  std::size_t sum_up();
  std::size_t grow_tree(std::size_t most);

  std::optional<std::uint64_t> changes_;                           // of the book, when it began
  std::optional<std::uint64_t> last_;                              // nonce that is counted
  std::vector<std::pair<base::Bytes32, std::uint64_t>> credited_;  // account and D
  std::vector<base::Bytes32> leaves_;
  enum class Step { kShares, kSums, kTree, kDone };
  Step step_ = Step::kShares;
  Outcome outcome_;
};

/// All of it at once.
Outcome outcome_of(const ShareBook& book);

}  // namespace pool
