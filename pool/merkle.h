#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "poc/keys.h"

namespace pool {

/// The leaf of a credited share: SHA256(0x00 || LE64(nonce) || LE64(D) || account || digest), where
/// `account` is the SHA-256 of its name.
base::Bytes32 merkle_leaf(std::uint64_t nonce, std::uint64_t difficulty,
                          const base::Bytes32& account, const poc::Digest& digest);

/// The tree over a sprint's credited shares: a node is SHA256(0x01 || left || right), an odd one
/// moves up. Source: the protocol page, `sprint.result`.
class MerkleTree {
 public:
  explicit MerkleTree(std::vector<base::Bytes32> leaves);

  std::size_t leaves() const { return levels_.front().size(); }
  /// 32 zero bytes over no leaf.
  base::Bytes32 root() const;
  /// The siblings of a leaf's way to the root, from below; none where a node moves up alone.
  std::vector<base::Bytes32> proof(std::size_t leaf) const;

 private:
  std::vector<std::vector<base::Bytes32>> levels_;  // from the leaves on
};

/// The root that a leaf's proof leads to.
base::Bytes32 merkle_root(const base::Bytes32& leaf, std::size_t index, std::size_t leaves,
                          const std::vector<base::Bytes32>& proof);

}  // namespace pool
