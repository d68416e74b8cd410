#pragma once

#include <cstdint>

#include "backends/gpu/product_path.h"
#include "poc/profile.h"

namespace backends::gpu {

/// What the size of a group depends on, besides the profile.
struct Capacity {
  ProductPath path;
  std::uint32_t processors = 1;
  double mac_per_second = 1e12;  ///< about what the card will do; only its order matters
};

/// Nonces that fill the card's processors with tiles of one row of tiles each: no processor waits
/// at the end of any product, whatever its outputs.
std::uint32_t nonces_of_wave(const Capacity& capacity);

/// Nonces to compute together: whole waves, as many as end within about 50 ms (launches
/// cost next to nothing then), and at least one, unless that took over 200 ms: the sprint's end is
/// cut to groups, while a cancel is obeyed after any layer.
std::uint32_t plan_group(const poc::Profile& profile, const Capacity& capacity);

/// Device memory that a group's activations take.
std::uint64_t group_bytes(const poc::Profile& profile, std::uint32_t nonces);

/// The most nonces of a group, at most `wanted`, that fit `bytes`; 0: not even the smallest group.
std::uint32_t fit_group(const poc::Profile& profile, std::uint32_t wanted, std::uint64_t bytes);

}  // namespace backends::gpu
