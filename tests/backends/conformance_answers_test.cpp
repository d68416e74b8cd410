// Known answers and random jobs: the digests are the proof's, by both ways of asking.

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "backends/api/self_test.h"
#include "base/bytes.h"
#include "tests/backends/conformance.h"
#include "tests/support/vectors.h"

namespace tests {
namespace {

using backends::NonceRange;

class ConformanceAnswers : public Conformance {
 protected:
  void evaluate_all(const VectorGroup& group) {
    std::vector<poc::InputKey> keys;
    for (const VectorRow& row : group.rows) keys.push_back(row.input_key);
    const auto digests = device_->evaluate(group.model(), keys);
    ASSERT_TRUE(digests.ok()) << digests.message();
    ASSERT_EQ(digests->size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(base::to_hex((*digests)[i]), base::to_hex(group.rows[i].digest))
          << poc::to_string(group.profile) << " nonce " << base::to_hex(group.rows[i].nonce);
    }
  }

  /// The first `rows` of the group, each a range of its own.
  void race_some(const VectorGroup& group, std::size_t rows) {
    ASSERT_NO_FATAL_FAILURE(start(group.race()));
    for (std::size_t i = 0; i < std::min(rows, group.rows.size()); ++i) {
      const VectorRow& row = group.rows[i];
      const auto result = run({row.nonce, 1, poc::Target::from_difficulty(1)});
      EXPECT_EQ(result.evaluated, 1U);
      ASSERT_EQ(result.candidates.size(), 1U) << poc::to_string(group.profile);
      EXPECT_EQ(result.candidates[0].nonce, row.nonce);
      EXPECT_EQ(base::to_hex(result.candidates[0].digest), base::to_hex(row.digest))
          << poc::to_string(group.profile) << " nonce " << base::to_hex(row.nonce);
    }
  }

  /// All rows by evaluate, and the first of each group by a race.
  void expect_answers(std::string_view file, std::size_t rows_raced) {
    for (const VectorGroup& group : load_vectors(file)) {
      ASSERT_NO_FATAL_FAILURE(make_ready(group.model()));
      ASSERT_NO_FATAL_FAILURE(evaluate_all(group));
      ASSERT_NO_FATAL_FAILURE(race_some(group, rows_raced));
    }
  }

  /// Multiply-accumulates per second, by a group of nonces of one wide layer.
  double speed() {
    constexpr poc::Profile kWide{1, 512, 1536};
    const poc::RaceSpec race = race_of(kWide, 1);
    make_ready(race.model);
    const std::vector<poc::InputKey> keys(device_->group_size(), poc::input_key(race, 0));
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(device_->evaluate(race.model, keys).ok());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const std::uint64_t macs = keys.size() * kWide.mac_per_nonce();
    return static_cast<double>(macs) / took.count();
  }
};

TEST_P(ConformanceAnswers, SelfTestPassesAndLeavesTheDeviceUsable) {
  const auto status = backends::self_test(*device_);
  EXPECT_TRUE(status.ok()) << status.message();
  expect_works(race_of(kTiny, 2));
}

TEST_P(ConformanceAnswers, NanoVectors) {
  expect_answers("nano", 16);
}

TEST_P(ConformanceAnswers, MicroVectors) {
  expect_answers("micro", 1);
}

TEST_P(ConformanceAnswers, ShapesVectors) {
  expect_answers("shapes", 1);
}

TEST_P(ConformanceAnswers, BaseVectors) {
  const std::vector<VectorGroup> groups = load_vectors("base");
  constexpr double kMostSeconds = 5;
  const double work =
      static_cast<double>(groups[0].rows.size() * groups[0].profile.mac_per_nonce());
  if (const double seconds = work / speed();
      seconds > kMostSeconds && std::getenv("SPRINT_SLOW") == nullptr) {
    GTEST_SKIP() << "would take about " << seconds << " s; SPRINT_SLOW=1 runs it";
  }
  device_->rest();
  const auto status = backends::prepare_fully(*device_, groups[0].model());
  if (!status.ok() && status.error().fault == base::Fault::kNoMemory) {
    GTEST_SKIP() << status.message();
  }
  ASSERT_TRUE(status.ok()) << status.message();
  evaluate_all(groups[0]);
}

/// A race of a random small shape, and a few nonces anywhere.
poc::RaceSpec random_race(std::mt19937_64& random) {
  const auto blocks = [&](std::uint32_t most) {
    return 128 * (1 + static_cast<std::uint32_t>(random() % most));
  };
  poc::RaceSpec race;
  race.model.profile = {1 + static_cast<std::uint32_t>(random() % 3), blocks(3), blocks(5)};
  race.model.model_seed = random_bytes(random);
  race.start_seed = random_bytes(random);
  race.identity_hash = random_bytes(random);
  return race;
}

TEST_P(ConformanceAnswers, RandomJobsAreTheReferences) {
  constexpr std::uint64_t kSeed = 20251123;
  std::mt19937_64 random(kSeed);
  for (int job = 0; job < 8; ++job) {
    const poc::RaceSpec race = random_race(random);
    const NonceRange range{random() >> 1, 1 + random() % 19, poc::Target::from_difficulty(2)};
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " job " + std::to_string(job) + " profile " +
                 poc::to_string(race.model.profile));
    ASSERT_NO_FATAL_FAILURE(start(race));
    expect_exact(race, run(range));
    std::vector<poc::InputKey> keys;
    for (int i = 0; i < 3; ++i) keys.push_back(poc::input_key(race, random()));
    const auto digests = device_->evaluate(race.model, keys);
    ASSERT_TRUE(digests.ok()) << digests.message();
    ASSERT_EQ(digests->size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      expect_digest(race.model, keys[i], (*digests)[i]);
    }
  }
}

TEST_P(ConformanceAnswers, EvaluateTakesKeysOfSeveralRacesAndIdentities) {
  const poc::RaceSpec one = race_of(kNano, 3);
  poc::RaceSpec other = one;
  other.identity_hash = poc::hash_identity("somebody else").value();
  poc::RaceSpec later = one;
  later.start_seed[0] ^= 1;
  std::vector<poc::InputKey> keys;
  for (std::uint64_t i = 0; i <= device_->group_size(); ++i) {
    for (const auto& race : {one, other, later}) keys.push_back(poc::input_key(race, i));
  }
  ASSERT_NO_FATAL_FAILURE(make_ready(one.model));
  const auto digests = device_->evaluate(one.model, keys);
  ASSERT_TRUE(digests.ok()) << digests.message();
  ASSERT_EQ(digests->size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    SCOPED_TRACE("key " + std::to_string(i));
    expect_digest(one.model, keys[i], (*digests)[i]);
  }
}

TEST_P(ConformanceAnswers, EvaluateOfNoKeysIsNoDigests) {
  const poc::RaceSpec race = race_of(kTiny, 4);
  ASSERT_NO_FATAL_FAILURE(make_ready(race.model));
  const auto digests = device_->evaluate(race.model, {});
  ASSERT_TRUE(digests.ok()) << digests.message();
  EXPECT_TRUE(digests->empty());
}

TEST_P(ConformanceAnswers, EvaluateOfAnotherModelLeavesTheRaceAsItIs) {
  const poc::RaceSpec race = race_of(kTiny, 5);
  const poc::RaceSpec other = race_of(kNano, 6);
  ASSERT_NO_FATAL_FAILURE(start(race));
  ASSERT_NO_FATAL_FAILURE(make_ready(other.model));
  const poc::InputKey key = poc::input_key(other, 9);
  const auto digests = device_->evaluate(other.model, {&key, 1});
  ASSERT_TRUE(digests.ok()) << digests.message();
  ASSERT_EQ(digests->size(), 1U);
  expect_digest(other.model, key, (*digests)[0]);
  expect_exact(race, run({0, 5, poc::Target::from_difficulty(1)}));
}

INSTANTIATE_TEST_SUITE_P(Devices, ConformanceAnswers, testing::ValuesIn(subjects()),
                         subject_test_name);

}  // namespace
}  // namespace tests
