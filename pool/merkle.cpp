#include "pool/merkle.h"

#include <initializer_list>
#include <span>
#include <utility>

#include "base/check.h"

namespace pool {
namespace {

base::Bytes32 hash(std::uint8_t first, std::initializer_list<std::span<const std::uint8_t>> parts) {
  std::vector<std::uint8_t> bytes = {first};
  for (const auto part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  return poc::sha256(bytes);
}

std::array<std::uint8_t, 8> le64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return bytes;
}

}  // namespace

base::Bytes32 merkle_leaf(std::uint64_t nonce, std::uint64_t difficulty,
                          const base::Bytes32& account, const poc::Digest& digest) {
  return hash(0, {le64(nonce), le64(difficulty), account, digest});
}

MerkleTree::MerkleTree(std::vector<base::Bytes32> leaves) {
  levels_.push_back(std::move(leaves));
  while (levels_.back().size() > 1) {
    const std::vector<base::Bytes32>& below = levels_.back();
    std::vector<base::Bytes32> above;
    for (std::size_t i = 0; i < below.size(); i += 2) {
      const bool odd = i + 1 == below.size();
      above.push_back(odd ? below[i] : hash(1, {below[i], below[i + 1]}));
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

base::Bytes32 merkle_root(const base::Bytes32& leaf, std::size_t index, std::size_t leaves,
                          const std::vector<base::Bytes32>& proof) {
  base::Bytes32 node = leaf;
  auto next = proof.begin();
  for (std::size_t level = leaves; level > 1; level = (level + 1) / 2, index /= 2) {
    if ((index ^ 1) >= level) continue;  // moves up alone
    if (next == proof.end()) return {};
    node = index % 2 == 0 ? hash(1, {node, *next}) : hash(1, {*next, node});
    ++next;
  }
  return node;
}

}  // namespace pool
