// What a sprint comes to is the same, however it is counted.
#include "pool/outcome.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "stratum/merkle_proof.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using State = Share::State;

/// Shares of some accounts: credited, wrong, withdrawn and not decided.
ShareBook random_book(std::mt19937_64& random, std::size_t shares) {
  ShareBook book;
  while (book.size() < shares) {
    Share share;
    share.account.fill(static_cast<std::uint8_t>(random() % 7));
    share.digest.fill(static_cast<std::uint8_t>(random() % 3));
    share.difficulty = 1 + random() % 1000;
    const std::uint64_t nonce = random();
    if (book.taken(nonce)) continue;
    book.add(nonce, share);
    poc::Digest truth{};
    if (random() % 4 != 0) book.checked(nonce, random() % 8 == 0 ? truth : share.digest);
    if (random() % 16 == 0) book.withdraw(share.account, nonce, share.digest);
  }
  return book;
}

/// The obvious way.
std::map<base::Bytes32, std::uint64_t> sums_of(const ShareBook& book) {
  std::map<base::Bytes32, std::uint64_t> sums;
  for (const auto& [nonce, share] : book.shares()) {
    if (share.is_credited()) sums[share.account] += share.difficulty;
  }
  return sums;
}

void expect_same(const Outcome& outcome, const ShareBook& book) {
  const std::map<base::Bytes32, std::uint64_t> sums = sums_of(book);
  EXPECT_EQ(outcome.credits, sums);
  std::uint64_t total = 0;
  for (const auto& [account, sum] : sums) total += sum;
  EXPECT_EQ(outcome.total, total);
  std::vector<std::uint64_t> nonces;
  for (const auto& [nonce, share] : book.shares()) {
    if (share.is_credited()) nonces.push_back(nonce);
  }
  EXPECT_EQ(outcome.nonces, nonces);
  ASSERT_TRUE(outcome.tree);
  EXPECT_EQ(outcome.tree->leaves(), nonces.size());
  std::vector<base::Bytes32> leaves;
  for (const std::uint64_t nonce : nonces) {
    const Share& share = book.at(nonce);
    leaves.push_back(stratum::merkle_leaf(nonce, share.difficulty, share.account, share.digest));
  }
  EXPECT_EQ(outcome.root, MerkleTree(leaves).root());
}

TEST(Outcome, IsTheSameAtOnceAndInTurnsOfAnyLength) {
  std::mt19937_64 random(1);
  for (const std::size_t shares : {0U, 1U, 2U, 50U, 300U}) {
    const ShareBook book = random_book(random, shares);
    const Outcome whole = outcome_of(book);
    expect_same(whole, book);
    for (const std::size_t a_turn : {1U, 7U, 64U, 1000U}) {
      OutcomeCount count;
      std::size_t turns = 1;
      while (!count.go_on(book, a_turn)) ++turns;
      const Outcome counted = count.take();
      expect_same(counted, book);
      EXPECT_EQ(counted.root, whole.root);
      if (a_turn < shares) {
        EXPECT_GE(turns, shares / a_turn) << shares << " by " << a_turn;
      }
      EXPECT_LE(turns, 2 * shares / a_turn + 4) << shares << " by " << a_turn;
    }
  }
}

TEST(Outcome, IsThatOfTheBookAsItIsAtTheEndHoweverItChangedBefore) {
  std::mt19937_64 random(2);
  ShareBook book = random_book(random, 300);
  OutcomeCount count;
  for (int turn = 0; turn < 5; ++turn) EXPECT_FALSE(count.go_on(book, 20));
  const auto credited = std::find_if(book.shares().begin(), book.shares().end(),
                                     [](const auto& entry) { return entry.second.is_credited(); });
  ASSERT_NE(credited, book.shares().end());
  const Share share = credited->second;
  ASSERT_TRUE(book.withdraw(share.account, credited->first, share.digest));
  while (!count.go_on(book, 20)) {
  }
  expect_same(count.take(), book);
}

}  // namespace
}  // namespace pool
