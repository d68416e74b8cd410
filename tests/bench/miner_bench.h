#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

/// How long the real miner takes between a pool's socket on loopback and a device that computes
/// nothing, in seconds, one value a sample. The pool's end is on this thread. Throws
/// std::exception.
struct MinerTimes {
  /// From just before the pool's send of an old sprint's end and a new one's start to the call of
  /// the device's `cancel`.
  std::vector<double> cancels;
  /// From the device's word of a candidate to the pool's read of the submit's newline.
  std::vector<double> submits;
};

/// `sprints` new ones, and as many shares in the last one. `spool_folder`: found shares are written
/// there first; empty: they are not.
MinerTimes measure_miner(std::size_t sprints, const std::string& spool_folder);

}  // namespace bench
