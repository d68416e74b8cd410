#include "pool/merkle.h"

#include <utility>

#include "base/check.h"
#include "stratum/merkle_proof.h"

namespace pool {

MerkleTree::MerkleTree(std::vector<base::Bytes32> leaves) {
  levels_.push_back(std::move(leaves));
  while (levels_.back().size() > 1) {
    const std::vector<base::Bytes32>& below = levels_.back();
    std::vector<base::Bytes32> above;
    for (std::size_t i = 0; i < below.size(); i += 2) {
      const bool odd = i + 1 == below.size();
      above.push_back(odd ? below[i] : stratum::merkle_node(below[i], below[i + 1]));
    }
    levels_.push_back(std::move(above));
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
