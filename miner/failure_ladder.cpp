#include "miner/failure_ladder.h"

#include <algorithm>

namespace miner {
namespace {

using std::chrono::minutes;

constexpr int kTriesUntilOff = 3;
constexpr int kLossesUntilOff = 8;
constexpr base::Micros kLongestPause = minutes(10);
constexpr base::Micros kForgiveAfter = minutes(10);

}  // namespace

FailureLadder::Step FailureLadder::failed(DeviceDown::Cause cause, base::Fault fault,
                                          base::SteadyTime now) {
  const bool sound = up_since_ && now - *up_since_ > kForgiveAfter;
  worked_ = worked_ || up_since_.has_value();
  up_since_.reset();
  failures_ = sound ? 1 : failures_ + 1;
  if (cause == DeviceDown::Cause::kSelfTest) ++wrong_;
  const bool hopeless = cause == DeviceDown::Cause::kOpen && fault == base::Fault::kInvalid;
  Step step;
  step.failures = failures_;
  step.off = hopeless || wrong_ >= kTriesUntilOff ||
             failures_ >= (worked_ ? kLossesUntilOff : kTriesUntilOff);
  step.pause =
      std::min(first_pause_ * (1 << (failures_ - 1)), std::max(first_pause_, kLongestPause));
  return step;
}

}  // namespace miner
