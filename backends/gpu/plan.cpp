#include "backends/gpu/plan.h"

#include <algorithm>

#include "backends/gpu/kernels/layout.h"
#include "poc/params.h"

namespace backends::gpu {
namespace {

constexpr double kGroupSeconds = 0.05;
constexpr double kLongestGroupSeconds = 0.2;
constexpr std::uint32_t kMostNonces = 32768;                 ///< beyond it nothing is gained
constexpr std::uint32_t kNonceStep = kRowStep / POC_TOKENS;  ///< nonces of the smallest whole tiles

}  // namespace

std::uint32_t nonces_of_wave(const Capacity& capacity) {
  const std::uint32_t cluster = std::max<std::uint32_t>(1, capacity.path.cluster);
  const std::uint32_t blocks = std::max(cluster, capacity.processors / cluster * cluster);
  return round_up(blocks * capacity.path.tile_rows, kRowStep) / POC_TOKENS;
}

std::uint32_t plan_group(const poc::Profile& profile, const Capacity& capacity) {
  const std::uint32_t wave = nonces_of_wave(capacity);
  const double rate = capacity.mac_per_second / static_cast<double>(profile.mac_per_nonce());
  const double waves = rate * kGroupSeconds / wave;
  if (waves >= 1) {
    const std::uint32_t most = std::max<std::uint32_t>(1, kMostNonces / wave);
    return wave * static_cast<std::uint32_t>(std::min<double>(waves, most));
  }
  const double longest = rate * kLongestGroupSeconds;
  if (longest >= wave) return wave;
  return std::max(kNonceStep, static_cast<std::uint32_t>(longest) / kNonceStep * kNonceStep);
}

std::uint64_t group_bytes(const poc::Profile& profile, std::uint32_t nonces) {
  // x in 16 bits; normalised rows, or attention's; q, k and v, or h; hashes.
  const std::uint64_t per_row =
      3 * std::uint64_t{profile.dim} +
      std::max<std::uint64_t>(3 * std::uint64_t{profile.dim}, profile.ffn) + 32;
  return round_up(nonces * POC_TOKENS, kRowStep) * per_row + nonces * std::uint64_t{32};
}

std::uint32_t fit_group(const poc::Profile& profile, std::uint32_t wanted, std::uint64_t bytes) {
  if (group_bytes(profile, wanted) <= bytes) return wanted;
  std::uint32_t nonces = wanted / kNonceStep * kNonceStep;
  while (nonces > 0 && group_bytes(profile, nonces) > bytes) nonces -= kNonceStep;
  if (nonces > 0) return nonces;
  return group_bytes(profile, 1) <= bytes ? 1 : 0;
}

}  // namespace backends::gpu
