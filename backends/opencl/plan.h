#pragma once

#include <cstdint>
#include <string>

#include "backends/opencl/properties.h"
#include "backends/opencl/tile.h"
#include "poc/profile.h"

namespace backends::opencl {

/// What the size of a group depends on, besides the profile.
struct Capacity {
  std::uint32_t tile_rows = 64;
  std::uint32_t compute_units = 1;
  double mac_per_second = 1e11;  ///< about what the device will do; only its order matters
};
Capacity capacity_of(const Properties& properties, const Tile& tile);

/// `value` or the next multiple of `step`.
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

/// Rows of a group's matrices: a whole number of tiles.
std::uint64_t rows_of(std::uint32_t nonces, std::uint32_t tile_rows);

/// Nonces to compute together: so many that every compute unit has a tile in any product, and
/// as many times that as end within about 50 ms; fewer where one such wave takes over 200 ms.
std::uint32_t plan_group(const poc::Profile& profile, const Capacity& capacity);

/// Device memory that a group's activations take, in all, and in the largest buffer.
std::uint64_t group_bytes(const poc::Profile& profile, std::uint32_t nonces,
                          std::uint32_t tile_rows);
std::uint64_t largest_buffer_bytes(const poc::Profile& profile, std::uint32_t nonces,
                                   std::uint32_t tile_rows);

/// What a group may take.
struct Room {
  std::uint64_t bytes = 0;
  std::uint64_t largest_buffer_bytes = 0;
};

/// The most nonces of a group, at most `wanted`, that fit; 0: not even one.
std::uint32_t fit_group(const poc::Profile& profile, std::uint32_t wanted, const Room& room,
                        std::uint32_t tile_rows);

/// A group's size and what it came from.
struct GroupPlan {
  poc::Profile profile;
  std::uint32_t nonces = 0;
  std::uint32_t wanted = 0;
  Room room;  ///< when it was planned
  std::uint64_t keep_free_bytes = 0;
  std::uint32_t tile_rows = 64;
};

/// One line for the owner: how many nonces, what memory they take, what was free, and why they are
/// no more where more were wanted.
std::string plan_text(const GroupPlan& plan);

}  // namespace backends::opencl
