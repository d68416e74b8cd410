// A pool that adjusts its leases' difficulty to what devices find: "mining.set_lease" of the
// protocol's page.
#include "pool/adjustments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using tests::kNoon;
using tests::milliseconds;
using tests::seconds;

const base::UnixTime kT0 = kNoon + seconds(10);

TEST(Adjustments, TakesEachDeviceWhenItIsDue) {
  Adjustments adjustments;
  for (std::uint32_t n = 0; n < 3; ++n) {  // gaps of 1, 2 and 3 s
    adjustments.begin({7, n}, Vardiff(1000, 24, kT0, kT0 + seconds(24 * (n + 1))));
  }
  EXPECT_EQ(adjustments.due(), kT0 + seconds(3));
  EXPECT_THAT(adjustments.take(kT0 + seconds(3) - base::Micros(1)), IsEmpty());
  EXPECT_THAT(adjustments.take(kT0 + seconds(3)), ElementsAre(Pair(std::pair(7, 0), 250)));
  EXPECT_THAT(adjustments.take(kT0 + seconds(3)), IsEmpty());
  adjustments.leave({7, 1});
  EXPECT_EQ(adjustments.due(), kT0 + seconds(6));
  EXPECT_THAT(adjustments.take(kT0 + seconds(9)),
              ElementsAre(Pair(std::pair(7, 0), 35), Pair(std::pair(7, 2), 250)));
}

TEST(Adjustments, AFloodIsDueAtOnce) {
  Adjustments adjustments;
  adjustments.begin({7, 0}, Vardiff(1000, 24, kT0, kT0 + seconds(24)));
  for (int i = 0; i < 4; ++i) adjustments.found({7, 0}, kT0 + milliseconds(100));
  EXPECT_EQ(adjustments.due(), kT0 + seconds(19)) << "a share buys four gaps";
  for (int i = 0; i < 2; ++i) adjustments.found({7, 0}, kT0 + milliseconds(100));
  EXPECT_EQ(adjustments.due(), base::UnixTime());
  EXPECT_THAT(adjustments.take(kT0 + milliseconds(100)),
              ElementsAre(Pair(std::pair(7, 0), 54'000)));
  adjustments.found({8, 0}, kT0);  // nobody's
  EXPECT_THAT(adjustments.take(kT0 + milliseconds(200)), IsEmpty());
}

TEST(Adjustments, WhatIsFoundBeforeAChangeIsTakenIsOfTheDifficultyBefore) {
  Adjustments adjustments;
  adjustments.begin({7, 0}, Vardiff(1000, 24, kT0, kT0 + seconds(24)));
  for (int i = 0; i < 64; ++i) adjustments.found({7, 0}, kT0 + milliseconds(100));
  EXPECT_THAT(adjustments.take(kT0 + milliseconds(100)),
              ElementsAre(Pair(std::pair(7, 0), 54'000)));
}

/// Sprints of 24 s, and a miner whose device says that it does 20 nonces a second.
class AdjustedPool : public testing::Test {
 protected:
  static Config config() {
    Config config = tests::rig_config();
    config.difficulty.reset();
    config.sprint_length = seconds(24);
    config.gap = seconds(10);
    return config;
  }
  explicit AdjustedPool(const Config& config = AdjustedPool::config()) : rig_(config) {
    rig_.at(kNoon);
  }

  void start() {
    lease_ = alice_.ready(rig_.sprint(1), 0, 20'000);
    rig_.at(kT0);
  }
  /// So many shares of a lease, which the miner finds by trying its nonces.
  void find(const stratum::Lease& lease, int shares) {
    const std::string sprint = rig_.sprint(1);
    while (shares != 0) {
      const std::uint64_t nonce = lease.base + tried_++;
      const int code = alice_.submit(sprint, lease, nonce, alice_.digest(sprint, nonce), ++seq_);
      ASSERT_TRUE(code == 0 || code == 23) << code;
      if (code == 0) --shares;
    }
  }
  /// What the miner was told of its leases last; empty: nothing.
  std::string told() const { return alice_.last("mining.set_lease", rig_.sprint(1)); }
  std::size_t times_told() const { return alice_.times_heard("mining.set_lease", rig_.sprint(1)); }
  /// The lease that it was told of.
  stratum::Lease told_lease() const {
    rapidjson::Document params;
    params.Parse(told().c_str());
    if (!params.IsObject() || !params["leases"].IsArray()) return {};
    const auto& lease = params["leases"][0];
    return {lease["lease"].GetUint64(), lease["n"].GetUint(),
            *base::u64_from_hex(lease["base"].GetString()), lease["bits"].GetUint(),
            lease["difficulty"].GetUint64()};
  }

  tests::PoolRig rig_;
  tests::TestMiner& alice_ = rig_.connect("alice");
  stratum::Lease lease_;
  std::uint64_t tried_ = 0;
  std::uint64_t seq_ = 0;
};

TEST_F(AdjustedPool, AFloodGetsAHarderLeaseInPlaceOfTheOld) {
  start();
  EXPECT_EQ(lease_.difficulty, 20U);
  rig_.at(kT0 + milliseconds(600));
  find(lease_, 5);
  EXPECT_EQ(told(), "");
  find(lease_, 1);
  EXPECT_EQ(told_lease().difficulty, 180U) << "0.9 of ten times";
  EXPECT_EQ(told_lease().bits, lease_.bits);
  EXPECT_NE(told_lease().id, lease_.id);
  EXPECT_THAT(told(), HasSubstr("\"close\":[" + std::to_string(lease_.id) + "]"));
}

TEST_F(AdjustedPool, SharesOfTheOldLeaseKeepItsDifficultyAndSayNothingMore) {
  start();
  rig_.at(kT0 + milliseconds(600));
  find(lease_, 50);
  EXPECT_EQ(times_told(), 1U);
  const stratum::Lease harder = told_lease();
  find(harder, 3);
  rig_.at(kT0 + seconds(24));
  rig_.verify();
  rig_.at(kT0 + seconds(25));
  EXPECT_THAT(alice_.last("sprint.result", rig_.sprint(1)),
              HasSubstr("\"credit\":" + std::to_string(50 * 20 + 3 * harder.difficulty)));
}

TEST_F(AdjustedPool, ABatchIsOneFloodNotMany) {
  rig_.at(kNoon + seconds(1));
  const std::string sprint = rig_.sprint(1);
  lease_ = alice_.ready(sprint, 0, 1);
  ASSERT_EQ(lease_.difficulty, 1U) << "any nonce is a share";
  rig_.at(kT0);
  rig_.at(kT0 + milliseconds(600));
  std::string shares;
  for (std::uint64_t i = 0; i < 64; ++i) {
    const std::uint64_t nonce = lease_.base + i;
    shares += (i == 0 ? "[" : ",[") + std::to_string(lease_.id) + ",\"" + base::to_hex(nonce) +
              "\",\"" + base::to_hex(alice_.digest(sprint, nonce)) + "\"]";
  }
  const std::string answer =
      alice_.ask("mining.submit_batch", R"({"worker":"alice.w","sprint":")" + sprint +
                                            R"(","first_seq":1,"shares":[)" + shares + "]}");
  EXPECT_THAT(answer, HasSubstr("\"acked\":64"));
  EXPECT_EQ(times_told(), 1U);
  EXPECT_EQ(told_lease().difficulty, 9U) << "by the first six, 0.9 of ten times";
}

TEST_F(AdjustedPool, WhoIsBackIsToldAnewAndLeavesAllLeasesBefore) {
  start();
  rig_.at(kT0 + seconds(3));
  const stratum::Lease second = told_lease();
  alice_.leave();
  tests::TestMiner& again = rig_.connect("");
  ASSERT_TRUE(again.resume(alice_.token()));
  const std::string told = again.last("mining.set_lease", rig_.sprint(1));
  EXPECT_THAT(told, HasSubstr("\"difficulty\":5"));
  EXPECT_THAT(told, HasSubstr("\"close\":[" + std::to_string(lease_.id) + "," +
                              std::to_string(second.id) + "]"));
}

TEST_F(AdjustedPool, WhoComesInTheLastSecondsStaysAsItIs) {
  rig_.at(kT0);
  rig_.at(kT0 + seconds(14) + base::Micros(1));
  lease_ = alice_.ready(rig_.sprint(1), 0, 20'000);
  EXPECT_NE(lease_.id, 0U);
  rig_.at(kT0 + seconds(20));
  EXPECT_EQ(told(), "");
}

TEST_F(AdjustedPool, SilenceGetsAnEasierLease) {
  start();
  rig_.at(kT0 + seconds(3) - base::Micros(1));
  EXPECT_EQ(told(), "");
  EXPECT_EQ(rig_.pool.wake(), kT0 + seconds(3));
  rig_.at(kT0 + seconds(3));
  EXPECT_EQ(told_lease().difficulty, 5U);
  rig_.at(kT0 + seconds(6));
  EXPECT_EQ(told_lease().difficulty, 1U);
  rig_.at(kT0 + seconds(20));
  EXPECT_EQ(times_told(), 2U);
}

TEST_F(AdjustedPool, AFurtherLeaseIsAsHardAsTheDeviceIsThen) {
  start();
  rig_.at(kT0 + seconds(3));
  const std::string answer =
      alice_.ask("mining.lease", R"({"sprint":")" + rig_.sprint(1) + R"(","n":0})");
  EXPECT_THAT(answer, HasSubstr("\"difficulty\":5"));
}

TEST_F(AdjustedPool, WhoComesInMidRaceIsAdjustedFromThenOn) {
  rig_.at(kT0);
  rig_.at(kT0 + seconds(12));
  lease_ = alice_.ready(rig_.sprint(1), 0, 20'000);
  EXPECT_EQ(lease_.difficulty, 10U) << "24 shares in the 12 s that are left";
  EXPECT_EQ(rig_.pool.wake(), kT0 + seconds(12) + milliseconds(1500));
}

TEST_F(AdjustedPool, WhoIsAwayIsToldNothingAndStaysAsItIs) {
  start();
  alice_.leave();
  rig_.at(kT0 + seconds(10));
  tests::TestMiner& again = rig_.connect("");
  ASSERT_TRUE(again.resume(alice_.token()));
  rig_.at(kT0 + seconds(20));
  EXPECT_EQ(again.times_heard("mining.set_lease", rig_.sprint(1)), 0U);
}

TEST_F(AdjustedPool, TheNextSprintBeginsWithWhatWasEarned) {
  start();
  rig_.at(kT0 + milliseconds(600));
  find(lease_, 6);
  const stratum::Lease harder = told_lease();
  for (int i = 1; i < 24; ++i) {
    rig_.at(kT0 + seconds(i));
    find(harder, 1);
  }
  const std::uint64_t earned = 6 * 20 + 23 * harder.difficulty;
  rig_.at(kT0 + seconds(24));
  rig_.verify();
  rig_.at(kT0 + seconds(25));
  EXPECT_EQ(alice_.ready(rig_.sprint(2), 0, 20'000).difficulty, earned / 24);
  EXPECT_EQ(alice_.ready(rig_.sprint(2), 1, 20'000).difficulty, 20U) << "another device";
}

TEST_F(AdjustedPool, WhoComesInMidRaceEarnedItInTheTimeThatWasLeft) {
  rig_.at(kT0);
  rig_.at(kT0 + seconds(12));
  lease_ = alice_.ready(rig_.sprint(1), 0, 20'000);
  rig_.at(kT0 + seconds(23));
  find(lease_, 22);  // of 24
  rig_.at(kT0 + seconds(24));
  rig_.verify();
  rig_.at(kT0 + seconds(25));
  EXPECT_EQ(alice_.ready(rig_.sprint(2), 0, 0).difficulty, 22U * 10 / 12);
}

/// After a sprint in which 20 shares of D = 20 came, of the 24 that the miner's word promised.
class SecondSprint : public AdjustedPool {
 protected:
  SecondSprint() {
    start();
    rig_.at(kT0 + seconds(12));
    find(lease_, 20);
    rig_.at(kT0 + seconds(24));
    rig_.verify();
    rig_.at(kT0 + seconds(25));
  }
};

TEST_F(SecondSprint, TakesTheMinersWordWhereItIsNotFarOff) {
  EXPECT_EQ(alice_.ready(rig_.sprint(2), 0, 22'000).difficulty, 22U);
}

TEST_F(SecondSprint, TakesWhatWasEarnedWhereTheMinerSaysNothing) {
  EXPECT_EQ(alice_.ready(rig_.sprint(2), 0, 0).difficulty, 400U / 24);
}

TEST_F(SecondSprint, TakesWhatWasEarnedWhereTheWordIsFarOff) {
  EXPECT_EQ(alice_.ready(rig_.sprint(2), 0, 200'000).difficulty, 400U / 24);
}

class FixedPool : public AdjustedPool {
 protected:
  static Config fixed() {
    Config config = AdjustedPool::config();
    config.difficulty = 20;
    return config;
  }
  FixedPool() : AdjustedPool(fixed()) {}
};

TEST_F(FixedPool, NeverChanges) {
  start();
  find(lease_, 100);
  rig_.at(kT0 + seconds(20));
  EXPECT_EQ(told(), "");
}

class ShortSprints : public AdjustedPool {
 protected:
  static Config shorter() {
    Config config = AdjustedPool::config();
    config.sprint_length = seconds(19);
    return config;
  }
  ShortSprints() : AdjustedPool(shorter()) {}
};

TEST_F(ShortSprints, AreTooShortForChanges) {
  start();
  rig_.at(kT0 + milliseconds(600));
  find(lease_, 100);
  rig_.at(kT0 + seconds(15));
  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace pool
