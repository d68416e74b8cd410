#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "backends/api/device.h"
#include "base/clock.h"
#include "base/result.h"
#include "miner/cli/console.h"
#include "poc/keys.h"

namespace miner {

/// The right digests of the nonces 0, 1, .. of one race.
struct RightAnswers {
  poc::RaceSpec race;
  std::vector<poc::Digest> digests;  ///< at least one
};

/// Right answers by the reference evaluator, made once for each profile. One thread.
class AnswerBook {
 public:
  /// As many as take about a second, 1 to 64; `line` tells about it. Fails when the weights do not
  /// fit in memory. The answers live as long as the book.
  base::Result<const RightAnswers*> answers(const poc::Profile& profile, ProgressLine& line);

 private:
  std::list<RightAnswers> pages_;
};

struct BenchResult {
  double weights_seconds = 0;
  std::uint64_t checked = 0;                   ///< digests compared
  std::uint64_t mismatches = 0;                ///< of them wrong or missing
  std::optional<double> nonces_per_second;     ///< only when there is no mismatch
  std::optional<double> bus_bytes_per_second;  ///< while racing, where the device counts them
  std::string plan;                            ///< the device's own words, see Device::plan
};

/// Makes the weights, races the nonces of the answers and compares, then races for `length` with
/// two ranges in flight and measures. Ends with the device at rest, unless it failed.
base::Result<BenchResult> bench_device(backends::Device& device, const RightAnswers& answers,
                                       base::Micros length, const base::Clock& clock,
                                       ProgressLine& line);

}  // namespace miner
