#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/api/device_info.h"
#include "base/clock.h"
#include "base/result.h"
#include "poc/keys.h"
#include "poc/target.h"

namespace backends {

/// Nonces first .. first + count - 1 (no wrap), and what makes one of them a candidate.
struct NonceRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  poc::Target target = poc::Target::none();
};

/// A nonce whose ticket met the target, as the device computed it: a claim, checked before and
/// after it is sent.
struct Candidate {
  std::uint64_t nonce = 0;
  poc::Digest digest{};
};

/// What came of one range.
struct RangeResult {
  NonceRange range;
  std::uint64_t evaluated = 0;        ///< nonces computed; fewer than range.count after a cancel
  std::vector<Candidate> candidates;  ///< of the evaluated ones, in any order
  base::Micros busy{0};               ///< how long the device worked on it
};

/// How far the weights of a model are.
struct PrepareProgress {
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;
  bool ready() const { return done_bytes == total_bytes; }
};

/// One card (or the CPU) at work. Belongs to one thread, which alone calls everything but `cancel`.
///
///   prepare(A) .. prepare(A) -> ready     weights of A, in steps
///   start(race on A)                      forgets an earlier cancel
///   enqueue, enqueue, collect, enqueue, collect ..    two ranges in flight
///   prepare(B) between them               the next sprint's weights, where memory allows
///   cancel (any thread)                   what is in flight ends early; collect still answers
///
/// A Fault::kNoMemory means: not with what is resident now; less may fit (`rest`). Any other error
/// means that the device is to be closed and opened again.
class Device {
 public:
  virtual ~Device() = default;

  virtual const DeviceInfo& info() const = 0;

  /// One line for the owner: how many nonces go together for what was started last, what memory
  /// that takes, and what limits it; empty where there is nothing to say.
  virtual std::string plan() const { return {}; }

  /// Bytes that its work moved between the host and the device, either way, since it was opened,
  /// without the commands themselves; nothing where there is no bus or nothing is counted.
  virtual std::optional<std::uint64_t> bus_bytes() const { return std::nullopt; }

  /// Nonces that the device computes together: ranges of a multiple of it waste nothing. At
  /// least 1.
  virtual std::uint32_t group_size() const = 0;

  /// Makes weights for at most 50 ms, after a wait for a race that is not longer than a cancel's,
  /// and reports how far they are; call until ready. Two models
  /// stay resident where memory allows: the one being raced and the next. A third takes the place
  /// of the one used longest ago that is not being raced. A call for a ready model does nothing.
  virtual base::Result<PrepareProgress> prepare(const poc::ModelSpec& model) = 0;

  /// Sets what the following ranges are computed for, and forgets a cancel that came before. The
  /// model is ready and nothing is in flight (else: a bug).
  virtual base::Status start(const poc::RaceSpec& race) = 0;

  /// Hands over a range; at most two may be in flight (else: a bug). Does not wait. After a
  /// Fault::kNoMemory the range was not taken.
  virtual base::Status enqueue(const NonceRange& range) = 0;

  /// Waits for the oldest range in flight (none: a bug). A device that runs out of memory on the
  /// way answers what was evaluated till then, as after a cancel; the next `start` says so.
  virtual base::Result<RangeResult> collect() = 0;

  /// The digests for these input keys, one each, in order; the way of verification. The model is
  /// ready and nothing is in flight (else: a bug). Waits. A cancel ends it early with
  /// Fault::kUnavailable.
  virtual base::Result<std::vector<poc::Digest>> evaluate(const poc::ModelSpec& model,
                                                          std::span<const poc::InputKey> keys) = 0;

  /// Ends early, within 50 ms or one layer, whatever is in flight now and whatever is enqueued
  /// before the next `start` (or, for `evaluate`, the one under way). Only sets a flag: any thread,
  /// any time, no lock.
  virtual void cancel() noexcept = 0;

  /// Gives the memory of all models back: between sprints the card is free. Nothing is in flight.
  virtual void rest() noexcept = 0;
};

}  // namespace backends
