#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "backends/api/device.h"
#include "base/clock.h"
#include "base/result.h"
#include "miner/job_slot.h"
#include "miner/nonce_plan.h"
#include "miner/range_sizer.h"

namespace miner {

/// Races one race on one device: two ranges in flight, drawn from the leases, sized to end in time.
/// Belongs to the worker's thread.
class RaceRunner {
 public:
  /// Why a run ended.
  enum class End {
    kOver,     ///< no further nonce would be in time
    kStarved,  ///< the leases are used up: another may come
    kChanged,  ///< another race, a pause or a stop was published, or the device was cancelled
  };

  /// What happens on the way; all called on the worker's thread.
  struct Hooks {
    std::function<void(const backends::RangeResult&)> ranged;
    std::function<void(const stratum::Lease&, const backends::Candidate&)> found;
    std::function<void()> low;  ///< the leases are 80 % used
    /// Between two ranges: time for a step of the next weights.
    std::function<base::Status(const Assignment&)> between;
  };

  /// `plan` and `rate` outlast the run: a race that is taken up again goes on where it was.
  RaceRunner(backends::Device& device, const JobSlot& slot, const base::Clock& clock,
             NoncePlan& plan, RateEstimate& rate, Hooks hooks)
      : device_(device),
        slot_(slot),
        clock_(clock),
        plan_(plan),
        rate_(rate),
        hooks_(std::move(hooks)) {}

  /// Races until one of the ends. The race's model is ready, `view` has a race. Nothing is in
  /// flight afterwards, unless the device failed; so it is when an error is Fault::kNoMemory: the
  /// device took no range, or no further one.
  base::Result<End> run(JobSlot::View view);

 private:
  bool refresh(JobSlot::View& view);
  base::Status fill(const Race& race);
  std::uint64_t nonces_in_flight() const;
  base::Status collect();

  backends::Device& device_;
  const JobSlot& slot_;
  const base::Clock& clock_;
  NoncePlan& plan_;
  RateEstimate& rate_;
  Hooks hooks_;
  std::deque<NoncePlan::Draw> in_flight_;
  bool cut_ = false;      // a range came back short: the device was cancelled
  bool no_time_ = false;  // the last range asked for would not have been in time
};

}  // namespace miner
