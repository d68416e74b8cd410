#pragma once

#include "miner/percentiles.h"
#include "miner/snapshot.h"

namespace miner {

/// How long shares took on their way, of one sprint or of a run. Belongs to the share desk.
struct ShareTimes {
  Percentiles delay;   ///< from the device's finding to the newline of its first submit
  Percentiles answer;  ///< from a submit's newline to its answer
  Percentiles margin;  ///< from a submit's newline to T_end; below 0: too late

  /// As the snapshot has them.
  SubmitTimes shown() const;
};

}  // namespace miner
