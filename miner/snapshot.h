#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/api/device_info.h"
#include "backends/api/telemetry.h"
#include "base/clock.h"
#include "miner/honest_rates.h"
#include "miner/losses.h"
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
  kPaused,  ///< see PauseCause
  kFailed,  ///< closed after an error; will be opened again
  kOff,     ///< given up
};

/// Why a device is kPaused.
enum class PauseCause {
  kUser,          ///< asked for
  kWrongDigests,  ///< it computes wrong
  kHeat,          ///< to cool down
};

/// Means over the last 10 s, 60 s and 15 min; no value until that much time has passed.
struct Rates {
  std::optional<double> last_10s;
  std::optional<double> last_60s;
  std::optional<double> last_15min;
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
  ShareCounts& operator+=(const ShareCounts& more) {
    pending += more.pending;
    accepted += more.accepted;
    rejected += more.rejected;
    stale += more.stale;
    duplicate += more.duplicate;
    hardware_error += more.hardware_error;
    withdrawn += more.withdrawn;
    lost += more.lost;
    return *this;
  }
  bool operator==(const ShareCounts&) const = default;
};

struct DeviceSnapshot {
  backends::DeviceInfo info;
  DeviceState state = DeviceState::kStarting;
  double loading = 0;                          ///< 0..1, while kLoading
  std::string reason;                          ///< of kPaused, kFailed, kOff
  PauseCause pause_cause = PauseCause::kUser;  ///< of kPaused
  bool paused_by_user = false;                 ///< asked for, whatever the state shows yet
  Rates nonces_per_second;
  Rates mac_per_second;
  std::uint64_t nonces = 0;
  std::uint64_t found = 0;            ///< candidates
  std::uint64_t hardware_errors = 0;  ///< wrong digests, sent or not
  ShareCounts shares;                 ///< what became of what it found
  /// How long before T_end its last result of the last race came: time that it did not use. Below 0
  /// it came too late. T_end is the pool's, on our clock, and not a little before it, as workers
  /// are told. Set when that has passed; none before the end of a first race.
  std::optional<base::Micros> margin;
  /// What its sensors said at most a few seconds ago; none: nobody can tell.
  std::optional<backends::TelemetrySample> sensors;
  /// Drawn in this run, idle included, over the part of it in which the power was known.
  std::optional<double> energy_joules;
  base::Micros energy_time{0};  ///< that part
};

/// How times are spread. NN % of them were at least as good as pNN: no longer, or of margins, no
/// shorter.
struct TimeSpread {
  std::uint64_t count = 0;
  base::Micros p50{0};
  base::Micros p95{0};
  base::Micros p99{0};
  base::Micros worst{0};

  bool operator==(const TimeSpread&) const = default;
};

/// Of shares that this run found; none: nothing was measured yet.
struct SubmitTimes {
  /// From the moment at which the device gave the share to that at which the newline of its first
  /// submit left. Its record is on disk by then, or the disk was given its 50 ms; a share that
  /// waits for a connection has all of that in it.
  std::optional<TimeSpread> delay;
  /// From the newline of a submit to its answer.
  std::optional<TimeSpread> answer;
  /// From the newline of a submit to T_end on the pool's clock: below 0 it was late. Not of shares
  /// that the pool has stored already.
  std::optional<TimeSpread> margin;

  bool operator==(const SubmitTimes&) const = default;
};

/// The pool that is used, or tried now.
struct PoolSnapshot {
  std::string url;
  std::string user;
  bool connected = false;  ///< and logged in
  bool encrypted = false;
  std::optional<base::Micros> round_trip;
  std::optional<base::Micros> clock_offset;  ///< its wall clock minus ours
  /// How far the last few exchanges differ on that: root mean square.
  std::optional<base::Micros> clock_jitter;
};

enum class PoolStanding {
  kStandby,     ///< not needed, not tried
  kWaiting,     ///< logged in beside the pool in use, which it takes over from with a sprint
  kConnecting,  ///< tried now, not logged in
  kInUse,       ///< logged in
  kFailed,      ///< the last try failed; it is tried again
  kRefused,     ///< it refused the login: not tried until enabled or preferred
  kDisabled,    ///< by the user
};

/// One of the user's pools.
struct PoolListing {
  std::size_t number = 0;  ///< its name in Control; stays the same while the program runs
  std::string url;
  std::string user;
  PoolStanding standing = PoolStanding::kStandby;
  std::string reason;          ///< of kFailed and kRefused: one line
  std::uint64_t sprints = 0;   ///< decided, of this pool
  std::uint64_t accepted = 0;  ///< shares
  std::uint64_t credit = 0;    ///< nonces
};

enum class SprintPhase {
  kNone,
  kAnnounced,
  kRacing,
  kEnded,  ///< raced; its result is not here yet, and no other sprint is announced
};

struct SprintSnapshot {
  SprintPhase phase = SprintPhase::kNone;
  std::string id;
  std::string profile;
  /// Counts the sprints this program raced, this one included, also before it starts.
  std::uint64_t number = 0;
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
  SubmitTimes times;
  SprintWork work = {};
  std::optional<HonestRates> rates = std::nullopt;  ///< of `work`; none as `credit`
};

struct Snapshot {
  base::Micros uptime{0};
  bool solo = false;    ///< the pool is our own
  bool ending = false;  ///< asked to stop, or all done: what was found is being submitted
  PoolSnapshot pool;
  std::vector<PoolListing> pools;  ///< in the order of preference
  SprintSnapshot sprint;
  std::vector<DeviceSnapshot> devices;
  Rates nonces_per_second;
  Rates mac_per_second;
  ShareCounts shares;
  SubmitTimes times;                    ///< of the run
  std::optional<double> power_watts;    ///< now, of the devices that tell it
  std::optional<double> energy_joules;  ///< sum of the devices' where it is known
  std::uint64_t nonces = 0;
  double macs = 0;            ///< multiply-accumulates of all nonces
  std::uint64_t sprints = 0;  ///< over, with their result (or without one that came in time)
  std::uint64_t credit = 0;   ///< sum of the results: expected nonces
  std::uint64_t best_difficulty = 0;       ///< of all candidates; 0: none yet
  std::vector<SprintRecord> last_sprints;  ///< newest last, at most 10
  std::optional<HonestRates> rates;        ///< of all sprints with a result; none: none has one
  std::optional<HonestRates> last_rates;   ///< of those of `last_sprints`
  CreditChecks credit_checks;
  LossTotals losses;  ///< of sprints that were not wholly raced
};

}  // namespace miner
