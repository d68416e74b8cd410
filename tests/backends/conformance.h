#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/api/backend.h"
#include "backends/api/loader.h"
#include "poc/keys.h"
#include "poc/reference.h"

// What any module must show, from the words of backends/api and the proof's page alone. The suite
// runs over every device of every module that lies in the build's module folder, and over variants:
// each choice of an option named `path`, 1 and 3 of one named `threads`; an option named `devices`
// is set to 2; of simulated devices, which are all alike, the first. Environment:
// SPRINT_CONFORMANCE_OPTIONS=key=value,.. is set where a module has the key; SPRINT_SLOW=1 also
// runs what takes long.
namespace tests {

/// One device of one module under one set of options.
struct Subject {
  std::string name;                      ///< "cpu_0_path_scalar": letters, digits, underscores
  backends::Backend* backend = nullptr;  ///< null: nothing to test
  std::uint32_t index = 0;
  std::vector<backends::OptionAssignment> assignments;
  bool may_be_absent = false;  ///< a variant that this machine need not be able to run
  std::string nothing;         ///< why there is nothing to test
};
void PrintTo(const Subject& subject, std::ostream* out);
std::string subject_test_name(const testing::TestParamInfo<Subject>& info);

/// The modules of the build, loaded and configured once a process, and what they offer.
const backends::LoadResult& loaded_modules();
std::vector<Subject> subjects();

/// What the reference evaluator says, remembered. One thread.
class Oracle {
 public:
  const poc::Digest& digest(const poc::ModelSpec& model, const poc::InputKey& key);
  /// The candidates of a range, by nonce.
  std::map<std::uint64_t, poc::Digest> candidates(const poc::RaceSpec& race,
                                                  const backends::NonceRange& range);

 private:
  std::vector<std::pair<poc::ModelSpec, poc::ReferenceModel>> models_;
  std::map<poc::InputKey, poc::Digest> digests_;
};

constexpr poc::Profile kTiny{1, 128, 128};
constexpr poc::Profile kNano{2, 128, 256};
constexpr poc::Profile kMicro{8, 512, 1536};

/// More nonces than any device computes while a test runs.
constexpr std::uint64_t kEndless = std::uint64_t{1} << 40;

/// Seeds and identity that follow from `number` alone.
poc::RaceSpec race_of(const poc::Profile& profile, std::uint32_t number);
base::Bytes32 random_bytes(std::mt19937_64& random);

class Conformance : public testing::TestWithParam<Subject> {
 protected:
  /// Opens the device, or skips the test and says why.
  void SetUp() override;

  base::Result<std::unique_ptr<backends::Device>> open(std::uint32_t index) const;

  /// Weights, then start: ready to enqueue. Each of these fails the test when a call fails.
  void make_ready(const poc::ModelSpec& model);
  void start(const poc::RaceSpec& race);
  void enqueue(const backends::NonceRange& range);
  backends::RangeResult collect();
  backends::RangeResult run(const backends::NonceRange& range);

  /// All of the range was computed, and its candidates are the reference's: none more, none less.
  void expect_exact(const poc::RaceSpec& race, const backends::RangeResult& result);
  /// What was computed of the range is right: of a range at difficulty 1, every computed nonce.
  void expect_right_so_far(const poc::RaceSpec& race, const backends::RangeResult& result);
  /// The digest is the reference's.
  void expect_digest(const poc::ModelSpec& model, const poc::InputKey& key,
                     const poc::Digest& digest);
  /// A short race after which the device has shown that it works.
  void expect_works(const poc::RaceSpec& race);

  static Oracle& oracle();

  std::unique_ptr<backends::Device> device_;
};

}  // namespace tests
