#include "tests/miner/coordinator_fixture.h"

// How sprints end, and what connections do to them.
namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using stratum::Code;

TEST_F(CoordinatorTest, StopsAfterSoManySprints) {
  make(2);
  connect();
  EXPECT_FALSE(coordinator_->all_sprints_done());
  race("s-1");
  find(0, 1);
  finish("s-1");
  EXPECT_FALSE(coordinator_->all_sprints_done());
  race("s-2", 2);
  EXPECT_FALSE(coordinator_->all_sprints_done()) << "not decided yet";
  announce("s-3", 3);
  EXPECT_TRUE(assigned_[0].upcoming.empty()) << "one too many";
  finish("s-2");
  EXPECT_TRUE(coordinator_->all_sprints_done());
  EXPECT_EQ(snapshot().sprints, 2u);
}

TEST_F(CoordinatorTest, SprintAnnouncedEarlyIsNotRacedBeyondTheNumber) {
  make(1);
  connect();
  const auto a = announce("s-a");
  const auto b = announce("s-b", 2);
  prepare(0);
  start(a);
  ASSERT_NE(assigned_[0].race, nullptr);
  finish("s-a");
  EXPECT_TRUE(coordinator_->all_sprints_done());
  start(b);
  EXPECT_EQ(assigned_[0].race, nullptr);
  EXPECT_EQ(snapshot().sprints, 1u);
}

TEST_F(CoordinatorTest, WithoutANumberItGoesOn) {
  make(0);
  connect();
  for (int i = 1; i <= 12; ++i) {
    race("s-" + std::to_string(i), static_cast<std::uint8_t>(i));
    finish("s-" + std::to_string(i));
    EXPECT_FALSE(coordinator_->all_sprints_done());
  }
  const Snapshot s = snapshot();
  EXPECT_EQ(s.sprints, 12u);
  ASSERT_EQ(s.last_sprints.size(), 10u) << "the last ten";
  EXPECT_EQ(s.last_sprints.front().id, "s-3");
  EXPECT_EQ(s.last_sprints.back().id, "s-12");
}

TEST_F(CoordinatorTest, CancelledSprintIsVoid) {
  make(1);
  connect();
  race("s-1");
  find(0, 1);
  const auto raced = assigned_[0].race;
  const auto lease = assigned_[0].leases[0];
  server_->cancel("s-1", "beacon lost");
  pump();
  EXPECT_EQ(assigned_[0], Assignment());
  EXPECT_EQ(snapshot().shares, (ShareCounts{.rejected = 1}));
  EXPECT_TRUE(coordinator_->all_sprints_done());
  ASSERT_EQ(snapshot().last_sprints.size(), 1u);
  EXPECT_EQ(snapshot().last_sprints[0].credit, std::nullopt);
  EXPECT_TRUE(sink_.has("beacon lost"));
  find_in(0, raced, lease, 2);  // it was on its way
  EXPECT_EQ(snapshot().shares, (ShareCounts{.rejected = 1, .stale = 1})) << "it has a fate too";
}

TEST_F(CoordinatorTest, SprintCancelledBeforeItsStartIsForgotten) {
  make(1);
  connect();
  announce("s-1");
  server_->cancel("s-1", "no beacon");
  pump();
  EXPECT_EQ(assigned_[0], Assignment());
  EXPECT_FALSE(coordinator_->all_sprints_done());
  EXPECT_EQ(snapshot().sprints, 0u);
  race("s-2", 2);
  finish("s-2");
  EXPECT_TRUE(coordinator_->all_sprints_done());
}

TEST_F(CoordinatorTest, WithoutAResultSharesAreLost) {
  make(1);
  connect();
  race("s-1");  // ends 20 s from now
  find(0, 1);
  clock_.advance(seconds(20));
  server_->end("s-1", 1);
  pump();
  coordinator_->tick(clock_.now());
  EXPECT_EQ(snapshot().shares, (ShareCounts{.pending = 1}));
  EXPECT_FALSE(coordinator_->all_sprints_done());
  clock_.advance(minutes(11));
  coordinator_->tick(clock_.now());
  EXPECT_EQ(snapshot().shares, (ShareCounts{.lost = 1}));
  EXPECT_TRUE(coordinator_->all_sprints_done());
  EXPECT_EQ(snapshot().last_sprints[0].credit, std::nullopt);
}

TEST_F(CoordinatorTest, ResultIsCountedOnce) {
  make();
  connect();
  race("s-1");
  find(0, 1);
  finish("s-1");
  server_->result(pool_.result("s-1"));
  pump();
  EXPECT_EQ(snapshot().credit, 1u);
  EXPECT_EQ(snapshot().sprints, 1u);
}

TEST_F(CoordinatorTest, BackToBackSprints) {
  make(2);
  connect();
  const auto a = announce("s-a");
  const auto b = announce("s-b", 2);
  prepare(0);
  start(a);
  find(0, 1);
  prepare(0);  // b's weights, in mid-race
  const auto old_race = assigned_[0].race;
  const auto old_lease = assigned_[0].leases[0];
  server_->end("s-a", 1);
  server_->start(tests::make_start(b));
  pump();
  ASSERT_NE(assigned_[0].race, nullptr);
  EXPECT_EQ(assigned_[0].race->sprint, "s-b");
  find_in(0, old_race, old_lease, 2);  // of a, found at its last moment
  find(0, 1);
  EXPECT_EQ(pool_.stored("s-a"), 2u);
  EXPECT_EQ(pool_.stored("s-b"), 1u);
  server_->result(pool_.result("s-a"));
  pump();
  ASSERT_NE(assigned_[0].race, nullptr) << "a's result does not disturb b";
  finish("s-b");
  EXPECT_EQ(snapshot().shares, (ShareCounts{.accepted = 3}));
  EXPECT_TRUE(coordinator_->all_sprints_done());
}

TEST_F(CoordinatorTest, StartThatDoesNotMatchIsNotRaced) {
  make();
  connect();
  const auto announcement = announce("s-1");
  prepare(0);
  auto notice = tests::make_start(announcement);
  notice.start_seed = tests::bytes_of(0xcc);
  server_->start(notice);
  pump();
  EXPECT_EQ(assigned_[0], Assignment());
  EXPECT_TRUE(sink_.has("s-1"));
  race("s-2", 2);
  EXPECT_NE(assigned_[0].race, nullptr);
}

TEST_F(CoordinatorTest, ReconnectGoesOnWithLeasesAndSharesAsTheyWere) {
  make();
  connect();
  const auto announcement = race("s-1");
  find(0, 1);
  const Assignment before = assigned_[0];
  disconnect();
  EXPECT_FALSE(coordinator_->logged_in());
  EXPECT_EQ(assigned_[0], before) << "the device works on";
  find(0, 2);
  EXPECT_EQ(coordinator_->unsent(), 1u);
  connect();
  EXPECT_EQ(pool_.stored("s-1"), 2u);
  EXPECT_EQ(pool_.repeats, 1u) << "the session is a new one: it is told of what was stored";
  server_->announce(announcement);
  server_->start(tests::make_start(announcement));
  pump();
  EXPECT_EQ(assigned_[0], before);
  EXPECT_EQ(pool_.readies.size(), 2u) << "no new leases";
  finish("s-1");
  EXPECT_EQ(snapshot().shares, (ShareCounts{.accepted = 2}));
  EXPECT_EQ(snapshot().sprints, 1u);
}

TEST_F(CoordinatorTest, UnansweredSharesAreSentAgain) {
  make();
  connect();
  race("s-1");
  const auto answers = pool_.submits.size();
  backends::Candidate candidate{assigned_[0].leases[0].base, {}};
  candidate.digest = tests::fake_digest(poc::input_key(assigned_[0].race->spec, candidate.nonce));
  std::vector<Mail> all;
  all.push_back({0, WorkerEvent(CandidateFound{assigned_[0].race, assigned_[0].leases[0], candidate,
                                               clock_.now()})});
  coordinator_->take_mail(std::move(all), clock_.now());  // written, and lost on the way
  ++found_;
  disconnect();
  EXPECT_EQ(pool_.submits.size(), answers);
  EXPECT_EQ(coordinator_->unsent(), 1u);
  connect();
  EXPECT_EQ(pool_.stored("s-1"), 1u);
  EXPECT_EQ(coordinator_->unsent(), 0u);
}

TEST_F(CoordinatorTest, EndThatIsMissedInALossComesByTime) {
  make(1);
  connect();
  race("s-1");
  find(0, 1);
  disconnect();
  clock_.advance(seconds(40));
  coordinator_->tick(clock_.now());
  EXPECT_EQ(assigned_[0].race, nullptr);
  clock_.advance(minutes(5));
  coordinator_->tick(clock_.now());
  EXPECT_EQ(snapshot().shares, (ShareCounts{.lost = 1}));
  EXPECT_TRUE(coordinator_->all_sprints_done());
}

TEST_F(CoordinatorTest, AnotherPoolStartsAfresh) {
  make();
  connect(0);
  const auto announcement = race("s-1");
  find(0, 1);
  const auto old_race = assigned_[0].race;
  const auto old_lease = assigned_[0].leases[0];
  disconnect();
  tests::ScriptedPool first = std::exchange(pool_, {});
  pool_.name = "other";
  connect(1);
  EXPECT_EQ(assigned_[0], Assignment());
  find_in(0, old_race, old_lease, 2);
  EXPECT_TRUE(pool_.submits.empty()) << "they are not this pool's";
  race("s-1", 9);  // the same name by chance
  find(0, 1);
  EXPECT_EQ(pool_.stored("s-1"), 1u);
  finish("s-1");
  EXPECT_EQ(snapshot().shares, (ShareCounts{.pending = 2, .accepted = 1}));
  disconnect();
  std::swap(first, pool_);
  connect(0);
  EXPECT_EQ(pool_.stored("s-1"), 2u) << "back at the first, the rest is sent";
  server_->announce(announcement);
  server_->start(tests::make_start(announcement));
  server_->result(pool_.result("s-1"));
  pump();
  EXPECT_EQ(snapshot().shares, (ShareCounts{.accepted = 3}));
}

TEST_F(CoordinatorTest, SharesOfAPoolThatIsGoneAreLostInTheEnd) {
  make();
  connect(0);
  race("s-1");
  find(0, 1);
  disconnect();
  pool_.name = "other";
  connect(1);
  clock_.advance(minutes(5));
  coordinator_->tick(clock_.now());
  EXPECT_EQ(snapshot().shares, (ShareCounts{.lost = 1}));
}

TEST_F(CoordinatorTest, SprintsHaveNumbers) {
  make();
  connect();
  EXPECT_EQ(snapshot().sprint.number, 0u);
  const auto first = announce("s-1");
  EXPECT_EQ(snapshot().sprint.number, 1u) << "it will be the first";
  prepare(0);
  start(first);
  EXPECT_EQ(snapshot().sprint.number, 1u);
  disconnect();
  connect();
  server_->announce(first);
  start(first);
  EXPECT_EQ(snapshot().sprint.number, 1u) << "the same, told again";
  finish("s-1");
  race("s-2", 2);
  EXPECT_EQ(snapshot().sprint.number, 2u);
}

TEST_F(CoordinatorTest, SprintThatEndedIsShownUntilItsResult) {
  make();
  connect();
  race("s-1");
  clock_.advance(seconds(20));
  server_->end("s-1", 0);
  pump();
  const SprintSnapshot ended = snapshot().sprint;
  EXPECT_EQ(ended.phase, SprintPhase::kEnded);
  EXPECT_EQ(ended.id, "s-1");
  EXPECT_EQ(ended.number, 1u);
  EXPECT_EQ(ended.left, seconds(0));
  EXPECT_EQ(ended.length, seconds(10));
  announce("s-2", 2);
  EXPECT_EQ(snapshot().sprint.phase, SprintPhase::kAnnounced) << "the next is news";
  EXPECT_EQ(snapshot().sprint.number, 2u);
  server_->cancel("s-2", "no beacon");
  pump();
  EXPECT_EQ(snapshot().sprint.phase, SprintPhase::kEnded);
  finish("s-1");
  EXPECT_EQ(snapshot().sprint.phase, SprintPhase::kNone);
}

TEST_F(CoordinatorTest, MarginCountsToTheEndThatThePoolKnows) {
  make();
  connect();
  race("s-1");  // ends 20 s from now
  board_.add_work(0, assigned_[0].race->key, 10, 1, clock_.now() + seconds(18));
  EXPECT_LT(assigned_[0].race->t_end, clock_.now() + seconds(20))
      << "shares need time to get there";
  EXPECT_FALSE(snapshot().devices[0].margin);
  clock_.advance(seconds(20));
  coordinator_->tick(clock_.now());
  EXPECT_EQ(snapshot().devices[0].margin, seconds(2));
  EXPECT_FALSE(snapshot().devices[1].margin);
}

TEST_F(CoordinatorTest, ResultBeforeTheEndOnOurClockSetsTheMargin) {
  make();
  connect();
  race("s-1");
  board_.add_work(0, assigned_[0].race->key, 10, 1, clock_.now() + seconds(18));
  finish("s-1");
  EXPECT_EQ(snapshot().devices[0].margin, seconds(2));
}

TEST_F(CoordinatorTest, SprintThatWasLeftOrCancelledHasNoMargin) {
  make();
  connect(0);
  race("s-1");
  board_.add_work(0, assigned_[0].race->key, 10, 1, clock_.now());
  disconnect();
  pool_.name = "other";
  connect(1);
  clock_.advance(seconds(21));
  coordinator_->tick(clock_.now());
  EXPECT_FALSE(snapshot().devices[0].margin);
  EXPECT_EQ(snapshot().sprint.phase, SprintPhase::kNone) << "another pool's";
  race("o-1", 2);
  board_.add_work(0, assigned_[0].race->key, 10, 1, clock_.now());
  server_->cancel("o-1", "no beacon");
  pump();
  EXPECT_FALSE(snapshot().devices[0].margin);
}

}  // namespace
}  // namespace miner
