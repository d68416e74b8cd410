#include "miner/race_runner.h"

#include <algorithm>
#include <set>

#include "tests/miner/fake_device.h"
#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using stratum::Lease;
using tests::Call;
using tests::make_lease;
using End = RaceRunner::End;

class RaceRunnerTest : public ::testing::Test {
 protected:
  RaceRunnerTest() {
    hooks_.ranged = [this](const backends::RangeResult& result) {
      evaluated_ += result.evaluated;
      if (on_ranged_) on_ranged_();
    };
    hooks_.found = [this](const Lease& lease, const backends::Candidate& candidate) {
      EXPECT_TRUE(lease.contains(candidate.nonce));
      EXPECT_TRUE(found_.insert(candidate.nonce).second) << "found twice";
    };
    hooks_.low = [this] { ++low_; };
    hooks_.between = [this](const Assignment& assignment) -> base::Status {
      ++between_;
      last_upcoming_ = assignment.upcoming.size();
      return between_status_;
    };
    device_.prepare(model_).value();
  }

  Assignment racing(std::vector<Lease> leases, base::Micros length = seconds(10),
                    SprintKey key = 1) {
    auto race = std::make_shared<Race>();
    race->key = key;
    race->sprint = std::string("s");
    race->spec.model = model_;
    race->t_end = clock_.now() + length;
    Assignment assignment;
    assignment.race = std::move(race);
    assignment.leases = std::move(leases);
    return assignment;
  }
  void publish(Assignment assignment) {
    slot_.publish(std::make_shared<const Assignment>(std::move(assignment)));
  }
  base::Result<End> run() {
    RaceRunner runner(device_, slot_, clock_, plan_, rate_, hooks_);
    return runner.run(slot_.latest());
  }
  /// Fails when two collected ranges share a nonce; returns how many nonces were handed out.
  std::uint64_t handed_out() const {
    std::vector<backends::NonceRange> ranges;
    for (const auto& done : card_.done()) ranges.push_back(done.range);
    std::sort(ranges.begin(), ranges.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      sum += ranges[i].count;
      if (i == 0) continue;
      EXPECT_LE(ranges[i - 1].first + ranges[i - 1].count, ranges[i].first);
    }
    return sum;
  }

  const poc::ModelSpec model_{tests::tiny_profile(), tests::bytes_of(1)};
  base::ManualClock clock_;
  tests::FakeCard card_{&clock_};
  tests::FakeDevice device_{card_, 0};
  JobSlot slot_;
  NoncePlan plan_;
  RateEstimate rate_;
  RaceRunner::Hooks hooks_;

  std::function<void()> on_ranged_;
  base::Status between_status_ = base::Ok{};
  std::uint64_t evaluated_ = 0;
  std::set<std::uint64_t> found_;
  int low_ = 0;
  int between_ = 0;
  std::size_t last_upcoming_ = 0;
};

TEST_F(RaceRunnerTest, RacesToTheEndInTime) {
  publish(racing({make_lease(1, 0, 0)}));
  const auto race = slot_.latest().assignment->race;
  const auto end = run();
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(*end, End::kOver);
  EXPECT_LE(clock_.now(), race->t_end);
  EXPECT_GE(clock_.now(), race->t_end - milliseconds(500)) << "time given away";
  EXPECT_EQ(evaluated_, handed_out());
  EXPECT_EQ(evaluated_, found_.size()) << "at difficulty 1 each nonce is found";
  EXPECT_GE(evaluated_, 9500u);
  EXPECT_EQ(card_.starts, 1);
}

TEST_F(RaceRunnerTest, KeepsTwoRangesInFlight) {
  publish(racing({make_lease(1, 0, 0)}));
  ASSERT_TRUE(run().ok());
  const auto done = card_.done();
  ASSERT_GT(done.size(), 50u);
  const auto alone =
      std::count_if(done.begin(), done.end(), [](const auto& d) { return d.in_flight == 1; });
  EXPECT_LE(alone, 3) << "but the first, which is measured, and the last";
  EXPECT_EQ(done[0].range.count, card_.group) << "a first range of one group";
}

TEST_F(RaceRunnerTest, EndsInTimeOnADeviceThatSlowsDown) {
  publish(racing({make_lease(1, 0, 0)}));
  const auto race = slot_.latest().assignment->race;
  on_ranged_ = [&] { card_.nonces_per_second = card_.nonces_per_second * 0.985; };
  ASSERT_TRUE(run().ok());
  EXPECT_LE(clock_.now(), race->t_end + milliseconds(10));
}

TEST_F(RaceRunnerTest, WhatIsInFlightIsCollectedWhenTheNextRangeHasNoMemory) {
  int taken = 0;
  card_.script = [&](tests::Call call) -> base::Status {
    if (call == tests::Call::kEnqueue && ++taken > 10) return base::no_memory("no room");
    return base::Ok{};
  };
  publish(racing({make_lease(1, 0, 0)}));
  const auto end = run();
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().fault, base::Fault::kNoMemory);
  EXPECT_EQ(card_.done().size() + 1, 11U) << "all that were taken, the first of one nonce too";
  EXPECT_EQ(evaluated_, found_.size());
  device_.rest();  // fails the test where anything is in flight
}

TEST_F(RaceRunnerTest, RaceThatIsOverHasNoFirstRange) {
  publish(racing({make_lease(1, 0, 0)}, base::Micros(0)));
  const auto end = run();
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(*end, End::kOver);
  EXPECT_TRUE(card_.done().empty());
}

TEST_F(RaceRunnerTest, CandidatesAreUnderTheirLeasesTarget) {
  publish(racing({make_lease(1, 0, 0, 20)}));
  ASSERT_TRUE(run().ok());
  EXPECT_GT(found_.size(), evaluated_ / 20 / 2);
  EXPECT_LT(found_.size(), evaluated_ / 20 * 2);
  for (const auto& done : card_.done()) {
    EXPECT_EQ(done.range.target, poc::Target::from_difficulty(20));
  }
}

TEST_F(RaceRunnerTest, UsedUpLeasesStarve) {
  card_.nonces_per_second = 1e5;
  card_.searches = false;
  publish(racing({make_lease(1, 0, 7, 1, 16), make_lease(2, 0, 3, 1, 16)}));
  const auto end = run();
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(*end, End::kStarved);
  EXPECT_EQ(handed_out(), 2 * 65536u);
  EXPECT_EQ(evaluated_, 2 * 65536u) << "nothing is left in flight";
  EXPECT_EQ(low_, 1);
  EXPECT_EQ(*run(), End::kStarved) << "still";
  EXPECT_EQ(handed_out(), 2 * 65536u);
}

TEST_F(RaceRunnerTest, LeaseThatComesInMidRaceIsUsed) {
  card_.nonces_per_second = 1e5;
  card_.searches = false;
  const Lease first = make_lease(1, 0, 7, 1, 16);
  const Lease second = make_lease(2, 0, 3, 1, 16);
  Assignment assignment = racing({first}, seconds(3));
  publish(assignment);
  hooks_.low = [&] {  // as the pool answers
    ++low_;
    if (assignment.leases.size() < 2) {
      assignment.leases.push_back(second);
      publish(assignment);
    }
  };
  EXPECT_EQ(*run(), End::kStarved);
  EXPECT_EQ(handed_out(), 2 * 65536u);
  EXPECT_EQ(low_, 2) << "once per newest lease";
  EXPECT_EQ(card_.starts, 1) << "the race was not disturbed";
}

TEST_F(RaceRunnerTest, ClosedLeaseIsDrawnFromNoMore) {
  const Lease first = make_lease(1, 0, 1);
  const Lease second = make_lease(2, 0, 2);
  Assignment assignment = racing({first});
  publish(assignment);
  std::size_t ranges_before = 0;
  on_ranged_ = [&] {
    if (card_.done().size() != 10) return;
    ranges_before = card_.done().size();
    assignment.leases = {second};
    publish(assignment);
  };
  EXPECT_EQ(*run(), End::kOver);
  const auto done = card_.done();
  ASSERT_GT(done.size(), 50u);
  for (std::size_t i = ranges_before + 2; i < done.size(); ++i) {  // two were in flight
    ASSERT_TRUE(second.contains(done[i].range.first)) << i;
  }
}

TEST_F(RaceRunnerTest, ChangesEndIt) {
  std::vector<Assignment> changes(4);
  changes[0] = racing({make_lease(9, 0, 9)}, seconds(10), 2);  // another race
  changes[1].stop = true;
  changes[3] = racing({make_lease(1, 0, 0)});
  changes[3].paused = Pause{PauseCause::kUser, "hot"};
  for (const Assignment& change : changes) {  // the third: no race at all
    publish(racing({make_lease(1, 0, 0)}));
    const std::size_t before = card_.done().size();
    on_ranged_ = [&] {
      if (card_.done().size() == before + 5) publish(change);
    };
    const auto end = run();
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(*end, End::kChanged);
    EXPECT_LE(card_.done().size(), before + 7) << "what was in flight, no more";
  }
}

TEST_F(RaceRunnerTest, CancelledDeviceGoesOnWithoutRepeatingANonce) {
  publish(racing({make_lease(1, 0, 0)}));
  for (int i = 1; i <= 5; ++i) {  // for a race that came and went, say
    const std::size_t before = card_.done().size();
    on_ranged_ = [&] {
      if (card_.done().size() == before + 6) device_.cancel();
    };
    const auto end = run();
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(*end, End::kChanged);
  }
  on_ranged_ = {};
  EXPECT_EQ(*run(), End::kOver);
  EXPECT_EQ(card_.starts, 6);
  EXPECT_GT(handed_out(), evaluated_) << "it did cut ranges short";
  EXPECT_EQ(evaluated_, found_.size());
}

TEST_F(RaceRunnerTest, CandidatesOfACutRangeCount) {
  publish(racing({make_lease(1, 0, 0)}));
  on_ranged_ = [&] {
    if (card_.done().size() == 3) device_.cancel();
  };
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(evaluated_, found_.size());
}

TEST_F(RaceRunnerTest, TimeBetweenRangesForTheNextWeights) {
  Assignment assignment = racing({make_lease(1, 0, 0)});
  publish(assignment);
  on_ranged_ = [&] {
    if (card_.done().size() != 20) return;
    assignment.upcoming.push_back({2, model_});
    publish(assignment);
  };
  EXPECT_EQ(*run(), End::kOver);
  EXPECT_GT(between_, 50);
  EXPECT_EQ(last_upcoming_, 1u) << "it is shown the newest assignment";
}

TEST_F(RaceRunnerTest, ErrorsAreHandedOn) {
  for (const Call call : {Call::kStart, Call::kEnqueue, Call::kCollect}) {
    int calls = 0;
    const int fails_at = call == Call::kStart ? 1 : 8;
    tests::FakeCard card(&clock_);
    card.script = [&](Call what) -> base::Status {
      if (what != call || ++calls != fails_at) return base::Ok{};
      return base::device_fault("lost");
    };
    tests::FakeDevice device(card, 0);
    device.prepare(model_).value();
    publish(racing({make_lease(1, 0, 0)}));
    RaceRunner runner(device, slot_, clock_, plan_, rate_, hooks_);
    const auto end = runner.run(slot_.latest());
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.message(), "lost");
    EXPECT_EQ(end.error().fault, base::Fault::kDevice);
  }
}

TEST_F(RaceRunnerTest, ErrorBetweenRangesIsHandedOn) {
  publish(racing({make_lease(1, 0, 0)}));
  between_status_ = base::device_fault("lost while making weights");
  const auto end = run();
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.message(), "lost while making weights");
}

TEST_F(RaceRunnerTest, RateIsKeptForTheNextRace) {
  publish(racing({make_lease(1, 0, 0)}));
  ASSERT_TRUE(run().ok());
  ASSERT_TRUE(rate_.nonces_per_second());
  EXPECT_NEAR(*rate_.nonces_per_second(), 1000, 20);
  const std::size_t before = card_.done().size();
  publish(racing({make_lease(2, 0, 1)}, seconds(10), 2));
  ASSERT_TRUE(run().ok());
  EXPECT_GT(card_.done().at(before).range.count, card_.group) << "measured before";
}

}  // namespace
}  // namespace miner
