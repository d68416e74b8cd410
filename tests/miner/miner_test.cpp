#include "tests/miner/miner_fixture.h"

// The whole miner: sprints, faults, and how it ends.
namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using tests::Call;
using tests::eventually;
using tests::ScriptedPool;
using tests::TcpPool;

TEST_F(MinerTest, MinesSprints) {
  TcpPool pool(seconds(1), [](ScriptedPool& script) { script.difficulty = 4; });
  add_pool(pool.url());
  config_.sprints = 2;
  begin();
  EXPECT_EQ(ending(), ExitCode::kClean);
  const auto s = miner_->snapshot();
  EXPECT_EQ(s->sprints, 2u);
  EXPECT_GT(s->shares.accepted, 0u);
  EXPECT_EQ(s->shares.rejected, 0u);
  EXPECT_EQ(s->shares.hardware_error + s->shares.withdrawn + s->shares.duplicate, 0u);
  EXPECT_EQ(s->shares.total(), found()) << "each candidate has one fate";
  EXPECT_EQ(s->credit, 4 * s->shares.accepted);
  EXPECT_GE(pool.stored(), s->shares.accepted) << "but what came after a result";
  EXPECT_EQ(pool.connections(), 1);
  EXPECT_TRUE(eventually([&] { return pool.read<bool>([](auto& p) { return p.left; }); })) << "bye";
  ASSERT_EQ(s->last_sprints.size(), 2u);
  EXPECT_GT(s->last_sprints[0].nonces, 0u);
  EXPECT_TRUE(s->last_sprints[0].credit);
  ASSERT_TRUE(s->times.delay && s->times.answer && s->times.margin);
  EXPECT_GE(s->times.delay->count, s->shares.accepted);
  EXPECT_LE(s->times.delay->count, found()) << "each share left once, if it did";
  EXPECT_GE(s->times.delay->p50, base::Micros(0));
  EXPECT_LT(s->times.margin->p50, seconds(1)) << "no more than the sprint";
  EXPECT_TRUE(s->last_sprints[0].times.margin);
  EXPECT_TRUE(s->pool.clock_jitter);
  EXPECT_EQ(s->pool.url, pool.url().text());
  EXPECT_EQ(s->pool.user, "alice.rig");
  for (const tests::FakeCard& card : cards_) EXPECT_EQ(card.open_now, 0);
}

TEST_F(MinerTest, StopSubmitsWhatWasFound) {
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 20; }));
  EXPECT_FALSE(miner_->wait(milliseconds(0)));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
  const auto s = miner_->snapshot();
  EXPECT_EQ(s->shares.pending, found());
  EXPECT_EQ(pool.stored(), found()) << "everything is at the pool";
  EXPECT_TRUE(eventually([&] { return pool.read<bool>([](auto& p) { return p.left; }); }));
  EXPECT_TRUE(miner_->hung_devices().empty());
}

TEST_F(MinerTest, StopWithoutAPool) {
  add_pool(nobody());
  begin();
  ASSERT_TRUE(eventually([&] { return sink_.has("127.0.0.1"); }));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
}

TEST_F(MinerTest, SensorsAreInTheSnapshot) {
  telemetry_.set(tests::fake_info(1).label(), tests::sample_of(64, 112));
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return miner_->snapshot()->devices[1].energy_joules.has_value(); }));
  const auto s = miner_->snapshot();
  ASSERT_TRUE(s->devices[1].sensors);
  EXPECT_EQ(s->devices[1].sensors->core_celsius, 64);
  EXPECT_EQ(s->power_watts, 112);
  EXPECT_FALSE(s->devices[0].sensors);
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_TRUE(miner_->snapshot()->devices[1].sensors) << "what was read last";
  EXPECT_TRUE(miner_->hung_sensors().empty());
}

TEST_F(MinerTest, SensorsThatHangKeepNobody) {
  telemetry_.set(tests::fake_info(0).label(), tests::sample_of(64, 112));
  telemetry_.hang();
  TcpPool pool(seconds(1));
  add_pool(pool.url());
  config_.sprints = 1;
  begin();
  ASSERT_TRUE(eventually([&] { return telemetry_.is_inside(); }));
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_GT(miner_->snapshot()->shares.accepted, 0u);
  EXPECT_FALSE(miner_->snapshot()->devices[0].sensors);
  EXPECT_EQ(miner_->hung_sensors(), std::vector<std::string>{"sensors"});
  EXPECT_TRUE(miner_->hung_devices().empty());
  telemetry_.release();  // or the destructor would wait for it
}

TEST_F(MinerTest, DestructorStops) {
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 0; }));
  miner_.reset();
  for (const tests::FakeCard& card : cards_) EXPECT_EQ(card.open_now, 0);
}

TEST_F(MinerTest, NoPoolEndsItWhenAskedTo) {
  add_pool(nobody());
  add_pool(nobody());
  config_.exit_on_loss = true;
  begin();
  EXPECT_EQ(ending(), ExitCode::kNoPool);
}

TEST_F(MinerTest, NoPoolIsWaitedForOtherwise) {
  add_pool(nobody());
  begin();
  ASSERT_TRUE(eventually([&] {
    const auto lines = sink_.lines();
    return std::count(lines.begin(), lines.end(),
                      "net: connecting pool=" + config_.pools[0].url.text()) >= 3;
  }));
  EXPECT_FALSE(miner_->wait(milliseconds(0)));
}

TEST_F(MinerTest, LoginRefused) {
  TcpPool pool(seconds(1), [](ScriptedPool& script) {
    script.refuse_login = stratum::WireError{stratum::Code::kUnauthorized, "no such account", 0};
  });
  add_pool(pool.url());
  begin();
  EXPECT_EQ(ending(), ExitCode::kLoginRefused);
  EXPECT_TRUE(sink_.has("no such account"));
  EXPECT_EQ(pool.connections(), 1) << "not tried again";
}

TEST_F(MinerTest, NextPoolWhenOneRefusesAndOneIsNotThere) {
  TcpPool refusing(seconds(1), [](ScriptedPool& script) {
    script.refuse_login = stratum::WireError{stratum::Code::kUnauthorized, "no", 0};
  });
  TcpPool good(seconds(1));
  add_pool(refusing.url());
  add_pool(nobody());
  add_pool(good.url());
  config_.sprints = 1;
  begin();
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_GT(miner_->snapshot()->shares.accepted, 0u);
  EXPECT_EQ(miner_->snapshot()->pool.url, good.url().text());
}

TEST_F(MinerTest, NextPoolWhenOneTakesTheLoginAndDropsUs) {
  TcpPool dropping(seconds(1));
  dropping.drop_after_login();
  TcpPool good(seconds(1));
  add_pool(dropping.url());
  add_pool(good.url());
  config_.sprints = 1;
  begin();
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_GT(miner_->snapshot()->shares.accepted, 0u);
  EXPECT_EQ(miner_->snapshot()->pool.url, good.url().text());
  EXPECT_EQ(dropping.connections(), 1);
}

TEST_F(MinerTest, SoloEndsWhenTheProfileFitsNoDevice) {
  for (tests::FakeCard& card : cards_) card.too_large = {tests::bytes_of(1)};
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  config_.solo = true;
  begin();
  EXPECT_EQ(ending(), ExitCode::kBadArguments);
  EXPECT_NE(miner_->outcome().reason.find("the weights do not fit"), std::string::npos);
}

TEST_F(MinerTest, DevicesThatDoNotOpen) {
  for (tests::FakeCard& card : cards_) {
    card.script = [](Call call) -> base::Status {
      if (call == Call::kOpen) return base::unavailable("no such card");
      return base::Ok{};
    };
  }
  TcpPool pool(seconds(1));
  add_pool(pool.url());
  begin();
  EXPECT_EQ(ending(), ExitCode::kNoDevice);
  EXPECT_NE(miner_->outcome().reason.find("no such card"), std::string::npos);
}

TEST_F(MinerTest, SelfTestFailedEverywhere) {
  for (tests::FakeCard& card : cards_) card.knows_answers = false;
  add_pool(nobody());
  begin();
  EXPECT_EQ(ending(), ExitCode::kSelfTestFailed);
}

TEST_F(MinerTest, OneBadDeviceCostsOneDevice) {
  cards_[1].knows_answers = false;
  TcpPool pool(seconds(1));
  add_pool(pool.url());
  config_.sprints = 1;
  begin();
  EXPECT_EQ(ending(), ExitCode::kClean);
  const auto s = miner_->snapshot();
  EXPECT_GT(s->devices[0].found, 0u);
  EXPECT_EQ(s->devices[1].state, DeviceState::kOff);
  EXPECT_GT(s->shares.accepted, 0u);
  EXPECT_EQ(s->shares.rejected, 0u);
}

TEST_F(MinerTest, S11_CutConnectionLosesNoShare) {
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 10; }));
  pool.cut_at(50);  // stored, and the miner cannot know
  ASSERT_TRUE(eventually([&] { return pool.cuts() == 1; })) << "it did happen";
  const std::size_t at_the_cut = pool.stored();
  ASSERT_TRUE(eventually([&] { return pool.stored() > at_the_cut + 100; }));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_EQ(pool.connections(), 2);
  EXPECT_GT(pool.read<std::uint64_t>([](const ScriptedPool& p) { return p.repeats; }), 0u)
      << "sent again, since no answer came";
  EXPECT_EQ(pool.read<std::size_t>([](const ScriptedPool& p) { return p.readies.size(); }), 2u)
      << "the leases were kept";
  const auto s = miner_->snapshot();
  EXPECT_EQ(s->shares.pending, found());
  EXPECT_EQ(s->shares.total(), found());
  EXPECT_EQ(pool.stored(), found()) << "everything is at the pool";
}

TEST_F(MinerTest, APoolThatIsTakenOutIsLeftForTheNext) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  add_pool(first.url());
  begin();
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  miner_->apply({{{second.url(), "alice.rig", "x"}}, std::nullopt});
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  EXPECT_TRUE(eventually([&] { return first.read<bool>([](auto& p) { return p.left; }); }))
      << "bye";
  EXPECT_TRUE(eventually([&] { return miner_->snapshot()->pool.url == second.url().text(); }));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
  const auto s = miner_->snapshot();
  EXPECT_EQ(first.connections(), 1);
  EXPECT_EQ(s->shares.total(), found()) << "each candidate has one fate";
  EXPECT_EQ(s->shares.rejected + s->shares.stale + s->shares.lost, 0u);
  EXPECT_LE(first.stored() + second.stored(), found());
}

TEST_F(MinerTest, APoolThatComesBackGetsWhatWasFoundForIt) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  add_pool(first.url());
  begin();
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  const MinerConfig before = config_;
  miner_->apply({{{second.url(), "alice.rig", "x"}}, std::nullopt});
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  miner_->apply({before.pools, std::nullopt});
  ASSERT_TRUE(eventually([&] { return first.connections() == 2; }));
  ASSERT_TRUE(eventually([&] { return miner_->snapshot()->pool.connected; }));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_EQ(miner_->snapshot()->shares.total(), found());
}

TEST_F(MinerTest, TheConnectionStaysWhileItsPoolIsListed) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  add_pool(first.url());
  begin();
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  miner_->apply({{{second.url(), "alice.rig", "x"}, config_.pools[0]}, 1});
  const std::size_t before = first.stored();
  ASSERT_TRUE(eventually([&] { return first.stored() > before + 100; }));
  EXPECT_EQ(first.connections(), 1);
  EXPECT_EQ(second.connections(), 0);
  EXPECT_EQ(first.read<std::size_t>([](const ScriptedPool& p) { return p.readies.size(); }), 2u)
      << "mining was not interrupted";
}

TEST_F(MinerTest, SettingsWithoutPoolsLeaveThemAsTheyAre) {
  TcpPool first(minutes(10));
  TcpPool second(minutes(10));
  add_pool(first.url());
  begin();
  ASSERT_TRUE(eventually([&] { return first.stored() > 20; }));
  miner_->apply({{{second.url(), "alice.rig", "x"}}, std::nullopt});
  miner_->apply({{}, 1});  // perhaps before those were taken
  ASSERT_TRUE(eventually([&] { return second.stored() > 20; }));
  miner_->apply({{}, 2});
  const std::size_t before = second.stored();
  ASSERT_TRUE(eventually([&] { return second.stored() > before + 20; }));
  EXPECT_EQ(second.connections(), 1);
}

TEST_F(MinerTest, NewPoolsAreTriedAtOnceWhenNoneIsReached) {
  add_pool(nobody());
  config_.exit_on_loss = false;
  begin();
  ASSERT_TRUE(eventually([&] { return sink_.has("127.0.0.1"); }));
  TcpPool pool(minutes(10));
  miner_->apply({{{pool.url(), "alice.rig", "x"}}, std::nullopt});
  EXPECT_TRUE(eventually([&] { return pool.stored() > 0; }));
}

TEST_F(MinerTest, ReChecksAsManyAsItIsToldTo) {
  config_.recheck_every = 0;
  cards_[0].wrong_every = 10;
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 50; }));
  EXPECT_EQ(miner_->snapshot()->devices[0].hardware_errors, 0u) << "nobody looked";
  miner_->apply({config_.pools, 1});
  EXPECT_TRUE(
      eventually([&] { return miner_->snapshot()->devices[0].state == DeviceState::kPaused; }));
  EXPECT_EQ(pool.connections(), 1);
}

TEST_F(MinerTest, WrongDigestsAreWithdrawnAndPauseTheDevice) {
  cards_[1].wrong_every = 20;
  config_.recheck_every = 1;
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(
      eventually([&] { return miner_->snapshot()->devices[1].state == DeviceState::kPaused; }));
  const auto s = miner_->snapshot();
  EXPECT_EQ(s->devices[1].pause_cause, PauseCause::kWrongDigests);
  EXPECT_GE(s->devices[1].hardware_errors, 3u);
  EXPECT_EQ(s->devices[0].hardware_errors, 0u);
  EXPECT_EQ(s->shares.withdrawn + s->shares.hardware_error, s->devices[1].hardware_errors);
  EXPECT_TRUE(eventually([&] {
    return miner_->snapshot()->devices[0].state == DeviceState::kRacing;
  })) << "costs one card";
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
}

TEST_F(MinerTest, PauseAndResume) {
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  const auto state = [&] { return miner_->snapshot()->devices.at(0).state; };
  ASSERT_TRUE(eventually([&] { return state() == DeviceState::kRacing; }));
  miner_->pause(0);
  miner_->pause(99);  // nobody
  EXPECT_TRUE(eventually([&] { return state() == DeviceState::kPaused; }));
  EXPECT_EQ(miner_->snapshot()->devices.at(0).pause_cause, PauseCause::kUser);
  EXPECT_EQ(cards_[0].resident, 0);
  miner_->resume(0);
  EXPECT_TRUE(eventually([&] { return state() == DeviceState::kRacing; }));
}

TEST_F(MinerTest, ShowsThatItIsEndingWhileItDoes) {
  std::atomic<bool> waits{false};
  cards_[1].script = [&](Call call) -> base::Status {
    if (call == Call::kCollect && waits) eventually([&] { return miner_->snapshot()->ending; });
    return base::Ok{};
  };
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 20; }));
  waits = true;
  ASSERT_TRUE(eventually([&] { return cards_[1].collecting == 1; }));
  EXPECT_FALSE(miner_->snapshot()->ending);
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean) << "the device waited for it, and saw it in time";
}

TEST_F(MinerTest, ADeviceThatIsStillBeingOpenedIsLeft) {
  const auto opens = std::make_shared<std::atomic<bool>>(true);  // lives as long as the worker
  cards_[1].script = [opens](Call call) -> base::Status {
    if (call == Call::kOpen) eventually([&] { return !*opens; });
    return base::Ok{};
  };
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 20 && cards_[1].opens == 1; }));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kClean);
  EXPECT_EQ(miner_->hung_devices(), std::vector<std::string>{"fake:1"}) << "or we wait for it";
  EXPECT_TRUE(sink_.has("left while it was opened"));
  EXPECT_EQ(miner_->snapshot()->shares.pending, found());
  EXPECT_EQ(pool.stored(), found()) << "the other's shares are at the pool";
  *opens = false;
}

TEST_F(MinerTest, ADeviceThatWorkedAndHangsWhenItIsOpenedAgainIsNamed) {
  const auto opens = std::make_shared<std::atomic<bool>>(true);  // lives as long as the worker
  const auto fails = std::make_shared<std::atomic<bool>>(false);
  cards_[1].script = [this, opens, fails](Call call) -> base::Status {
    if (call == Call::kCollect && *fails) return base::device_fault("fell off the bus");
    if (call == Call::kOpen && cards_[1].opens > 1) eventually([&] { return !*opens; });
    return base::Ok{};
  };
  config_.reopen_after = milliseconds(1);
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] {
    return miner_->snapshot()->devices.size() == 2 &&
           miner_->snapshot()->devices[1].state == DeviceState::kRacing;
  }));
  *fails = true;
  ASSERT_TRUE(eventually([&] { return cards_[1].opens == 2; }));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kDeviceHung);
  EXPECT_EQ(miner_->hung_devices(), std::vector<std::string>{"fake:1"});
  *opens = false;
}

TEST_F(MinerTest, DeviceThatHangsIsNamed) {
  const auto hangs = std::make_shared<std::atomic<bool>>(false);  // lives as long as the worker
  cards_[1].script = [hangs](Call call) -> base::Status {
    if (call == Call::kCollect) eventually([&] { return !*hangs; });  // deaf to a cancel
    return base::Ok{};
  };
  TcpPool pool(minutes(10));
  add_pool(pool.url());
  begin();
  ASSERT_TRUE(eventually([&] { return pool.stored() > 20; }));
  *hangs = true;
  ASSERT_TRUE(eventually([&] { return cards_[1].collecting == 1; }));
  miner_->request_stop();
  EXPECT_EQ(ending(), ExitCode::kDeviceHung);
  EXPECT_EQ(miner_->hung_devices(), std::vector<std::string>{"fake:1"});
  *hangs = false;
}

}  // namespace
}  // namespace miner
