#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "backends/api/device.h"
#include "backends/sim/board.h"
#include "backends/sim/cancel_signal.h"
#include "backends/sim/faults.h"
#include "backends/sim/models.h"
#include "backends/sim/options.h"
#include "backends/sim/pacer.h"
#include "base/owner_thread.h"

namespace backends::sim {

/// A simulated device: the real proof by the reference evaluator, at a set rate, with a set fault.
/// It has no thread of its own: `collect` and `evaluate` compute on the caller's. A cancel is
/// obeyed between nonces and in every wait.
class SimDevice final : public Device {
 public:
  SimDevice(DeviceInfo info, const DeviceSettings& settings, std::shared_ptr<Card> card,
            std::unique_ptr<CancelSignal> cancel);
  ~SimDevice() override;

  const DeviceInfo& info() const override { return info_; }
  std::uint32_t group_size() const override { return settings_.group; }
  base::Result<PrepareProgress> prepare(const poc::ModelSpec& model) override;
  base::Status start(const poc::RaceSpec& race) override;
  base::Status enqueue(const NonceRange& range) override;
  base::Result<RangeResult> collect() override;
  base::Result<std::vector<poc::Digest>> evaluate(const poc::ModelSpec& model,
                                                  std::span<const poc::InputKey> keys) override;
  void cancel() noexcept override { cancel_->raise(); }
  void rest() noexcept override;

 private:
  /// A range in flight.
  struct Work {
    NonceRange range;
    base::SteadyTime enqueued;
  };

  base::Status check_here();
  void account_memory();
  void compute(const poc::ReferenceModel& model, RangeResult& result);
  void judge(const poc::InputKey& key, Candidate computed, RangeResult& result);
  bool ends_now(std::uint64_t seen);
  void finish_nonce(base::SteadyTime began, std::uint64_t seen);

  const DeviceInfo info_;
  const DeviceSettings settings_;
  const std::shared_ptr<Card> card_;
  const std::unique_ptr<CancelSignal> cancel_;
  const base::SystemClock clock_;
  base::OwnerThread owner_;
  Faults faults_;
  Pacer pacer_;
  Models models_;
  std::int64_t memory_shown_ = 0;  // bytes, of what card_ shows
  std::optional<poc::RaceSpec> race_;
  std::uint64_t race_cancels_ = 0;  // cancels that the race's start has forgotten
  std::deque<Work> in_flight_;
  base::SteadyTime last_end_{};  // of the range collected last
};

}  // namespace backends::sim
