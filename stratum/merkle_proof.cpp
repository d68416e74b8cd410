#include "stratum/merkle_proof.h"

#include <array>
#include <initializer_list>
#include <span>
#include <vector>

namespace stratum {
namespace {

base::Bytes32 tagged_hash(std::uint8_t tag,
                          std::initializer_list<std::span<const std::uint8_t>> parts) {
  std::vector<std::uint8_t> bytes = {tag};
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
  return tagged_hash(0, {le64(nonce), le64(difficulty), account, digest});
}

base::Bytes32 merkle_node(const base::Bytes32& left, const base::Bytes32& right) {
  return tagged_hash(1, {left, right});
}

std::optional<base::Bytes32> root_by(const InclusionProof& proof, const base::Bytes32& leaf) {
  if (proof.index >= proof.leaves) return std::nullopt;
  base::Bytes32 node = leaf;
  auto next = proof.siblings.begin();
  std::uint64_t index = proof.index;
  for (std::uint64_t width = proof.leaves; width > 1; width = width / 2 + width % 2, index /= 2) {
    if ((index ^ 1) >= width) continue;  // moves up alone
    if (next == proof.siblings.end()) return std::nullopt;
    node = index % 2 == 0 ? merkle_node(node, *next) : merkle_node(*next, node);
    ++next;
  }
  if (next != proof.siblings.end()) return std::nullopt;
  return node;
}

}  // namespace stratum
