#pragma once

#include "base/clock.h"

namespace miner {

/// When the lines about a run are due: its status every 10 s, or 2 s while weights are made, and
/// its devices every minute; behind a screen, which shows both, the status comes with the devices:
/// StatusLines writes both into the log file alone.
class StatusTimes {
 public:
  explicit StatusTimes(base::SteadyTime start) : status_(start), devices_(start) {}

  struct Due {
    bool status = false;
    bool devices = false;
  };
  /// What is due now; it counts as done.
  Due look(base::SteadyTime now, bool loading, bool showing) {
    Due due;
    due.devices = now - devices_ >= kDevicesEvery;
    due.status = showing ? due.devices : now - status_ >= (loading ? kWhileLoading : kStatusEvery);
    if (due.status) status_ = now;
    if (due.devices) devices_ = now;
    return due;
  }

 private:
  static constexpr base::Micros kStatusEvery = std::chrono::seconds(10);
  static constexpr base::Micros kWhileLoading = std::chrono::seconds(2);
  static constexpr base::Micros kDevicesEvery = std::chrono::minutes(1);

  base::SteadyTime status_;  // last told
  base::SteadyTime devices_;
};

}  // namespace miner
