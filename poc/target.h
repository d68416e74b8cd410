#pragma once

#include <compare>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "poc/keys.h"

namespace poc {

constexpr std::uint64_t kMaxDifficulty = (std::uint64_t{1} << 53) - 1;

/// The threshold of a share: a ticket, read as a big-endian number, is at most it.
class Target {
 public:
  /// floor((2^256 - 1) / difficulty). A difficulty outside 1..2^53-1 is a bug: check it with
  /// `check_difficulty` where it comes in.
  static Target from_difficulty(std::uint64_t difficulty);
  /// The target that no ticket meets but all zeros; for measuring.
  static Target none() { return Target(base::Bytes32{}); }

  bool met_by(const Ticket& ticket) const { return ticket <= value_; }
  const base::Bytes32& big_endian() const { return value_; }

  bool operator==(const Target&) const = default;

 private:
  explicit Target(const base::Bytes32& value) : value_(value) {}
  base::Bytes32 value_;
};

/// The difficulty, if it is in 1..2^53-1.
base::Result<std::uint64_t> check_difficulty(std::uint64_t difficulty);

/// The largest difficulty whose target this ticket meets (at most 2^53-1): how good a share is.
std::uint64_t difficulty_of(const Ticket& ticket);

}  // namespace poc
