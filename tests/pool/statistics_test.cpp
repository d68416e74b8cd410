// What a pool counts, and how long things take by a clock turned by hand; what it shows of itself.
#include "pool/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "pool/pool_view.h"
#include "pool/web/status_json.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::kNoon;
using tests::milliseconds;
using tests::seconds;

class StatisticsTest : public testing::Test {
 protected:
  base::ManualClock clock;
  base::SteadyWallClock wall{clock, kNoon};
  tests::HandJournal journal;
  tests::HandChecker checker;
  Statistics statistics{journal, checker, wall};
};

TEST_F(StatisticsTest, PassesOnWhatItCounts) {
  const std::uint64_t first = statistics.write(record::Stored{.sprint = 1, .difficulty = 5});
  EXPECT_EQ(statistics.write(record::Joined{}), first + 1);
  EXPECT_EQ(journal.records.size(), 2u);
  EXPECT_TRUE(statistics.check({}, CheckJob{1, 2, {}}));
  EXPECT_EQ(checker.jobs.size(), 1u);
  checker.capacity = 1;
  EXPECT_FALSE(statistics.check({}, CheckJob{1, 3, {}}));
  const Counters now = statistics.counters();
  EXPECT_EQ(now.shares, 1u);
  EXPECT_EQ(now.difficulty, 5u);
  EXPECT_EQ(now.sessions_joined, 1u);
  EXPECT_EQ(now.checks_waiting, 1u) << "the one that was not taken does not wait";
}

TEST_F(StatisticsTest, ARecordTakesUntilItIsDurable) {
  statistics.write(record::Joined{});
  clock.advance(milliseconds(3));
  statistics.write(record::Joined{});
  EXPECT_EQ(statistics.counters().records_waiting, 2u);
  clock.advance(milliseconds(4));
  statistics.written(1);
  EXPECT_EQ(statistics.counters().records_waiting, 1u);
  EXPECT_EQ(statistics.counters().journal.sum(), milliseconds(7));
  statistics.written(2);
  statistics.written(2);
  EXPECT_EQ(statistics.counters().journal.count(), 2u);
  EXPECT_EQ(statistics.counters().journal.sum(), milliseconds(11));
}

TEST_F(StatisticsTest, WithoutAJournalNothingWaitsForOne) {
  NoJournal none;
  Statistics alone(none, checker, wall);
  EXPECT_EQ(alone.write(record::Joined{}), 0u);
  EXPECT_EQ(alone.counters().records_waiting, 0u);
  EXPECT_EQ(alone.counters().sessions_joined, 1u);
}

TEST_F(StatisticsTest, AShareTakesUntilItIsRecomputed) {
  statistics.check({}, CheckJob{1, 2, {}});
  clock.advance(seconds(2));
  statistics.checked({{CheckJob{1, 2, {}}}, base::unavailable("no device")});
  EXPECT_EQ(statistics.counters().checks_failed, 1u);
  EXPECT_EQ(statistics.counters().checking.count(), 0u);
  statistics.check({}, CheckJob{1, 2, {}});
  clock.advance(seconds(1));
  statistics.checked({{CheckJob{1, 2, {}}}, std::vector<poc::Digest>(1)});
  EXPECT_EQ(statistics.counters().checking.sum(), seconds(1));
  EXPECT_EQ(statistics.counters().checks_waiting, 0u);
}

TEST_F(StatisticsTest, AnAnswerInDoubtIsNoFailure) {
  statistics.check({}, CheckJob{1, 2, {}});
  statistics.checked({{CheckJob{1, 2, {}}}, std::vector<poc::Digest>(1)});
  statistics.checked({{CheckJob{1, 2, {}}}, base::wrong_result("it computes wrong")});
  EXPECT_EQ(statistics.counters().checks, 1u);
  EXPECT_EQ(statistics.counters().checks_doubted, 1u);
  EXPECT_EQ(statistics.counters().checks_failed, 0u);
}

TEST_F(StatisticsTest, AVerdictCountsWhenItsSprintIsOver) {
  statistics.write(record::Decided{1, 2, {}, Share::State::kWrong});
  statistics.write(record::Decided{1, 2, {}, Share::State::kWithdrawn});
  EXPECT_EQ(statistics.counters().wrong + statistics.counters().withdrawn, 0u);
  statistics.decided(Share::State::kWithdrawn, 1);
  EXPECT_EQ(statistics.counters().wrong, 0u);
  EXPECT_EQ(statistics.counters().withdrawn, 1u);
}

TEST_F(StatisticsTest, AnAcknowledgementTakesUntilItIsSent) {
  statistics.acknowledged(wall.now() - milliseconds(2));
  clock.advance(milliseconds(1));
  EXPECT_EQ(statistics.counters().acks.count(), 0u);
  statistics.flushed();
  statistics.flushed();
  EXPECT_EQ(statistics.counters().acks.count(), 1u);
  EXPECT_EQ(statistics.counters().acks.sum(), milliseconds(3));
}

TEST_F(StatisticsTest, AResultTakesFromTheEndOfItsSprint) {
  statistics.write(record::Started{1, kNoon, kNoon + seconds(20)});
  statistics.write(record::Started{2, kNoon, kNoon + seconds(40)});
  statistics.write(record::Closed{2, true});
  const record::Settled settled{kNoon + seconds(21), {{"alice", 5}, {"bob", 6}}, {}, {}};
  statistics.write(record::Closed{1, false, settled});
  const Counters now = statistics.counters();
  EXPECT_EQ(now.settling.count(), 1u);
  EXPECT_EQ(now.settling.sum(), seconds(1));
  EXPECT_EQ(now.credit, 11u);
  EXPECT_EQ(now.sprints_credited, 1u);
  EXPECT_EQ(now.sprints_cancelled, 1u);
}

/// A digest that is no nonce's.
poc::Digest no_digest() {
  poc::Digest digest{};
  digest.fill(0xee);
  return digest;
}

std::uint64_t submits(const Counters& counters, stratum::Code code) {
  const auto at = std::find(kSubmitCodes.begin(), kSubmitCodes.end(), code);
  return counters.submits[static_cast<std::size_t>(at - kSubmitCodes.begin())];
}

TEST(PoolCounts, AShareOnceByWhatBecameOfIt) {
  tests::PoolRig rig(tests::rig_config());
  tests::TestMiner& alice = rig.connect("alice");
  rig.at(kNoon);
  const std::string id = rig.sprint(1);
  const auto lease = alice.ready(id);
  rig.at(kNoon + seconds(10));
  for (std::uint64_t i = 0; i < 3; ++i) {
    const std::uint64_t nonce = lease.base + i;
    alice.submit(id, lease, nonce, i == 0 ? alice.digest(id, nonce) : no_digest(), i + 1);
  }
  rig.verify();
  EXPECT_EQ(alice.withdraw(id, 2), 1u) << "after it was found to be wrong";
  EXPECT_EQ(rig.statistics.counters().verified, 0u) << "not over";
  rig.at(kNoon + seconds(36));
  const Counters now = rig.statistics.counters();
  EXPECT_EQ(now.sprints_credited, 1u);
  EXPECT_EQ(now.verified, 1u);
  EXPECT_EQ(now.wrong, 1u);
  EXPECT_EQ(now.withdrawn, 1u);
}

/// Shares of nonces that the lease begins with.
std::string batch_of(const std::string& sprint, const stratum::Lease& lease, std::uint64_t first,
                     std::size_t count) {
  std::string shares;
  for (std::uint64_t i = 0; i < count; ++i) {
    shares += (i == 0 ? "[" : ",[") + std::to_string(lease.id) + ",\"" +
              base::to_hex(lease.base + first + i) + "\",\"" + base::to_hex(no_digest()) + "\"]";
  }
  return R"({"worker":"alice.w","sprint":")" + sprint + R"(","first_seq":)" +
         std::to_string(first + 1) + R"(,"shares":[)" + shares + "]}";
}

TEST(PoolCounts, EachShareOfABatchByItsAnswer) {
  tests::HandJournal journal;
  journal.writes_at_once = true;
  Config config = tests::rig_config();
  config.most_waiting = 100;
  tests::PoolRig rig(config, &journal);
  std::vector<std::pair<tests::TestMiner*, stratum::Lease>> miners;
  for (int i = 0; i < 3; ++i) miners.emplace_back(&rig.connect("alice"), stratum::Lease{});
  rig.at(kNoon);
  const std::string id = rig.sprint(1);
  for (auto& [miner, lease] : miners) lease = miner->ready(id);
  rig.at(kNoon + seconds(10));
  auto& [alice, lease] = miners.front();
  alice->ask("mining.submit_batch", batch_of(id, lease, 0, 8));
  alice->ask("mining.submit_batch", batch_of("1-000000000000", lease, 0, 8));
  rig.statistics.flushed();
  Counters now = rig.statistics.counters();
  EXPECT_EQ(submits(now, stratum::Code::kOk), 8u);
  EXPECT_EQ(submits(now, stratum::Code::kUnknownSprint), 8u);
  EXPECT_EQ(now.acks.count(), 1u) << "of the second one nothing is acknowledged";

  journal.writes_at_once = false;
  for (auto& [miner, own] : miners) {
    for (std::uint64_t i = 8; i < 58; ++i) {
      miner->send_submit(id, own, own.base + i, no_digest(), i + 1);
    }
  }
  const std::uint64_t busy = submits(rig.statistics.counters(), stratum::Code::kBusy);
  EXPECT_EQ(alice->code_of("mining.submit_batch", batch_of(id, lease, 500, 8)), 29);
  EXPECT_EQ(submits(rig.statistics.counters(), stratum::Code::kBusy), busy + 8);
}

/// Of the sprint with this id, wherever it stands.
SprintView of(const PoolView& view, const std::string& id) {
  for (const auto* list : {&view.open, &view.ended}) {
    for (const SprintView& sprint : *list) {
      if (sprint.id == id) return sprint;
    }
  }
  ADD_FAILURE() << id << " is not shown";
  return {};
}

TEST(PoolViewTest, ShowsASprintFromItsAnnouncementToItsResult) {
  tests::PoolRig rig(tests::rig_config());
  tests::TestMiner& alice = rig.connect("alice");
  rig.connect("alice");
  rig.connect("bob");
  rig.connect("");
  rig.at(kNoon + seconds(1));
  const std::string id = rig.sprint(1);
  const auto lease = alice.ready(id);
  alice.ready(id, 1);

  PoolView view = rig.pool.view(rig.now);
  EXPECT_EQ(view.accounts, 2u);
  EXPECT_EQ(view.sessions, 3u);
  EXPECT_EQ(view.strangers, 1u);
  EXPECT_EQ(view.devices, 2u);
  EXPECT_EQ(of(view, id).state, SprintView::State::kAnnounced);
  EXPECT_EQ(of(view, id).ready, 1u);
  EXPECT_EQ(of(view, id).profile, view.profile);

  rig.at(kNoon + seconds(11));
  EXPECT_EQ(alice.submit(id, lease, lease.base, alice.digest(id, lease.base), 1), 0);
  view = rig.pool.view(rig.now);
  EXPECT_EQ(of(view, id).state, SprintView::State::kRunning);
  EXPECT_EQ(of(view, id).waiting, 1u);
  EXPECT_EQ(rig.pool.view(*poc::hash_identity("alice")).shares, 1u);
  EXPECT_EQ(rig.pool.view(*poc::hash_identity("alice")).devices, 2u);
  EXPECT_EQ(rig.pool.view(*poc::hash_identity("alice")).sessions, 2u) << "one has nothing ready";

  rig.at(kNoon + seconds(31));
  EXPECT_EQ(of(rig.pool.view(rig.now), id).state, SprintView::State::kVerifying);
  rig.verify();
  rig.at(kNoon + seconds(32));
  const SprintView done = of(rig.pool.view(rig.now), id);
  EXPECT_EQ(done.state, SprintView::State::kCredited);
  EXPECT_EQ(done.verified, 1u);
  EXPECT_EQ(done.credit, 1u);
  EXPECT_EQ(done.accounts, 1u);
  EXPECT_NE(done.root, base::Bytes32{});
  const AccountView earned = rig.pool.view(*poc::hash_identity("alice"));
  ASSERT_EQ(earned.earned.size(), 1u);
  EXPECT_EQ(earned.earned[0].sprint, id);
  EXPECT_EQ(earned.earned[0].credit, 1u);
  EXPECT_TRUE(rig.pool.view(*poc::hash_identity("bob")).earned.empty());
}

TEST(PoolViewTest, AResultIsNotShownBeforeItIsDurable) {
  tests::HandJournal journal;
  tests::PoolRig rig(tests::rig_config(), &journal);
  rig.at(kNoon + seconds(1));
  rig.pool.written(journal.records.size(), rig.now);
  const std::string id = journal.saved().races.at(0).sprint.start.sprint;
  for (const int second : {10, 30}) {
    rig.at(kNoon + seconds(second));
    if (second == 10) rig.pool.written(journal.records.size(), rig.now);
  }
  rig.at(kNoon + seconds(31));
  EXPECT_EQ(of(rig.pool.view(rig.now), id).state, SprintView::State::kVerifying);
  rig.pool.written(journal.records.size(), rig.now);
  EXPECT_EQ(of(rig.pool.view(rig.now), id).state, SprintView::State::kCredited);
}

TEST(PoolViewTest, ShowsNoSecretsAndNoNames) {
  tests::HandJournal journal;
  journal.writes_at_once = true;
  tests::PoolRig rig(tests::rig_config(), &journal);
  tests::TestMiner& alice = rig.connect("alice-of-wonderland");
  rig.at(kNoon + seconds(1));
  alice.ready(rig.sprint(1));
  const std::string json = web::status_json(rig.pool.view(rig.now), true);
  EXPECT_THAT(json, HasSubstr(rig.sprint(1)));
  const Sprint sprint = journal.saved().races.at(0).sprint;
  EXPECT_THAT(json, Not(HasSubstr(base::to_hex(sprint.start.secret))));
  EXPECT_THAT(json, Not(HasSubstr(base::to_hex(sprint.start.start_seed))));
  EXPECT_THAT(json, Not(HasSubstr("wonderland")));
  EXPECT_THAT(json, Not(HasSubstr(base::to_hex(*poc::hash_identity("alice-of-wonderland")))));
}

}  // namespace
}  // namespace pool
