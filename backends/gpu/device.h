#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "backends/api/device.h"
#include "backends/gpu/driver.h"
#include "backends/gpu/forward.h"
#include "backends/gpu/models.h"
#include "backends/gpu/plan.h"
#include "base/clock.h"
#include "base/owner_thread.h"

namespace backends::gpu {

/// What a device is made of.
struct DeviceParts {
  DeviceInfo info;
  std::unique_ptr<Driver> driver;
  Capacity capacity;
  std::uint32_t group = 0;             ///< nonces computed together; 0: as many as fill the card
  std::uint64_t keep_free_bytes = 0;   ///< of the card's memory
  const base::Clock* clock = nullptr;  ///< outlives the device
};

/// A card as a Device, whatever its vendor. Ranges are cut into groups; up to three groups are on
/// the card's queue at a time (fewer of a deep profile), across the ranges in flight, so that it
/// never waits for the host, and the host sleeps until the oldest is done. Where memory is short
/// the groups are smaller.
class GpuDevice final : public Device {
 public:
  /// On the thread that opens it; then it may move to another.
  static base::Result<std::unique_ptr<Device>> open(DeviceParts parts);

  ~GpuDevice() override;

  const DeviceInfo& info() const override { return parts_.info; }
  std::uint32_t group_size() const override;
  std::string plan() const override;
  std::optional<std::uint64_t> bus_bytes() const override { return bus_bytes_; }
  base::Result<PrepareProgress> prepare(const poc::ModelSpec& model) override;
  base::Status start(const poc::RaceSpec& race) override;
  base::Status enqueue(const NonceRange& range) override;
  base::Result<RangeResult> collect() override;
  base::Result<std::vector<poc::Digest>> evaluate(const poc::ModelSpec& model,
                                                  std::span<const poc::InputKey> keys) override;
  void cancel() noexcept override { forward_.stop(generation_.load()); }
  void rest() noexcept override;

 private:
  /// What ranges are computed for.
  struct Race {
    poc::RaceSpec spec;
    const Model* model;
    std::uint32_t generation;
    bool stopped = false;  // some group was skipped: so are those that follow
  };

  /// A range in flight.
  struct Pending {
    RangeResult result;
    std::uint64_t launched = 0;  // nonces of it in groups so far
    std::uint32_t groups = 0;    // launched and not yet gathered
    bool done(const Race& race) const {
      return groups == 0 && (launched == result.range.count || race.stopped);
    }
  };

  /// A group on the queue.
  struct Running {
    std::uint32_t slot;
    std::uint64_t first;
    std::uint32_t count;
  };

  GpuDevice(DeviceParts parts, const Kernels& kernels);
  base::Status init();
  base::Status fit(const Model& model);
  std::size_t groups_at_a_time() const;
  base::Status launch_more();
  base::Status launch_group(Pending& pending);
  base::Status gather_oldest();
  base::Status run_keys(const Model& model, std::span<const poc::InputKey> keys,
                        std::vector<poc::Digest>& digests);

  DeviceParts parts_;
  const Kernels kernels_;
  base::OwnerThread owner_;
  Models models_;
  Forward forward_;
  std::atomic<std::uint32_t> generation_{1};
  std::optional<Race> race_;
  std::deque<Pending> pending_;  // ranges, oldest first
  std::deque<Running> running_;  // groups, oldest first; all of pending_'s ranges in order
  bool ready_ = false;           // all below is there
  std::uint32_t next_slot_ = 0;
  std::uint64_t bus_bytes_ = 0;  // keys to the card, lists back
  Event began_[Forward::kSlots] = {};
  Event ended_[Forward::kSlots] = {};
};

}  // namespace backends::gpu
