#pragma once

#include <cstdint>
#include <random>

#include "poc/keys.h"
#include "poc/profile.h"

namespace checker {

constexpr poc::Profile kTiny{1, 128, 128};
constexpr poc::Profile kNano{2, 128, 256};
constexpr poc::Profile kMicro{8, 512, 1536};
constexpr poc::Profile kBase{16, 2048, 6144};

/// More nonces than any device computes while it is checked.
constexpr std::uint64_t kEndless = std::uint64_t{1} << 40;

/// Seeds and identity that follow from `number` alone.
poc::RaceSpec race_of(const poc::Profile& profile, std::uint32_t number);

/// A race of a small shape, everything in it drawn from `random`.
poc::RaceSpec random_race(std::mt19937_64& random);

}  // namespace checker
