#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// What sprints cost that were not wholly raced: plain values, part of the snapshot.
namespace miner {

/// Why a device did not race while it could have. At any moment there is one cause; if more would
/// do, the first of these that holds: kDevice, then what kept the weights from being made, then
/// kNetwork or kPool.
enum class LossCause {
  kLateAnnouncement,  ///< the pool announced less than 10 s before T0, so weights were made late
  kWeights,           ///< announced in time, and the weights were not made by T0
  kNetwork,           ///< not logged in, so that announcement, start or lease did not come
  kDevice,            ///< it failed, hung, was paused as it computed wrong, or has not the memory
  kPool,              ///< no start or lease came although logged in; or all work in it is void
};
constexpr std::size_t kLossCauses = 5;

/// "late announcement", "weights not ready", "network", "device", "pool".
constexpr std::string_view name_of(LossCause cause) {
  constexpr std::array<std::string_view, kLossCauses> kNames = {
      "late announcement", "weights not ready", "network", "device", "pool"};
  return kNames.at(static_cast<std::size_t>(cause));
}

/// Time in which devices did not race, and what it cost.
struct Loss {
  base::Micros time{0};    ///< of devices: two that lose a second lose two seconds
  base::Micros priced{0};  ///< that part of it of which the device's rate is known
  double nonces = 0;       ///< estimate: of that part, at the device's measured rate

  /// Two digits that count, for the rest is not known; nothing when no rate is.
  std::optional<std::uint64_t> estimate() const {
    if (priced <= base::Micros(0)) return std::nullopt;
    if (nonces < 1) return 0;
    const double unit = std::pow(10, std::max(std::floor(std::log10(nonces)) - 1, 0.0));
    return static_cast<std::uint64_t>(std::llround(nonces / unit) * std::llround(unit));
  }
  Loss& operator+=(const Loss& more) {
    time += more.time;
    priced += more.priced;
    nonces += more.nonces;
    return *this;
  }
  Loss& operator-=(const Loss& less) {
    time -= less.time;
    priced -= less.priced;
    nonces -= less.nonces;
    return *this;
  }
  bool operator==(const Loss&) const = default;
};

/// By LossCause.
using Losses = std::array<Loss, kLossCauses>;

inline Loss sum_of(const Losses& losses) {
  Loss sum;
  for (const Loss& loss : losses) sum += loss;
  return sum;
}

/// A sprint that was not wholly raced.
struct LostSprint {
  std::string id;      ///< the pool's
  base::Micros of{0};  ///< device time of its race, as far as the user's pauses left it to us
  Losses by_cause;
};

/// "12.3 s".
inline std::string tenths_of(base::Micros time) {
  const auto tenths = (time + std::chrono::milliseconds(50)) / std::chrono::milliseconds(100);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

/// "weights not ready", or with more than one cause "weights not ready 12.3 s, network 0.5 s". What
/// is less than half a tenth is not named.
inline std::string causes_of(const LostSprint& sprint) {
  std::string text;
  std::string only;
  int causes = 0;
  for (std::size_t i = 0; i < kLossCauses; ++i) {
    const base::Micros time = sprint.by_cause.at(i).time;
    if (time < std::chrono::milliseconds(50)) continue;
    only = name_of(static_cast<LossCause>(i));
    text += (causes++ == 0 ? "" : ", ") + only + " " + tenths_of(time);
  }
  return causes == 1 ? only : text;
}

/// Of a run.
struct LossTotals {
  std::uint64_t sprints = 0;  ///< that were not wholly raced
  Losses by_cause;
  std::optional<LostSprint> last;
};

}  // namespace miner
