// The pool's tree against the miner's way through it: every leaf of every small tree, and nothing
// else, leads to the root.
#include "pool/merkle.h"

#include <gtest/gtest.h>

#include <random>

#include "stratum/merkle_proof.h"

namespace pool {
namespace {

using stratum::InclusionProof;
using stratum::root_by;

constexpr std::uint64_t kSeed = 20261128;

std::vector<base::Bytes32> random_leaves(std::size_t count, std::mt19937_64& random) {
  std::vector<base::Bytes32> leaves;
  for (std::size_t i = 0; i < count; ++i) {
    base::Bytes32 digest;
    for (std::uint8_t& byte : digest) byte = static_cast<std::uint8_t>(random());
    leaves.push_back(stratum::merkle_leaf(random(), 1 + random() % 1000, digest, digest));
  }
  return leaves;
}

InclusionProof proof_of(const MerkleTree& tree, std::size_t leaf) {
  return {leaf, tree.leaves(), tree.proof(leaf)};
}

void flip_bit(base::Bytes32& bytes, std::size_t bit) {
  bytes.at(bit / 8) ^= static_cast<std::uint8_t>(1U << bit % 8);
}

/// No other way, place, leaf or length leads there.
void expect_only_this(const InclusionProof& proof, const base::Bytes32& leaf,
                      const base::Bytes32& root) {
  for (std::size_t bit = 0; bit < 256; ++bit) {
    base::Bytes32 other = leaf;
    flip_bit(other, bit);
    ASSERT_NE(root_by(proof, other), root) << "bit " << bit << " of the leaf";
  }
  for (std::size_t at = 0; at < proof.siblings.size(); ++at) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
      InclusionProof other = proof;
      flip_bit(other.siblings[at], bit);
      ASSERT_NE(root_by(other, leaf), root) << "bit " << bit << " of sibling " << at;
    }
  }
  InclusionProof longer = proof;
  longer.siblings.push_back(leaf);
  ASSERT_EQ(root_by(longer, leaf), std::nullopt);
  if (proof.siblings.empty()) return;
  InclusionProof shorter = proof;
  shorter.siblings.pop_back();
  ASSERT_EQ(root_by(shorter, leaf), std::nullopt);
}

TEST(MerkleProof, EveryLeafOfEverySmallTreeLeadsToTheRootAndNothingElseDoes) {
  std::mt19937_64 random(kSeed);
  for (std::size_t count = 1; count <= 70; ++count) {
    SCOPED_TRACE(count);
    const auto leaves = random_leaves(count, random);
    const MerkleTree tree(leaves);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(root_by(proof_of(tree, i), leaves[i]), tree.root()) << i;
    }
    if (count > 17 && count < 69) continue;  // every bit of every hash is many trees' worth
    const std::size_t chosen = random() % count;
    expect_only_this(proof_of(tree, chosen), leaves[chosen], tree.root());
  }
}

TEST(MerkleProof, EveryPlaceInATreeIsItsOwn) {
  std::mt19937_64 random(kSeed);
  for (const std::size_t count : {2U, 3U, 7U, 8U, 33U}) {
    const auto leaves = random_leaves(count, random);
    const MerkleTree tree(leaves);
    for (std::size_t i = 0; i < count; ++i) {
      InclusionProof elsewhere = proof_of(tree, i);
      for (std::size_t place = 0; place < count; ++place) {
        elsewhere.index = place;
        ASSERT_EQ(root_by(elsewhere, leaves[i]) == tree.root(), place == i) << place;
      }
    }
  }
}

TEST(MerkleProof, LargerTreesOfAnySize) {
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 20; ++round) {
    const std::size_t count = 71 + random() % 3000;
    SCOPED_TRACE(count);
    const auto leaves = random_leaves(count, random);
    const MerkleTree tree(leaves);
    for (int i = 0; i < 50; ++i) {
      const std::size_t chosen = random() % count;
      ASSERT_EQ(root_by(proof_of(tree, chosen), leaves[chosen]), tree.root()) << chosen;
      ASSERT_NE(root_by(proof_of(tree, chosen), leaves[(chosen + 1) % count]), tree.root());
    }
  }
}

TEST(MerkleTree, IsTheSameMadeAtOnceAndInTurns) {
  std::mt19937_64 random(kSeed);
  for (std::size_t count = 0; count <= 70; ++count) {
    const auto leaves = random_leaves(count, random);
    const MerkleTree whole(leaves);
    for (const std::size_t a_turn : {1U, 2U, 5U, 100U}) {
      MerkleTree grown = MerkleTree::bare(leaves);
      std::size_t made = 0;
      for (bool done = false; !done;) {
        std::size_t left = a_turn;
        done = grown.grow(left);
        EXPECT_TRUE(done || left == 0);
        made += a_turn - left;
      }
      EXPECT_EQ(grown.root(), whole.root()) << count << " by " << a_turn;
      EXPECT_LE(made, count + 7) << "each node once, and those that move up";
      for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(grown.proof(i), whole.proof(i));
    }
  }
}

TEST(MerkleProof, APlaceBeyondTheTreeIsNone) {
  const base::Bytes32 leaf{1};
  EXPECT_EQ(root_by({0, 1, {}}, leaf), leaf) << "a tree of one leaf is that leaf";
  EXPECT_EQ(root_by({1, 1, {}}, leaf), std::nullopt);
  EXPECT_EQ(root_by({0, 0, {}}, leaf), std::nullopt);
  EXPECT_EQ(root_by({UINT64_MAX, 2, {leaf}}, leaf), std::nullopt);
  EXPECT_NE(
      root_by({(1ULL << 53) - 2, (1ULL << 53) - 1, std::vector<base::Bytes32>(52, leaf)}, leaf),
      std::nullopt)
      << "the last of an odd number of leaves moves up once";
}

TEST(MerkleProof, ALeafIsNoNode) {
  const base::Bytes32 a{2};
  const base::Bytes32 b{3};
  EXPECT_NE(stratum::merkle_node(a, b), stratum::merkle_node(b, a));
  EXPECT_NE(stratum::merkle_leaf(1, 2, a, b), stratum::merkle_leaf(2, 1, a, b));
}

}  // namespace
}  // namespace pool
