#include <gmock/gmock.h>

#include "tests/miner/miner_fixture.h"

// The whole miner and its pools while it runs: which are used, in which order, and what it says of
// them.
namespace miner {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using tests::eventually;
using tests::ScriptedPool;
using tests::TcpPool;

constexpr auto kAskedToLeave = [](const ScriptedPool& p) { return p.left; };

class MinerPoolsTest : public MinerTest {
 protected:
  std::vector<std::size_t> numbers() const {
    std::vector<std::size_t> all;
    const auto snapshot = miner_->snapshot();
    for (const PoolListing& pool : snapshot->pools) all.push_back(pool.number);
    return all;
  }
  PoolListing listing(std::size_t number) const {
    const auto snapshot = miner_->snapshot();
    for (const PoolListing& pool : snapshot->pools) {
      if (pool.number == number) return pool;
    }
    ADD_FAILURE() << "pool " << number << " is not listed";
    return {};
  }
  bool eventually_stands(std::size_t number, PoolStanding standing) const {
    return eventually([&] { return listing(number).standing == standing; });
  }
  void stop_and_account() {
    miner_->request_stop();
    EXPECT_EQ(ending(), ExitCode::kClean);
    const auto s = miner_->snapshot();
    EXPECT_EQ(s->shares.total(), found()) << "each candidate has one fate";
    EXPECT_EQ(s->shares.rejected + s->shares.stale + s->shares.lost, 0u);
  }
  /// The race goes on, and nothing comes of it any more.
  void find_no_more() {
    for (tests::FakeCard& card : cards_) {
      card.searches = false;
      const std::size_t ranges = card.done().size();
      ASSERT_TRUE(eventually([&] { return card.done().size() > ranges + 3; }));
    }
  }
  static bool left(TcpPool& pool) {
    return eventually([&] { return pool.read<bool>(kAskedToLeave); });
  }
};

TEST_F(MinerPoolsTest, ListsThemWithTheirStanding) {
  TcpPool refusing(seconds(1), [](ScriptedPool& script) {
    script.refuse_login = stratum::WireError{stratum::Code::kUnauthorized, "no such\naccount", 0};
  });
  TcpPool good(minutes(10));
  TcpPool spare(minutes(10));
  add_pool(refusing.url());
  add_pool(nobody());
  add_pool(good.url(), "alice.two");
  add_pool(spare.url());
  begin();
  ASSERT_TRUE(eventually_stands(2, PoolStanding::kInUse));
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(listing(0).standing, PoolStanding::kRefused);
  EXPECT_EQ(listing(0).reason, "no such\\x0aaccount");
  EXPECT_EQ(listing(1).standing, PoolStanding::kFailed);
  EXPECT_NE(listing(1).reason, "");
  EXPECT_EQ(listing(2).url, good.url().text());
  EXPECT_EQ(listing(2).user, "alice.two");
  EXPECT_EQ(listing(2).reason, "");
  EXPECT_EQ(listing(3).standing, PoolStanding::kStandby);
}

TEST_F(MinerPoolsTest, TellsHowFarThePoolsClockIsFromOurs) {
  TcpPool pool(
      minutes(10), [](ScriptedPool&) {}, hours(1));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return miner_->snapshot()->pool.clock_offset.has_value(); }));
  const PoolSnapshot s = miner_->snapshot()->pool;
  EXPECT_GT(*s.clock_offset, hours(1) - minutes(1));
  EXPECT_LT(*s.clock_offset, hours(1) + minutes(1));
  EXPECT_FALSE(s.encrypted);
}

TEST_F(MinerPoolsTest, APreferredPoolIsGoneTo) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  add_pool(first.url());
  add_pool(second.url());
  begin();
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  miner_->prefer_pool(1);
  miner_->prefer_pool(99);  // nobody
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  EXPECT_TRUE(left(first)) << "bye";
  EXPECT_THAT(numbers(), ElementsAre(1, 0));
  EXPECT_TRUE(eventually_stands(1, PoolStanding::kInUse));
  EXPECT_EQ(listing(0).standing, PoolStanding::kStandby);
  EXPECT_TRUE(sink_.has("another pool is preferred"));
  EXPECT_EQ(first.connections(), 1);
  stop_and_account();
}

TEST_F(MinerPoolsTest, WhatWasFoundForAPoolIsStoredThereBeforeItIsLeft) {
  TcpPool first(minutes(10), [this](ScriptedPool& script) {
    script.judge = [this](const auto&) -> std::optional<stratum::WireError> {
      if (sink_.has("another pool is preferred")) return std::nullopt;
      return stratum::WireError{stratum::Code::kBusy, "come back later", 0};
    };
  });
  TcpPool second(minutes(10));
  add_pool(first.url());
  add_pool(second.url());
  begin();
  ASSERT_TRUE(eventually([&] { return found() > 20; }));
  find_no_more();
  const std::uint64_t before = found();
  miner_->prefer_pool(1);
  EXPECT_TRUE(left(first)) << "bye";
  EXPECT_EQ(first.stored(), before) << "though it was busy until now";
}

TEST_F(MinerPoolsTest, AStopWhileAPoolIsLeftSubmitsWhatWasFound) {
  TcpPool first(minutes(10), [this](ScriptedPool& script) {
    script.judge = [this](const auto&) -> std::optional<stratum::WireError> {
      if (!sink_.has("another pool is preferred")) {
        return stratum::WireError{stratum::Code::kBusy, "come back later", 0};
      }
      miner_->request_stop();
      return std::nullopt;
    };
  });
  TcpPool second(minutes(10));
  add_pool(first.url());
  add_pool(second.url());
  begin();
  ASSERT_TRUE(eventually([&] { return found() > 20; }));
  miner_->prefer_pool(1);
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_EQ(first.stored(), found());
  EXPECT_TRUE(left(first)) << "bye";
  EXPECT_EQ(second.connections(), 0);
}

TEST_F(MinerPoolsTest, ThePreferredPoolThatIsInUseIsNotLeft) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  add_pool(nobody());
  add_pool(first.url());
  add_pool(second.url());
  begin();
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  miner_->prefer_pool(1);
  ASSERT_TRUE(eventually([&] { return numbers().front() == 1; }));
  const std::size_t before = first.stored();
  ASSERT_TRUE(eventually([&] { return first.stored() > before + 50; }));
  EXPECT_EQ(first.connections(), 1);
  EXPECT_EQ(second.connections(), 0);
}

TEST_F(MinerPoolsTest, APreferredPoolThatIsNotThereIsNoEnd) {
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  add_pool(nobody());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 20; }));
  miner_->prefer_pool(1);
  ASSERT_TRUE(eventually([&] { return pool.connections() == 2; })) << "the next in the order";
  const std::size_t before = pool.stored();
  ASSERT_TRUE(eventually([&] { return pool.stored() > before + 20; }));
  EXPECT_EQ(listing(1).standing, PoolStanding::kFailed);
  stop_and_account();
  EXPECT_EQ(pool.stored(), found()) << "nothing that was found meanwhile is lost";
}

TEST_F(MinerPoolsTest, PreferringCutsAConnectingShort) {
  TcpPool silent(minutes(10));
  silent.be_deaf();
  TcpPool good(minutes(10));
  add_pool(silent.url());
  add_pool(good.url());
  begin();
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kConnecting));
  miner_->prefer_pool(1);
  EXPECT_TRUE(eventually([&] { return good.stored() > 0; }));
  EXPECT_EQ(listing(0).standing, PoolStanding::kStandby) << "we left it, it did not fail";
}

TEST_F(MinerPoolsTest, ADisabledPoolIsLeftAndNotTried) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  add_pool(first.url());
  add_pool(nobody());
  add_pool(second.url());
  begin();
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  miner_->enable_pool(1, false);
  miner_->enable_pool(0, false);
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  EXPECT_TRUE(left(first)) << "bye";
  EXPECT_TRUE(sink_.has("pool disabled"));
  EXPECT_THAT(numbers(), ElementsAre(0, 1, 2)) << "in their places";
  EXPECT_EQ(listing(0).standing, PoolStanding::kDisabled);
  EXPECT_EQ(listing(1).standing, PoolStanding::kDisabled) << "never tried";
  miner_->enable_pool(0, true);
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kStandby));
  EXPECT_EQ(first.connections(), 1) << "the one in use is good enough";
  miner_->enable_pool(2, false);
  ASSERT_TRUE(eventually([&] { return first.connections() == 2; })) << "until it is not";
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kInUse));
  stop_and_account();
}

TEST_F(MinerPoolsTest, TheLastPoolThatCanBeUsedIsKept) {
  TcpPool refusing(seconds(1), [](ScriptedPool& script) {
    script.refuse_login = stratum::WireError{stratum::Code::kUnauthorized, "no", 0};
  });
  TcpPool good(minutes(10));
  add_pool(refusing.url());
  add_pool(good.url());
  begin();
  ASSERT_TRUE(eventually([&] { return good.stored() > 20; }));
  miner_->enable_pool(1, false);
  miner_->pause(0);  // orders are carried out in turn
  ASSERT_TRUE(
      eventually([&] { return miner_->snapshot()->devices[0].state == DeviceState::kPaused; }));
  EXPECT_EQ(listing(1).standing, PoolStanding::kInUse);
  EXPECT_EQ(good.connections(), 1);
  EXPECT_FALSE(miner_->wait(base::Micros(0)));
}

TEST_F(MinerPoolsTest, WithOnePoolNothingChanges) {
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  config_.solo = true;
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 20; }));
  miner_->prefer_pool(0);
  miner_->enable_pool(0, false);
  miner_->enable_pool(0, true);
  const std::size_t before = pool.stored();
  ASSERT_TRUE(eventually([&] { return pool.stored() > before + 50; }));
  EXPECT_EQ(pool.connections(), 1);
  EXPECT_TRUE(miner_->snapshot()->solo);
}

TEST_F(MinerPoolsTest, APoolThatRefusedIsTriedAgainWhenAskedFor) {
  TcpPool first(minutes(10), [](ScriptedPool& script) {
    script.refuse_login = stratum::WireError{stratum::Code::kUnauthorized, "no", 0};
  });
  TcpPool second(minutes(10));
  add_pool(first.url());
  add_pool(second.url());
  begin();
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  miner_->prefer_pool(0);
  ASSERT_TRUE(eventually([&] { return second.connections() == 2; })) << "it refuses still";
  EXPECT_EQ(first.connections(), 2);
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kRefused));
  first.change([](ScriptedPool& script) { script.refuse_login.reset(); });
  miner_->enable_pool(0, false);
  miner_->enable_pool(0, true);
  ASSERT_TRUE(eventually_stands(0, PoolStanding::kStandby));
  miner_->enable_pool(1, false);
  EXPECT_TRUE(eventually([&] { return first.stored() > 0; }));
}

TEST_F(MinerPoolsTest, ANewListHasItsOwnOrderAndKeepsWhatIsDisabled) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  TcpPool third(minutes(10));
  add_pool(first.url());
  add_pool(second.url());
  begin();
  miner_->prefer_pool(1);
  miner_->enable_pool(0, false);
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  miner_->apply({{config_.pools[0], {third.url(), "alice.rig", "x"}, config_.pools[1]}, {}});
  ASSERT_TRUE(eventually([&] { return numbers().size() == 3; }));
  EXPECT_THAT(numbers(), ElementsAre(0, 2, 1));
  EXPECT_EQ(listing(0).standing, PoolStanding::kDisabled);
  EXPECT_EQ(listing(1).standing, PoolStanding::kInUse);
  miner_->apply({{config_.pools[0], {third.url(), "alice.rig", "x"}}, {}});
  EXPECT_TRUE(eventually([&] { return third.stored() > 20; })) << "the first that is enabled";
  EXPECT_LE(first.connections(), 1) << "before it was disabled at most";
}

}  // namespace
}  // namespace miner
