#include "backends/opencl/plan.h"

#include <algorithm>

#include "poc/params.h"

namespace backends::opencl {
namespace {

constexpr double kGroupSeconds = 0.05;
constexpr double kLongestGroupSeconds = 0.2;
constexpr std::uint32_t kMostNonces = 32768;  ///< beyond it nothing is gained

/// What a group's found list may need at most, beside the rows: see kernels/README.md.
constexpr std::uint64_t kPerNonce = 32 + 3 * 36;

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

std::uint64_t wide_columns(const poc::Profile& profile) {
  return std::max<std::uint64_t>(3 * std::uint64_t{profile.dim}, profile.ffn);
}

/// Multiplications that a lane does in a clock: four where there is an instruction for that; where
/// there is none, bytes are first taken out of their words.
double per_lane(const Tile& tile) {
  if (tile.inner == Inner::kDot4) return tile.dot4 == Dot4::kPlain ? 0.125 : 4;
  return tile.inner == Inner::kInt ? 0.5 : 1;
}

}  // namespace

Capacity capacity_of(const Properties& properties, const Tile& tile) {
  // Lanes of a compute unit, times what is usually reached: 64 of a card (128 of newer ones), the
  // vector unit of a processor's core.
  constexpr double kReached = 0.4;
  const double lanes = properties.is_gpu ? 64 : 8;
  const double clock_hz = 1e6 * std::max<std::uint32_t>(properties.clock_mhz, 500);
  const std::uint32_t units = std::max<std::uint32_t>(properties.compute_units, 1);
  return {tile.rows, units, kReached * lanes * per_lane(tile) * clock_hz * units};
}

std::uint64_t rows_of(std::uint32_t nonces, std::uint32_t tile_rows) {
  return round_up(std::uint64_t{nonces} * POC_TOKENS, tile_rows);
}

std::uint32_t plan_group(const poc::Profile& profile, const Capacity& capacity) {
  const auto step = std::max<std::uint32_t>(1, capacity.tile_rows / POC_TOKENS);
  const std::uint32_t wave = capacity.compute_units * step;
  const double rate = capacity.mac_per_second / static_cast<double>(profile.mac_per_nonce());
  const double waves = rate * kGroupSeconds / wave;
  if (waves >= 1) {
    const std::uint32_t most = std::max<std::uint32_t>(1, kMostNonces / wave);
    return wave * static_cast<std::uint32_t>(std::min<double>(waves, most));
  }
  const double longest = rate * kLongestGroupSeconds;
  if (longest >= wave) return wave;
  return std::max(step, static_cast<std::uint32_t>(longest) / step * step);
}

std::uint64_t group_bytes(const poc::Profile& profile, std::uint32_t nonces,
                          std::uint32_t tile_rows) {
  // x in 16 bits; normalised rows, or attention's; q, k and v, or h; hashes.
  const std::uint64_t per_row = 3 * std::uint64_t{profile.dim} + wide_columns(profile) + 32;
  return rows_of(nonces, tile_rows) * per_row + nonces * kPerNonce;
}

std::uint64_t largest_buffer_bytes(const poc::Profile& profile, std::uint32_t nonces,
                                   std::uint32_t tile_rows) {
  return rows_of(nonces, tile_rows) *
         std::max<std::uint64_t>(2 * std::uint64_t{profile.dim}, wide_columns(profile));
}

std::uint32_t fit_group(const poc::Profile& profile, std::uint32_t wanted, const Room& room,
                        std::uint32_t tile_rows) {
  const auto fits = [&](std::uint32_t nonces) {
    return group_bytes(profile, nonces, tile_rows) <= room.bytes &&
           largest_buffer_bytes(profile, nonces, tile_rows) <= room.largest_buffer_bytes;
  };
  if (fits(wanted)) return wanted;
  const auto step = std::max<std::uint32_t>(1, tile_rows / POC_TOKENS);
  std::uint32_t nonces = wanted / step * step;
  while (nonces > 0 && !fits(nonces)) nonces -= step;
  if (nonces > 0) return nonces;
  return fits(1) ? 1 : 0;
}

std::string plan_text(const GroupPlan& plan) {
  std::string text = "groups of " + std::to_string(plan.nonces) + " nonces";
  if (plan.nonces < plan.wanted) {
    const bool in_pieces = largest_buffer_bytes(plan.profile, plan.wanted, plan.tile_rows) >
                           plan.room.largest_buffer_bytes;
    text += ", not " + std::to_string(plan.wanted) + ", for want of " +
            (in_pieces ? "buffers over " + mebibytes(plan.room.largest_buffer_bytes) : "memory");
  }
  return text + ": " + mebibytes(group_bytes(plan.profile, plan.nonces, plan.tile_rows)) +
         " beside weights of " + mebibytes(plan.profile.weights_bytes()) + "; " +
         mebibytes(plan.room.bytes) + " were free beside these and the " +
         mebibytes(plan.keep_free_bytes) + " that stay so (keep_free)";
}

}  // namespace backends::opencl
