#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "poc/profile.h"

// Seeds, keys, digest and ticket of the proof: all 32 bytes, told apart by name. Source: the
// proof's page, "Keys and streams" and "Digest and ticket".
namespace poc {

using Seed = base::Bytes32;      ///< model seed or start seed
using InputKey = base::Bytes32;  ///< all that a nonce's input depends on
using Digest = base::Bytes32;    ///< the work's result: a hash over the exact final state
using Ticket = base::Bytes32;    ///< what is compared with the target, big-endian

constexpr std::size_t kMaxIdentityBytes = 128;

/// Which weights: a profile and a model seed.
struct ModelSpec {
  Profile profile;
  Seed model_seed{};

  bool operator==(const ModelSpec&) const = default;
};

/// Which race: weights, start seed and who is paid. With a nonce it fixes the work.
struct RaceSpec {
  ModelSpec model;
  Seed start_seed{};
  base::Bytes32 identity_hash{};  ///< from hash_identity

  bool operator==(const RaceSpec&) const = default;
};

/// SHA-256 of the text that names who is paid: 0..128 bytes of UTF-8 as sent; else refused.
base::Result<base::Bytes32> hash_identity(std::string_view identity);

/// The key of the weights' streams.
base::Bytes32 weight_key(const ModelSpec& model);

/// The key of one nonce's input.
InputKey input_key(const RaceSpec& race, std::uint64_t nonce);

/// What is hashed to an input key, without the nonce's eight bytes at the end: for devices that
/// hash themselves.
using InputKeyPrefix = std::array<std::uint8_t, 123>;
InputKeyPrefix input_key_prefix(const RaceSpec& race);

/// The ticket of a digest.
Ticket make_ticket(const InputKey& key, const Digest& digest);

/// SHA-256 of the bytes.
base::Bytes32 sha256(std::span<const std::uint8_t> bytes);

}  // namespace poc
