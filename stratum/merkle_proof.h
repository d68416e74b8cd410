#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "poc/keys.h"
#include "stratum/messages.h"

// The tree over a sprint's credited shares, as far as both ends need it: a pool builds it, a miner
// follows one leaf's way through it. Source: the protocol page, `sprint.result`.
namespace stratum {

/// The leaf of a credited share: SHA256(0x00 || LE64(nonce) || LE64(D) || account || digest), where
/// `account` is the SHA-256 of its name.
base::Bytes32 merkle_leaf(std::uint64_t nonce, std::uint64_t difficulty,
                          const base::Bytes32& account, const poc::Digest& digest);

/// The node over two others: SHA256(0x01 || left || right).
base::Bytes32 merkle_node(const base::Bytes32& left, const base::Bytes32& right);

/// The root that a leaf's way leads to. Nothing where `proof` is none: no such leaf in a tree of so
/// many, or more or fewer siblings than there are on the way. At most 53 steps for any proof that
/// the codec reads.
std::optional<base::Bytes32> root_by(const InclusionProof& proof, const base::Bytes32& leaf);

}  // namespace stratum
