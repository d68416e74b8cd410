#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/api/device_info.h"
#include "backends/api/telemetry.h"
#include "base/clock.h"
#include "poc/profile.h"

// What the miner shows of itself at one moment: plain values, made by Control::snapshot, read by
// the screen, the summary and (later) the monitoring interfaces. Nothing here has behaviour.
namespace miner {

enum class DeviceState {
  kStarting,  ///< being opened and tested
  kIdle,      ///< nothing to do, card free
  kLoading,   ///< making weights
  kReady,     ///< weights made, waiting for the start
  kRacing,
  kPaused,  ///< by the user, or after wrong digests
  kFailed,  ///< closed after an error; will be opened again
  kOff,     ///< given up
};

/// Means over the last 10 s, 60 s and 15 min; no value until that much time has passed.
struct Rates {
  std::optional<double> last_10s;
  std::optional<double> last_60s;
  std::optional<double> last_15min;
};

struct DeviceSnapshot {
  backends::DeviceInfo info;
  DeviceState state = DeviceState::kStarting;
  double loading = 0;  ///< 0..1, while kLoading
  std::string reason;  ///< of kPaused, kFailed, kOff
  Rates nonces_per_second;
  Rates mac_per_second;
  std::uint64_t nonces = 0;
  std::uint64_t found = 0;            ///< candidates
  std::uint64_t hardware_errors = 0;  ///< wrong digests, sent or not
  /// What its sensors said at most a few seconds ago; none: nobody can tell.
  std::optional<backends::TelemetrySample> sensors;
  /// Drawn in this run, idle included, over the part of it in which the power was known.
  std::optional<double> energy_joules;
  base::Micros energy_time{0};  ///< that part
};

/// Every candidate is in exactly one of these.
struct ShareCounts {
  std::uint64_t pending = 0;         ///< not decided yet
  std::uint64_t accepted = 0;        ///< credited by the sprint's result
  std::uint64_t rejected = 0;        ///< 20, 23, 27, 30, or the sprint was cancelled
  std::uint64_t stale = 0;           ///< 21, 28
  std::uint64_t duplicate = 0;       ///< 22
  std::uint64_t hardware_error = 0;  ///< our own check failed before it was sent
  std::uint64_t withdrawn = 0;       ///< our own check failed after it was sent
  std::uint64_t lost = 0;            ///< not answered by the sprint's result

  std::uint64_t total() const {
    return pending + accepted + rejected + stale + duplicate + hardware_error + withdrawn + lost;
  }
  bool operator==(const ShareCounts&) const = default;
};

struct PoolSnapshot {
  std::string url;
  std::string user;
  bool connected = false;  ///< and logged in
  std::optional<base::Micros> round_trip;
};

enum class SprintPhase { kNone, kAnnounced, kRacing };

struct SprintSnapshot {
  SprintPhase phase = SprintPhase::kNone;
  std::string id;
  std::string profile;
  base::Micros left{0};    ///< until T0 when announced, until T_end when racing
  base::Micros length{0};  ///< of the race
};

/// A sprint that is over.
struct SprintRecord {
  std::string id;
  poc::Profile profile;
  base::Micros length{0};
  std::uint64_t nonces = 0;
  std::uint64_t found = 0;
  std::optional<std::uint64_t> credit;  ///< none until (or unless) the result came
};

struct Snapshot {
  base::Micros uptime{0};
  PoolSnapshot pool;
  SprintSnapshot sprint;
  std::vector<DeviceSnapshot> devices;
  Rates nonces_per_second;
  Rates mac_per_second;
  ShareCounts shares;
  std::optional<double> power_watts;    ///< now, of the devices that tell it
  std::optional<double> energy_joules;  ///< sum of the devices' where it is known
  std::uint64_t nonces = 0;
  std::uint64_t sprints = 0;  ///< over, with their result (or without one that came in time)
  std::uint64_t credit = 0;   ///< sum of the results: expected nonces
  std::uint64_t best_difficulty = 0;       ///< of all candidates; 0: none yet
  std::vector<SprintRecord> last_sprints;  ///< newest last, at most 10
};

}  // namespace miner
