#include "poc/target.h"

namespace poc {

Target Target::from_difficulty(std::uint64_t difficulty) {
  CHECK(difficulty >= 1 && difficulty <= kMaxDifficulty);
  // Long division of 32 bytes of 0xff. The remainder stays below 2^53, so 8 more bits fit 64.
  base::Bytes32 quotient{};
  std::uint64_t remainder = 0;
  for (std::uint8_t& digit : quotient) {
    remainder = remainder << 8 | 0xff;
    digit = static_cast<std::uint8_t>(remainder / difficulty);
    remainder %= difficulty;
  }
  return Target(quotient);
}

base::Result<std::uint64_t> check_difficulty(std::uint64_t difficulty) {
  if (difficulty >= 1 && difficulty <= kMaxDifficulty) return difficulty;
  return base::invalid("difficulty " + std::to_string(difficulty) + " is not in 1..2^53-1");
}

std::uint64_t difficulty_of(const Ticket& ticket) {
  // The target falls as the difficulty grows, so the largest that is met is found by halving.
  std::uint64_t met = 1;
  std::uint64_t missed = kMaxDifficulty + 1;
  while (missed - met > 1) {
    const std::uint64_t middle = met + (missed - met) / 2;
    (Target::from_difficulty(middle).met_by(ticket) ? met : missed) = middle;
  }
  return met;
}

}  // namespace poc
