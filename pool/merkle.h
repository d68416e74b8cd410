#pragma once

#include <vector>

#include "base/bytes.h"

namespace pool {

/// The tree over a sprint's credited shares, whose leaves are `stratum::merkle_leaf`: a node is
/// `stratum::merkle_node`, an odd one moves up. Source: the protocol page, `sprint.result`.
class MerkleTree {
 public:
  explicit MerkleTree(std::vector<base::Bytes32> leaves);
  /// One that is not made yet; `grow` makes it, before anything else is asked of it.
  static MerkleTree bare(std::vector<base::Bytes32> leaves);
  /// Makes nodes, as many as `most` says, and takes them off it; true once all are made.
  bool grow(std::size_t& most);

  std::size_t leaves() const { return levels_.front().size(); }
  /// 32 zero bytes over no leaf.
  base::Bytes32 root() const;
  /// The siblings of a leaf's way to the root, from below; none where a node moves up alone. The
  /// miner follows them by `stratum::root_by`.
  std::vector<base::Bytes32> proof(std::size_t leaf) const;

 private:
  MerkleTree() = default;
  void grow_level(std::size_t& most);

  std::vector<std::vector<base::Bytes32>>
      levels_;  // from the leaves on; the last may be unfinished
};

}  // namespace pool
