#include <gmock/gmock.h>

#include "tests/miner/miner_fixture.h"

// The whole miner and a better pool: tried beside the one in use, it takes over with a sprint.
namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using tests::eventually;
using tests::ScriptedPool;
using tests::TcpPool;

class MinerFailoverTest : public MinerTest {
 protected:
  MinerFailoverTest() { config_.limits.better_after = milliseconds(100); }

  PoolListing listing(std::size_t number) const {
    const auto snapshot = miner_->snapshot();
    for (const PoolListing& pool : snapshot->pools) {
      if (pool.number == number) return pool;
    }
    return {};
  }
  bool eventually_stands(std::size_t number, PoolStanding standing) const {
    return eventually([&] { return listing(number).standing == standing; });
  }
  /// Pool 0 is deaf, until the miner has gone to pool 1 and mines there.
  void begin_at_the_second(TcpPool& first, TcpPool& second) {
    first.be_deaf();
    config_.limits.session.login = seconds(1);
    add_pool(first.url());
    add_pool(second.url());
    begin();
    ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  }
  void stop_and_account(TcpPool& first, TcpPool& second) {
    miner_->request_stop();
    EXPECT_EQ(ending(), ExitCode::kClean);
    const auto s = miner_->snapshot();
    EXPECT_EQ(s->shares.total(), found()) << "each candidate has one fate";
    EXPECT_EQ(s->shares.rejected + s->shares.stale + s->shares.lost, 0u);
    EXPECT_EQ(first.stored() + second.stored(), found()) << "everything is at its pool";
  }
};

TEST_F(MinerFailoverTest, ABetterPoolThatIsBackTakesOverAndNothingIsLost) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  begin_at_the_second(first, second);
  first.be_deaf(false);
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  EXPECT_TRUE(eventually_stands(0, PoolStanding::kInUse));
  EXPECT_EQ(listing(1).standing, PoolStanding::kStandby);
  EXPECT_TRUE(sink_.has("a better pool takes over"));
  EXPECT_TRUE(eventually([&] { return second.read<bool>([](auto& p) { return p.left; }); }))
      << "bye";
  EXPECT_EQ(second.connections(), 1);
  stop_and_account(first, second);
}

TEST_F(MinerFailoverTest, ABetterPoolWithoutASprintWaits) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  first.announce_nothing();
  begin_at_the_second(first, second);
  first.be_deaf(false);
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kWaiting)) << "logged in";
  const std::size_t before = second.stored();
  ASSERT_TRUE(eventually([&] { return second.stored() > before + 100; }));
  EXPECT_EQ(listing(0).standing, PoolStanding::kWaiting);
  EXPECT_EQ(listing(1).standing, PoolStanding::kInUse);
  first.announce_nothing(false);
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; })) << "over the same connection";
  stop_and_account(first, second);
}

TEST_F(MinerFailoverTest, ABetterPoolThatSaysNothingDisturbsNobody) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  begin_at_the_second(first, second);
  const int before = first.connections();
  ASSERT_TRUE(eventually([&] { return first.connections() >= before + 3; })) << "tried for ever";
  EXPECT_EQ(listing(1).standing, PoolStanding::kInUse);
  EXPECT_EQ(listing(0).standing, PoolStanding::kFailed);
  EXPECT_THAT(listing(0).reason, HasSubstr("(--login-timeout)"));
  EXPECT_EQ(second.connections(), 1);
  EXPECT_EQ(second.read<std::size_t>([](const ScriptedPool& p) { return p.readies.size(); }), 2u)
      << "mining was not interrupted";
  stop_and_account(first, second);
}

TEST_F(MinerFailoverTest, ALostPoolIsFollowedByTheBetterOneThatWaits) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  first.announce_nothing();
  begin_at_the_second(first, second);
  first.be_deaf(false);
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kWaiting));
  const int connections = first.connections();
  second.drop_after_login();
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kInUse));
  EXPECT_EQ(first.connections(), connections) << "no second one was needed";
}

TEST_F(MinerFailoverTest, APreferredOrDisabledPoolIsNoStandby) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  first.announce_nothing();
  begin_at_the_second(first, second);
  first.be_deaf(false);
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kWaiting));
  miner_->enable_pool(0, false);
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kDisabled));
  first.announce_nothing(false);
  const std::size_t before = second.stored();
  ASSERT_TRUE(eventually([&] { return second.stored() > before + 50; }));
  EXPECT_EQ(first.stored(), 0u);
  EXPECT_EQ(listing(0).standing, PoolStanding::kDisabled);
}

TEST_F(MinerFailoverTest, T6_WithoutASprintTheNextPoolIsGoneTo) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  first.announce_nothing();
  config_.limits.session.announce = milliseconds(300);
  add_pool(first.url());
  add_pool(second.url());
  begin();
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  EXPECT_TRUE(sink_.has("(--announce-timeout)"));
  EXPECT_EQ(listing(1).standing, PoolStanding::kInUse);
}

TEST_F(MinerFailoverTest, APoolThatIsTooFarAwayIsLeftForAnother) {
  TcpPool far(minutes(10));
  TcpPool near(minutes(10));
  far.answer_after(milliseconds(600));
  config_.limits.max_latency = milliseconds(400);
  add_pool(far.url());
  add_pool(near.url());
  begin();
  ASSERT_TRUE(eventually([&] { return near.stored() > 20; }));
  EXPECT_TRUE(sink_.has("pool too far away (--max-latency)"));
  EXPECT_TRUE(eventually_stands(1, PoolStanding::kInUse));
}

TEST_F(MinerFailoverTest, TheOnlyPoolIsNeverTooFarAway) {
  TcpPool far(minutes(10));
  far.answer_after(milliseconds(20));
  config_.limits.max_latency = milliseconds(1);
  add_pool(far.url());
  begin();
  ASSERT_TRUE(eventually([&] { return far.stored() > 20; }));
  EXPECT_EQ(far.connections(), 1);
}

}  // namespace
}  // namespace miner
