#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

// Which shares of a sprint are recomputed, where not all are. Nobody knows it while shares can be
// sent or withdrawn: it follows from a secret that the pool committed to with the announcement (not
// the one of the start seed, which the start shows) and from a beacon's value that is published
// after the last withdrawal. Afterwards anybody can draw again. The commitment is made by
// stratum/sprint_secret.h. Source: the sampling page.
namespace pool {

/// A chance as an exact fraction, above 0 and at most 1.
struct Probability {
  std::uint32_t numerator = 1;
  std::uint32_t denominator = 1;

  /// Whether this chance includes a hash of which `head` is the first 64 bits as a number:
  /// head / 2^64 < numerator / denominator, exactly. Over all heads that is the chance, or above it
  /// by less than 2^-64: never below.
  bool includes(std::uint64_t head) const;

  bool operator==(const Probability&) const = default;
};

/// How many of an account's shares in a sprint are recomputed.
struct SampleRate {
  Probability probability;     ///< of each share by itself
  std::uint32_t at_least = 0;  ///< shares, or all where there are fewer

  bool operator==(const SampleRate&) const = default;
};

/// Every share is recomputed.
constexpr SampleRate kEveryShare{};

/// The same, if its chance is above 0 and at most 1.
base::Result<SampleRate> check_rate(const SampleRate& rate);

/// SHA256("sprint/1 draw" 0x00 || SHA256(pool) || SHA256(sprint id) || secret || SHA256(beacon)),
/// where `beacon` is the value of `draw_beacon`. With "none" the pool knows the seed beforehand.
base::Bytes32 make_draw_seed(std::string_view pool, std::string_view sprint,
                             const base::Bytes32& secret, std::string_view beacon);

/// What decides about a share: SHA256("sprint/1 sample" 0x00 || seed || account || LE64(nonce));
/// `account` is the SHA-256 of its name.
base::Bytes32 sample_hash(const base::Bytes32& seed, const base::Bytes32& account,
                          std::uint64_t nonce);

/// The sample of one account's shares: those whose hash is included in the rate's chance, and of
/// the others as many with the smallest hashes (read as big-endian numbers) as `at_least` asks for.
/// `nonces` are those of all its shares that were not withdrawn, each once, in any order; the
/// sample is sorted. A greater chance or minimum only adds to it.
std::vector<std::uint64_t> draw_sample(const base::Bytes32& seed, const base::Bytes32& account,
                                       std::span<const std::uint64_t> nonces,
                                       const SampleRate& rate);

}  // namespace pool
