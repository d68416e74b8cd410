#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "poc/keys.h"

namespace poc {

/// A digest that is known: what a device must show before it works, and after a fault.
struct KnownAnswer {
  std::string_view name;
  RaceSpec race;
  std::uint64_t nonce;
  Digest digest;
};

/// Nonces of small profiles, among them shapes with odd numbers of blocks. The same values stand in
/// the vectors of the proof's page; the tests compare.
std::span<const KnownAnswer> known_answers();

}  // namespace poc
