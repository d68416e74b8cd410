#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/pool/rig.h"

// Sessions that outlive their connection, and the pool that outlives its process.
namespace pool {
namespace {

using tests::kNoon;
using tests::microseconds;
using tests::seconds;
using tests::TestMiner;

constexpr base::UnixTime kT0 = kNoon + seconds(10);
constexpr base::UnixTime kEnd = kT0 + seconds(20);

class ResumeTest : public testing::Test {
 protected:
  ResumeTest() { rig_ = std::make_unique<tests::PoolRig>(tests::rig_config()); }

  /// Logs in, gets a lease and stores one share.
  TestMiner& miner_with_a_share(std::uint64_t nonce = 5, std::uint64_t seq = 1) {
    TestMiner& miner = rig_->connect("alice");
    rig_->at(kNoon);
    lease_ = miner.ready(rig_->sprint(1));
    rig_->at(kT0);
    EXPECT_EQ(store(miner, nonce, seq), 0);
    return miner;
  }
  int store(TestMiner& miner, std::uint64_t nonce, std::uint64_t seq) {
    const std::string sprint = rig_->sprint(1);
    return miner.submit(sprint, lease_, nonce, miner.digest(sprint, nonce), seq);
  }

  std::unique_ptr<tests::PoolRig> rig_;
  stratum::Lease lease_;
};

TEST_F(ResumeTest, ATokenTakesTheSessionUpAgain) {
  TestMiner& first = miner_with_a_share();
  const std::string token = first.token();
  EXPECT_EQ(token.size(), 56u);
  first.leave();
  TestMiner& second = rig_->connect("");
  EXPECT_TRUE(second.resume(token));
  EXPECT_NE(second.token(), token);
  EXPECT_TRUE(second.heard("sprint.announce", rig_->sprint(1)));
  EXPECT_TRUE(second.heard("mining.notify", rig_->sprint(1)));
  second.account = "alice";
  EXPECT_EQ(store(second, 6, 2), 0) << "logged in, and the lease is still its own";
  EXPECT_EQ(store(second, 5, 1), 0) << "a repeat";
  rig_->at(kEnd + microseconds(1));
  rig_->verify();
  EXPECT_EQ(rig_->pool.summary().verified, 2u);
  EXPECT_NE(second.last("sprint.result", rig_->sprint(1)).find("\"credit\":2"), std::string::npos);
}

TEST_F(ResumeTest, LoggingInAllTheSameChangesNothing) {
  TestMiner& first = miner_with_a_share();
  first.leave();
  TestMiner& second = rig_->connect("");
  ASSERT_TRUE(second.resume(first.token()));
  EXPECT_EQ(second.code_of("mining.authorize", R"(["alice.other",""])"), 0);
  EXPECT_EQ(second.code_of("mining.authorize", R"(["bob",""])"), 24);
  EXPECT_EQ(second.times_heard("sprint.announce", rig_->sprint(1)), 1u);
}

TEST_F(ResumeTest, TheOldTokenIsGoodUntilTheNewOneIsUsed) {
  TestMiner& first = miner_with_a_share();
  const std::string old = first.token();
  first.leave();
  TestMiner& second = rig_->connect("");
  ASSERT_TRUE(second.resume(old));
  second.leave();  // perhaps the answer never came
  TestMiner& third = rig_->connect("");
  ASSERT_TRUE(third.resume(old));
  EXPECT_EQ(third.token(), second.token());
  third.leave();
  TestMiner& fourth = rig_->connect("");
  ASSERT_TRUE(fourth.resume(third.token()));
  fourth.leave();
  TestMiner& thief = rig_->connect("");
  EXPECT_FALSE(thief.resume(old));
  EXPECT_EQ(thief.code_of("mining.lease", R"({"sprint":"s","n":0})"), 24);
}

TEST_F(ResumeTest, ATokenThatIsNotOursIsANewSession) {
  TestMiner& first = miner_with_a_share();
  const std::string token = first.token();
  first.leave();
  std::size_t tried = 0;
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string other = token;
    other[at] = other[at] == '0' ? '1' : '0';
    EXPECT_FALSE(rig_->connect("").resume(other)) << "digit " << at;
    ++tried;
  }
  EXPECT_EQ(tried, 56u);
  for (const char* const text : {"", "x", "00000000000000000000000000000000"}) {
    EXPECT_FALSE(rig_->connect("").resume(text));
  }
  EXPECT_TRUE(rig_->connect("").resume(token)) << "untouched by all that";
}

TEST_F(ResumeTest, TheNewerConnectionWins) {
  TestMiner& first = miner_with_a_share();
  TestMiner& second = rig_->connect("");
  ASSERT_TRUE(second.resume(first.token()));
  EXPECT_EQ(rig_->pool.take_superseded(), (std::vector<Pool::ConnectionId>{1}));
  EXPECT_TRUE(rig_->pool.take_superseded().empty());
  EXPECT_TRUE(first.session
                  .feed(R"({"id":9,"method":"mining.lease","params":{"sprint":"s","n":0}})"
                        "\n",
                        rig_->now)
                  .ok());
  EXPECT_FALSE(rig_->pool.handle(1, rig_->now)) << "to be closed";
  first.leave();
  second.account = "alice";
  EXPECT_EQ(store(second, 7, 2), 0) << "its leaving takes nothing away";
}

TEST_F(ResumeTest, WhoWasAwayIsToldWhatItMissed) {
  TestMiner& first = miner_with_a_share();
  first.leave();
  rig_->at(kEnd + microseconds(1));
  rig_->verify();
  TestMiner& second = rig_->connect("");
  ASSERT_TRUE(second.resume(first.token()));
  EXPECT_NE(second.last("sprint.result", rig_->sprint(1)).find("\"credit\":1"), std::string::npos);
  EXPECT_TRUE(second.heard("sprint.verdict", rig_->sprint(1)));
  second.leave();  // the connection may have been dead
  TestMiner& third = rig_->connect("");
  ASSERT_TRUE(third.resume(second.token()));
  EXPECT_TRUE(third.heard("sprint.result", rig_->sprint(1)));
  rig_->at(kEnd + seconds(601));
  third.leave();
  TestMiner& fourth = rig_->connect("");
  EXPECT_FALSE(fourth.resume(third.token())) << "told long ago: there is nothing to go on with";
}

TEST_F(ResumeTest, ASessionWithNothingInItIsForgotten) {
  TestMiner& idle = rig_->connect("bob");
  idle.leave();
  EXPECT_FALSE(rig_->connect("").resume(idle.token()));
}

/// After a crash of its own a miner has no token, but the shares.
TEST_F(ResumeTest, ANewSessionMaySendWhatAnOlderOneFound) {
  TestMiner& first = miner_with_a_share();
  first.leave();
  TestMiner& second = rig_->connect("alice");
  EXPECT_EQ(store(second, 5, 1), 0) << "a repeat";
  EXPECT_EQ(store(second, 6, 2), 0) << "by the other session's lease";
  rig_->at(kEnd + microseconds(1));
  rig_->verify();
  TestMiner& third = rig_->connect("alice");
  EXPECT_FALSE(third.heard("sprint.result", rig_->sprint(1)));
  EXPECT_EQ(store(third, 5, 1), 0) << "for 24 h";
  EXPECT_TRUE(third.heard("sprint.result", rig_->sprint(1))) << "or it would wait for ever";
  EXPECT_EQ(store(third, 7, 2), 28);
  EXPECT_EQ(third.times_heard("sprint.result", rig_->sprint(1)), 1u);
}

TEST_F(ResumeTest, SaysHowFarTheAnswersGo) {
  TestMiner& first = miner_with_a_share();
  EXPECT_EQ(store(first, 6, 3), 0);
  EXPECT_NE(first.ask("mining.ping", "[]").find("\"acked\":1,"), std::string::npos);
  EXPECT_EQ(store(first, 7, 2), 0);
  EXPECT_NE(first.ask("mining.ping", "[]").find("\"acked\":3,"), std::string::npos);
}

// ---- with a journal -----------------------------------------------------------------------------

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    config_.database = "x";
    rig_ = std::make_unique<tests::PoolRig>(config_, &journal_, journal_.saved());
  }
  /// The pool dies and comes back with what its journal holds.
  void restart() {
    rig_.reset();
    const base::UnixTime now = now_;
    rig_ = std::make_unique<tests::PoolRig>(config_, &journal_, journal_.saved(), now);
  }
  void write() {
    rig_->pool.written(journal_.records.size(), rig_->now);
    rig_->settle();
  }
  void at(base::UnixTime time) {
    now_ = time;
    rig_->at(time);
  }

  Config config_ = tests::rig_config();
  tests::HandJournal journal_;
  base::UnixTime now_ = kNoon;
  std::unique_ptr<tests::PoolRig> rig_;
};

TEST_F(JournalTest, T11_NothingIsSaidBeforeItIsDurable) {
  TestMiner& miner = rig_->connect("alice");
  at(kNoon);
  EXPECT_TRUE(miner.heard().empty()) << "the sprint is not written";
  write();
  const std::string sprint = rig_->sprint(1);
  EXPECT_TRUE(miner.heard("sprint.announce", sprint));

  miner.send("sprint.ready",
             R"({"sprint":")" + sprint + R"(","devices":[{"n":0,"name":"d","rate":0}]})");
  EXPECT_EQ(miner.answers(), 2u) << "subscribed and logged in; no lease before it is written";
  write();
  EXPECT_EQ(miner.answers(), 3u);

  at(kT0);
  EXPECT_FALSE(miner.heard("mining.notify", sprint));
  write();
  EXPECT_TRUE(miner.heard("mining.notify", sprint));

  const stratum::Lease lease{1, 0, 0, 32, 1};
  miner.send_submit(sprint, lease, 5, miner.digest(sprint, 5), 1);
  miner.send_submit(sprint, lease, 5, miner.digest(sprint, 5), 1);  // a repeat, no sooner
  EXPECT_EQ(miner.answers(), 3u);
  at(kEnd);
  EXPECT_FALSE(miner.heard("sprint.end", sprint)) << "after the answers to what came in time";
  write();
  EXPECT_EQ(miner.answers(), 5u);
  EXPECT_TRUE(miner.heard("sprint.end", sprint));

  at(kEnd + microseconds(1));
  rig_->verify();
  EXPECT_FALSE(miner.heard("sprint.result", sprint));
  write();
  EXPECT_TRUE(miner.heard("sprint.result", sprint));
}

TEST_F(JournalTest, T11_AStatusWaitsForWhatWasSaidAndNotForWhatCanBeComputedAgain) {
  TestMiner& miner = rig_->connect("alice");
  at(kNoon);
  write();
  const std::string sprint = rig_->sprint(1);
  miner.send("sprint.ready",
             R"({"sprint":")" + sprint + R"(","devices":[{"n":0,"name":"d","rate":0}]})");
  write();
  at(kT0);
  write();
  miner.send_submit(sprint, {1, 0, 0, 32, 1}, 5, miner.digest(sprint, 5), 1);
  const std::string asked = R"({"sprint":")" + sprint + R"(","nonces":["0000000000000005"]})";
  miner.send("sprint.status", asked);
  EXPECT_EQ(miner.answers(), 3u) << "the share is not written";
  write();
  EXPECT_EQ(miner.answers(), 5u);
  const std::size_t written = journal_.records.size();
  rig_->verify();
  ASSERT_GT(journal_.records.size(), written);
  EXPECT_THAT(miner.ask("sprint.status", asked), testing::HasSubstr("verified"));
}

TEST_F(JournalTest, GoesOnInTheMiddleOfARace) {
  TestMiner& first = rig_->connect("alice");
  at(kNoon);
  write();
  const std::string sprint = rig_->sprint(1);
  journal_.writes_at_once = true;
  const stratum::Lease lease = first.ready(sprint);
  at(kT0);
  EXPECT_EQ(first.submit(sprint, lease, 5, first.digest(sprint, 5), 1), 0);
  const poc::Digest digest = first.digest(sprint, 6);
  const std::string token = first.token();
  at(kT0 + seconds(5));
  restart();
  TestMiner& second = rig_->connect("");
  ASSERT_TRUE(second.resume(token)) << "by the key in the database";
  second.account = "alice";
  EXPECT_TRUE(second.heard("mining.notify", sprint));
  EXPECT_EQ(second.submit(sprint, lease, 6, digest, 2), 0) << "the lease is still granted";
  EXPECT_EQ(second.submit(sprint, lease, 6, digest, 2), 0);
  const stratum::Lease more = second.ready(sprint);
  EXPECT_NE(more.base, lease.base) << "never granted twice";
  EXPECT_NE(more.id, lease.id);
  at(kEnd + microseconds(1));
  rig_->verify();
  EXPECT_NE(second.last("sprint.result", sprint).find("\"credit\":2"), std::string::npos);
  EXPECT_EQ(rig_->pool.summary().verified, 2u) << "once each";
  at(kEnd + seconds(30));
  EXPECT_NE(rig_->sprint(2), "");
  EXPECT_TRUE(rig_->sprint(2).starts_with("2-"));
}

TEST_F(JournalTest, AwayOverTheEndCreditsAllTheSame) {
  journal_.writes_at_once = true;
  TestMiner& first = rig_->connect("alice");
  at(kNoon);
  write();
  const std::string sprint = rig_->sprint(1);
  const stratum::Lease lease = first.ready(sprint);
  at(kT0);
  EXPECT_EQ(first.submit(sprint, lease, 5, first.digest(sprint, 5), 1), 0);
  const std::string token = first.token();
  now_ = kEnd + seconds(40);
  restart();
  at(now_);
  TestMiner& second = rig_->connect("");
  ASSERT_TRUE(second.resume(token));
  rig_->verify();
  EXPECT_NE(second.last("sprint.result", sprint).find("\"credit\":1"), std::string::npos);
  restart();
  at(now_);
  TestMiner& third = rig_->connect("");
  ASSERT_TRUE(third.resume(token)) << "used once, and the next one never";
  EXPECT_NE(third.last("sprint.result", sprint).find("\"credit\":1"), std::string::npos)
      << "over, and still known";
}

TEST_F(JournalTest, ASprintThatWasAnnouncedStartsAfterARestart) {
  journal_.writes_at_once = true;
  rig_->connect("alice");
  at(kNoon);
  const std::string sprint = rig_->sprint(1);
  now_ = kNoon + seconds(5);
  restart();
  TestMiner& second = rig_->connect("alice");
  EXPECT_TRUE(second.heard("sprint.announce", sprint)) << "the same one";
  at(kT0);
  EXPECT_TRUE(second.heard("mining.notify", sprint));
}

TEST_F(JournalTest, T11_ADatabaseThatIsBehindTakesNoMore) {
  config_.most_waiting = 100;
  restart();
  journal_.writes_at_once = true;
  std::vector<std::pair<TestMiner*, stratum::Lease>> miners;
  for (int i = 0; i < 3; ++i) miners.emplace_back(&rig_->connect("alice"), stratum::Lease{});
  at(kNoon);
  const std::string sprint = rig_->sprint(1);
  for (auto& [miner, lease] : miners) lease = miner->ready(sprint);
  at(kT0);
  journal_.writes_at_once = false;
  const std::size_t before = journal_.records.size();
  for (auto& [miner, lease] : miners) {
    for (std::uint64_t i = 0; i < 50; ++i) {
      const std::uint64_t nonce = lease.base + i;
      miner->send_submit(sprint, lease, nonce, miner->digest(sprint, nonce), i + 1);
    }
  }
  EXPECT_EQ(journal_.records.size() - before, 100u);
  auto& [last, lease] = miners.back();
  EXPECT_EQ(
      last->submit(sprint, lease, lease.base + 999, last->digest(sprint, lease.base + 999), 999),
      29);
  write();
  rig_->verify();
  journal_.writes_at_once = true;
  EXPECT_EQ(
      last->submit(sprint, lease, lease.base + 999, last->digest(sprint, lease.base + 999), 999),
      0);
}

}  // namespace
}  // namespace pool
