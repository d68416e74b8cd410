#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "pool/server.h"

namespace pool {

/// When a sprint runs: planned times until its start, then the actual ones.
struct Slot {
  std::uint64_t number = 0;  ///< 1, 2, 3..
  base::UnixTime t0;
  base::UnixTime t_end;
};

/// Something that is due now.
struct Step {
  enum class Kind { kAnnounce, kStart, kEnd, kCancel };
  Kind kind;
  Slot slot;
};

/// When sprints are announced, start and end; no clock, no thread. All times are the pool's.
///
///     announce A |---lead---| start A ------ announce B |---lead---| end A, start B ------
///
/// Never is more than one sprint announced beyond the running one. Config::start_when_ready moves a
/// start back, by at most a minute, or the first one forward; then the next sprint is announced at
/// the start of the one before, so that weights can be made meanwhile. A sprint that would start
/// over a second late (the machine stood still) starts now, so that it keeps its length.
///
/// A sprint with a beacon starts when that one's value is known, and not before its planned T0;
/// when that is not known after `longest_wait`, it is cancelled, and the next one is announced.
class Schedule {
 public:
  /// Where an earlier run left off.
  struct Resumed {
    std::uint64_t last = 0;        ///< number of the newest sprint; 0: none
    std::optional<Slot> running;   ///< perhaps over by now
    std::optional<Slot> upcoming;  ///< announced, not started
  };
  /// The first sprint, or the next one where none is upcoming, is announced at `now`.
  Schedule(const Config& config, base::UnixTime now, const Resumed& from);
  Schedule(const Config& config, base::UnixTime now)
      : Schedule(config, now, {0, std::nullopt, std::nullopt}) {}

  /// The upcoming sprint, announced or about to be, does not start before `open`.
  void hold() { held_ = true; }
  /// Its beacon's value is known.
  void open(base::UnixTime now);
  /// The sprint that is about to be announced cannot be yet: it is tried again soon.
  void postpone(base::UnixTime now);
  /// So long after its planned T0 a sprint waits for its beacon's value: as long as it was
  /// announced before, and at most a minute, since miners do not wait much longer for a start.
  static base::Micros longest_wait(const Config& config);

  /// The next thing due, in order, counted as done; call until there is none. `ready`: devices are
  /// ready for the announced sprint that has not started.
  std::optional<Step> next(base::UnixTime now, bool ready);

  /// When `next` has something to do if nothing else happens; a time in the past means now.
  std::optional<base::UnixTime> wake(bool ready) const;

  /// All sprints asked for have ended.
  bool over() const { return !running_ && !upcoming_; }

 private:
  void plan(std::uint64_t number, base::UnixTime t0);
  base::UnixTime announce_time() const;
  base::UnixTime earliest_start() const;
  base::UnixTime start_time() const;
  base::UnixTime last_wait() const { return upcoming_->t0 + longest_wait(config_); }
  Step give_up(base::UnixTime now);

  const Config config_;
  std::uint64_t first_ = 1;  // sprint of this run
  std::optional<Slot> running_;
  std::optional<Slot> upcoming_;
  bool announced_ = false;                  // the upcoming one
  bool held_ = false;                       // it waits for its beacon's value
  std::optional<base::UnixTime> opened_;    // that value came
  std::optional<base::UnixTime> ready_at_;  // when devices were seen ready for it
};

}  // namespace pool
