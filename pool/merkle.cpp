#include "pool/merkle.h"

#include <limits>
#include <utility>

#include "base/check.h"
#include "stratum/merkle_proof.h"

namespace pool {

MerkleTree::MerkleTree(std::vector<base::Bytes32> leaves) {
  levels_.push_back(std::move(leaves));
  std::size_t all = std::numeric_limits<std::size_t>::max();
  CHECK(grow(all));
}

MerkleTree MerkleTree::bare(std::vector<base::Bytes32> leaves) {
  MerkleTree tree;
  tree.levels_.push_back(std::move(leaves));
  return tree;
}

bool MerkleTree::grow(std::size_t& most) {
  while (true) {
    const bool begun = levels_.size() > 1;
    const std::size_t below = begun ? levels_[levels_.size() - 2].size() : 0;
    const bool whole = !begun || levels_.back().size() == (below + 1) / 2;
    if (whole && levels_.back().size() <= 1) return true;
    if (most == 0) return false;
    if (whole) levels_.emplace_back();
    grow_level(most);
  }
}

/// The last one, above the one before it.
void MerkleTree::grow_level(std::size_t& most) {
  const std::vector<base::Bytes32>& below = levels_[levels_.size() - 2];
  std::vector<base::Bytes32>& above = levels_.back();
  above.reserve((below.size() + 1) / 2);
  for (std::size_t i = 2 * above.size(); i < below.size() && most > 0; i += 2, --most) {
    const bool odd = i + 1 == below.size();
    above.push_back(odd ? below[i] : stratum::merkle_node(below[i], below[i + 1]));
  }
}

base::Bytes32 MerkleTree::root() const {
  return levels_.back().empty() ? base::Bytes32{} : levels_.back().front();
}

std::vector<base::Bytes32> MerkleTree::proof(std::size_t leaf) const {
  CHECK(leaf < leaves());
  std::vector<base::Bytes32> siblings;
  for (const std::vector<base::Bytes32>& level : levels_) {
    const std::size_t sibling = leaf ^ 1;
    if (sibling < level.size()) siblings.push_back(level[sibling]);
    leaf /= 2;
  }
  return siblings;
}

}  // namespace pool
