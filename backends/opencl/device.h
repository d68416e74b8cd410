#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backends/api/device.h"
#include "backends/opencl/forward.h"
#include "backends/opencl/plan.h"
#include "backends/opencl/platforms.h"
#include "base/owner_thread.h"

namespace backends::opencl {

/// What a device is made of.
struct DeviceParts {
  DeviceInfo info;
  Found found;
  const Library* library = nullptr;  ///< outlives the device
  Tile tile;
  BinaryCache cache{""};
  std::uint32_t group = 0;  ///< nonces computed together; 0: as many as fill the device
  std::uint64_t keep_free_bytes = 0;
  base::Micros longest_launch{0};      ///< zero: any
  const base::Clock* clock = nullptr;  ///< outlives the device
  std::string_view source = program_source();
  std::function<void(std::string_view)> news;  ///< hears what takes long about `open`; or nothing
  std::shared_ptr<const void> hold;            ///< lives as long as the device
};

/// A device of OpenCL. Ranges are cut into groups; their launches go to one queue, a few at a time,
/// across the ranges in flight: a cancel waits for 30 ms of them, or for one that is longer, and a
/// step of `prepare` for 8 ms of weights more. How long a launch may be is `longest_launch`; what
/// is expected of it is what others took before. The device gets on while its owner is in `collect`
/// or `prepare`; besides, only as far as the queue reaches. Where memory is short, also at a
/// launch, the groups are smaller.
class OpenClDevice final : public Device {
 public:
  /// Builds the program where it is not cached, which may take a minute. On the thread that opens
  /// it; then it may move to another.
  static base::Result<std::unique_ptr<Device>> open(DeviceParts parts);

  ~OpenClDevice() override;

  const DeviceInfo& info() const override { return parts_.info; }
  std::uint32_t group_size() const override;
  std::string plan() const override;
  std::optional<std::uint64_t> bus_bytes() const override { return stream_.bus_bytes(); }
  base::Result<PrepareProgress> prepare(const poc::ModelSpec& model) override;
  base::Status start(const poc::RaceSpec& race) override;
  base::Status enqueue(const NonceRange& range) override;
  base::Result<RangeResult> collect() override;
  base::Result<std::vector<poc::Digest>> evaluate(const poc::ModelSpec& model,
                                                  std::span<const poc::InputKey> keys) override;
  void cancel() noexcept override;
  void rest() noexcept override;

 private:
  /// What ranges are computed for.
  struct Race {
    poc::RaceSpec spec;
    const Model* model;
    std::uint64_t generation;
    bool stopped = false;  // some group was left out: so are those that follow
  };

  /// A range in flight.
  struct Pending {
    RangeResult result;
    std::uint64_t begun = 0;   // nonces of it in groups so far
    std::uint32_t groups = 0;  // begun and not yet gathered
    bool done(const Race& race) const {
      return groups == 0 && (begun == result.range.count || race.stopped);
    }
  };

  /// A group of which launches are on the queue.
  struct Running {
    std::uint64_t tag;
    std::uint32_t slot;
    std::uint64_t first;
    std::uint32_t count;
  };

  struct Built {
    Context context;
    Stream stream;
    Program program;
    Kernels kernels;
  };

  OpenClDevice(DeviceParts parts, Built built);
  static base::Result<Built> build(const DeviceParts& parts);
  bool is_cancelled(std::uint64_t generation) const { return cancelled_.load() >= generation; }
  base::Status fit(const Model& model);
  base::Status keep_busy();
  base::Result<bool> begin_next();
  base::Status end_under_way();
  base::Status shrink(const base::Error& reason);
  base::Status fit_smaller(const base::Error& reason);
  base::Status wait_oldest();
  base::Status gather(const Running& group);
  Pending& owner_of_oldest();
  base::Status run_keys(const Model& model, std::span<const poc::InputKey> keys,
                        std::vector<poc::Digest>& digests);

  DeviceParts parts_;
  const Capacity capacity_;
  base::OwnerThread owner_;
  Context context_;
  Stream stream_;
  Program program_;
  Kernels kernels_;
  Memory memory_;
  Models models_;
  Forward forward_;
  GroupPlan group_plan_;  // of what is fitted
  bool shrunk_ = false;   // to less than was planned, when launches found no memory
  struct NoRoom {
    poc::Profile profile;
    base::Error reason;
  };
  std::optional<NoRoom> no_room_;  // a race that ended so, which the next `start` tells
  std::atomic<std::uint64_t> generation_{1};
  std::atomic<std::uint64_t> cancelled_{0};  // of this generation, and of those before
  std::optional<Race> race_;
  std::deque<Pending> pending_;  // ranges, oldest first
  std::deque<Running> running_;  // groups, oldest first; all of pending_'s ranges in order
  std::uint64_t next_tag_ = 1;
  std::uint32_t next_slot_ = 0;
};

}  // namespace backends::opencl
