#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/api/backend.h"
#include "base/result.h"
#include "tests/checker/oracle.h"

namespace checker {

/// An answer that is not the right one.
base::Error wrong(std::string what);

/// Which device, and how it is to be set.
struct Subject {
  backends::Backend* backend = nullptr;
  std::uint32_t index = 0;
  std::vector<backends::OptionAssignment> options;
};

/// One device under test, opened, with what the checks have in common. Errors say what was wrong,
/// on one line. Belongs to the thread that made it.
class Stand {
 public:
  /// `quick`: what is slow under a sanitizer is left out. The oracle outlives the stand.
  static base::Result<Stand> open(Subject subject, Oracle& oracle, bool quick);

  /// Closes the device, whatever it is doing, and opens it again.
  base::Status reopen();

  backends::Device& device() { return *device_; }
  bool quick() const { return quick_; }

  /// Makes the weights; then starts the race: ready to enqueue.
  base::Status start(const poc::RaceSpec& race);

  /// One range, by itself.
  base::Result<backends::RangeResult> run(const backends::NonceRange& range);

  /// The digests that the device finds for these keys are one each and the reference's.
  base::Status expect_digests(const poc::ModelSpec& model, std::span<const poc::InputKey> keys);

  /// All of the range was computed; no nonce came twice, none from outside, none that misses the
  /// target; and of up to 64 nonces, spread over the range with its ends and the first groups'
  /// borders among them, the reference says the same.
  base::Status expect_exact(const poc::RaceSpec& race, const backends::RangeResult& result);

  /// The digests in the result, the last 16 of them, are the reference's.
  base::Status expect_right(const poc::RaceSpec& race, const backends::RangeResult& result);

  /// Runs the range on the started race and expects its result to be exact.
  base::Status expect_run(const poc::RaceSpec& race, const backends::NonceRange& range);

  /// A short race from its beginning, after which the device has shown that it works.
  base::Status expect_works(const poc::RaceSpec& race);

 private:
  Stand(Subject subject, Oracle& oracle, bool quick)
      : subject_(std::move(subject)), oracle_(&oracle), quick_(quick) {}
  base::Status expect_digest(const poc::ModelSpec& model, const poc::InputKey& key,
                             const poc::Digest& digest);

  Subject subject_;
  Oracle* oracle_;
  bool quick_;
  std::unique_ptr<backends::Device> device_;
};

}  // namespace checker
