#include "tests/miner/sprint_ledger_fixture.h"

// Which cause has which time.
namespace miner {
namespace {

using std::chrono::seconds;

TEST_F(SprintLedgerTest, WhatIsWhollyRacedIsNoLoss) {
  open();
  announce();
  ready(5);
  start();
  finish();
  expect({});
  EXPECT_EQ(ledger_->totals().sprints, 0U);
  EXPECT_FALSE(ledger_->totals().last);
  EXPECT_TRUE(ledger_->open().empty());
}

TEST_F(SprintLedgerTest, WeightsThatWereNotReadyAtT0) {
  open();
  announce();
  start();
  ready(26);
  finish();
  expect({{LossCause::kWeights, 6}});
  EXPECT_EQ(lost_->id, "s-1");
  EXPECT_EQ(ledger_->totals().sprints, 1U);
  EXPECT_EQ(ledger_->totals().last->id, "s-1");
}

TEST_F(SprintLedgerTest, WeightsThatAreNeverReady) {
  open();
  announce();
  start();
  finish();
  expect({{LossCause::kWeights, 20}});
}

TEST_F(SprintLedgerTest, AnAnnouncementIsLateByWhatItLacksOfTenSeconds) {
  open();
  announce(16);
  start();
  ready(23);
  finish();
  expect({{LossCause::kLateAnnouncement, 3}});
}

TEST_F(SprintLedgerTest, WhatALateAnnouncementDoesNotExplainAreTheWeights) {
  open();
  announce(16);
  start();
  ready(29);
  finish();
  expect({{LossCause::kLateAnnouncement, 6}, {LossCause::kWeights, 3}});
}

TEST_F(SprintLedgerTest, ALateAnnouncementCostsNothingWhereWeightsAreQuick) {
  open();
  announce(19);
  ready(19.5);
  start();
  finish();
  expect({});
}

TEST_F(SprintLedgerTest, AnAnnouncementIsOnItsWayForAMoment) {
  open();
  announce(10.4);
  start();
  ready(22);
  finish();
  expect({{LossCause::kWeights, 2}});
}

TEST_F(SprintLedgerTest, AnnouncedInMidRace) {
  open();
  announce(25);
  start(25);
  ready(27);
  finish();
  expect({{LossCause::kLateAnnouncement, 7}});
}

TEST_F(SprintLedgerTest, WhoeverWasNotThereWhenItWasAnnouncedLostItToTheNetwork) {
  open();
  ledger_->session_lost(s(5));
  ledger_->logged_in(s(24));
  announce(25);
  start(25);
  ready(27);
  finish();
  expect({{LossCause::kNetwork, 7}});
}

TEST_F(SprintLedgerTest, ALoginThatIsLateByLessThanTheAnnouncement) {
  open();
  ledger_->session_lost(s(5));
  ledger_->logged_in(s(12));  // 2 s after it could have been announced
  announce(15);               // and it took 3 s more
  start();
  ready(30);
  finish();
  expect({{LossCause::kNetwork, 2}, {LossCause::kLateAnnouncement, 3}, {LossCause::kWeights, 5}});
}

TEST_F(SprintLedgerTest, ARunThatBeginsInMidSprintMissedNothingBefore) {
  ledger_.emplace(1);
  ledger_->device_up(0, s(22));
  ledger_->logged_in(s(24));  // 14 s after it could have been announced
  announce(25);               // and it took 1 s more
  start(25);
  ready(36);
  finish();
  expect({{LossCause::kLateAnnouncement, 1}, {LossCause::kWeights, 1}}, 6);
}

TEST_F(SprintLedgerTest, ALaterLoginOfThatRunIsLateForWantOfANetwork) {
  ledger_.emplace(1);
  ledger_->device_up(0, s(2));
  ledger_->logged_in(s(3));
  ledger_->session_lost(s(5));
  ledger_->logged_in(s(24));
  announce(25);
  start(25);
  ready(27);
  finish();
  expect({{LossCause::kNetwork, 7}});
}

TEST_F(SprintLedgerTest, AStartThatIsToldLateForWantOfASession) {
  open();
  announce();
  ready(5);
  ledger_->session_lost(s(10));
  ledger_->logged_in(s(30));
  start(30.5);
  finish();
  expect({{LossCause::kNetwork, 10}, {LossCause::kPool, 0.5}});
}

TEST_F(SprintLedgerTest, AStartThatThePoolKeepsToItself) {
  open();
  announce();
  ready(5);
  start(31);
  finish();
  expect({{LossCause::kPool, 11}});
}

TEST_F(SprintLedgerTest, WithoutALeaseThePoolIsWaitedFor) {
  open();
  announce();
  ledger_->prepared(kKey, 0, s(5));
  start();
  ledger_->leased(kKey, 0, kLease, s(24));
  finish();
  expect({{LossCause::kPool, 4}});
}

TEST_F(SprintLedgerTest, WithoutALeaseAndASessionTheNetwork) {
  open();
  announce();
  ledger_->session_lost(s(4));
  ledger_->prepared(kKey, 0, s(5));
  start();
  ledger_->logged_in(s(25));
  ledger_->leased(kKey, 0, kLease, s(26));
  finish();
  expect({{LossCause::kNetwork, 5}, {LossCause::kPool, 1}});
}

TEST_F(SprintLedgerTest, ALeaseThatIsClosedIsNoLease) {
  open();
  announce();
  ready(5);
  start();
  worked(30);
  ledger_->leased(kKey, 0, std::nullopt, s(30));
  finish();
  expect({{LossCause::kPool, 10}});
}

TEST_F(SprintLedgerTest, LeasesThatAreUsedUp) {
  open();
  announce();
  ready(5);
  start();
  ledger_->used_up(kKey, 0, kLease, s(30));
  worked(30);
  ledger_->leased(kKey, 0, kLease + 1, s(33));
  ledger_->used_up(kKey, 0, kLease, s(34));  // told before the new one was known
  finish();
  expect({{LossCause::kPool, 3}});
}

TEST_F(SprintLedgerTest, ADeviceRacesOnWithoutASession) {
  open();
  announce();
  ready(5);
  start();
  ledger_->session_lost(s(22));
  finish();
  expect({});
}

TEST_F(SprintLedgerTest, ADeviceThatFailsIsMissingUntilItsWeightsAreMadeAgain) {
  open();
  announce();
  ready(5);
  start();
  worked(25);
  ledger_->device_down(0, s(25));
  ledger_->device_up(0, s(28));
  ledger_->prepared(kKey, 0, s(30));
  finish();
  expect({{LossCause::kDevice, 5}});
}

TEST_F(SprintLedgerTest, WhatADeviceHungBeforeItFailedIsLostTooThoughItComesBack) {
  open();
  announce();
  ready(5);
  start();
  worked(23);
  ledger_->device_down(0, s(25));
  ledger_->device_up(0, s(28));
  ledger_->prepared(kKey, 0, s(30));
  worked(36);
  finish();
  expect({{LossCause::kDevice, 7}});
}

TEST_F(SprintLedgerTest, ADeviceThatFailsAtSomethingElseRacedBefore) {
  open();
  announce();
  ready(5);
  start();
  worked(25);
  ledger_->paused(0, PauseCause::kUser, s(27));
  ledger_->device_down(0, s(28));  // and it had no result of its last range
  ledger_->tick(s(40));
  lost_ = ledger_->close(kKey, s(41));
  expect({});
  open();
  announce();
  ready(5);
  start();
  worked(38);
  ledger_->device_down(0, s(41));  // after the race
  lost_ = ledger_->close(kKey, s(42));
  expect({});
}

TEST_F(SprintLedgerTest, OneThatFailedBeforeTheAnnouncementIsNoMatterOfWeights) {
  open();
  ledger_->device_down(0, s(0));
  announce(1);
  ledger_->device_up(0, s(19));
  start();
  ready(24);
  finish();
  expect({{LossCause::kDevice, 4}});
}

TEST_F(SprintLedgerTest, ADeviceOfAnotherProfilesRateHasNoPrice) {
  open();
  ledger_->announced(kKey, "s-1", "large", s(20), s(40), s(0));
  ledger_->sits_out(kKey, 0, s(3));
  start();
  finish();
  expect({{LossCause::kDevice, 20}});
  EXPECT_EQ(sum_of(lost_->by_cause).priced, base::Micros(0));
  EXPECT_FALSE(sum_of(lost_->by_cause).estimate()) << "not 0";
}

TEST_F(SprintLedgerTest, APauseForAFaultIsTheDevices) {
  open();
  announce();
  ready(5);
  start();
  worked(30);
  ledger_->paused(0, PauseCause::kWrongDigests, s(30));
  finish();
  expect({{LossCause::kDevice, 10}});
}

TEST_F(SprintLedgerTest, APauseOfTheUserIsNobodysLoss) {
  open();
  announce();
  start();
  ledger_->paused(0, PauseCause::kUser, s(22));
  ledger_->paused(0, std::nullopt, s(30));
  ready(31);
  finish();
  expect({{LossCause::kWeights, 3}}, 12);
}

TEST_F(SprintLedgerTest, ADeviceThatIsStillBeingOpenedIsNotMissing) {
  ledger_.emplace(1);
  ledger_->logged_in(s(0));
  announce();
  start();
  ledger_->device_up(0, s(27));
  ready(29);
  finish();
  expect({{LossCause::kWeights, 2}}, 13);
}

TEST_F(SprintLedgerTest, ADeviceWithoutAResultForLongHungSinceItsLast) {
  open();
  announce();
  ready(5);
  start();
  worked(28);
  ledger_->tick(s(40));
  lost_ = ledger_->close(kKey, s(41));
  expect({{LossCause::kDevice, 12}});
}

TEST_F(SprintLedgerTest, OneThatWasSilentForAWhileAndCameBackRaced) {
  open();
  announce();
  ready(5);
  start();
  worked(21);
  worked(36);
  ledger_->tick(s(40));
  lost_ = ledger_->close(kKey, s(41));
  expect({});
}

TEST_F(SprintLedgerTest, ACancelledSprintIsLostWhole) {
  open();
  announce();
  lost_ = ledger_->close_void(kKey, LossCause::kPool, s(3));
  expect({{LossCause::kPool, 20}});
}

TEST_F(SprintLedgerTest, CancelledInMidRaceWithWhatWasLostBefore) {
  open();
  announce();
  start();
  ready(26);
  worked(30);
  lost_ = ledger_->close_void(kKey, LossCause::kPool, s(30));
  expect({{LossCause::kWeights, 6}, {LossCause::kPool, 14}});
}

TEST_F(SprintLedgerTest, AResultThatNeverCameAndComesAfterAll) {
  open();
  announce();
  start();
  ready(26);
  worked(40);
  lost_ = ledger_->close_void(kKey, LossCause::kNetwork, s(70));
  expect({{LossCause::kWeights, 6}, {LossCause::kNetwork, 14}});
  ledger_->take_back("s-1");
  ledger_->take_back("s-1");
  EXPECT_EQ(ledger_->totals().sprints, 1U);
  EXPECT_EQ(sum_of(ledger_->totals().by_cause).time, seconds(6));
  EXPECT_EQ(sum_of(ledger_->totals().last->by_cause).time, seconds(6));
}

TEST_F(SprintLedgerTest, TakenBackWhole) {
  open();
  announce();
  ready(5);
  start();
  worked(40);
  lost_ = ledger_->close_void(kKey, LossCause::kPool, s(70));
  expect({{LossCause::kPool, 20}});
  ledger_->take_back("s-1");
  EXPECT_EQ(ledger_->totals().sprints, 0U);
  EXPECT_EQ(sum_of(ledger_->totals().by_cause), Loss{});
  EXPECT_FALSE(ledger_->totals().last);
}

TEST_F(SprintLedgerTest, AStartThatIsHeldBackCostsNothing) {
  open();
  announce();
  ready(34);
  start(35, kKey, 35);
  finish(55);
  expect({});
}

TEST_F(SprintLedgerTest, AStartThatComesEarlyIsALateAnnouncement) {
  open();
  announce();
  start(8, kKey, 8);
  ready(11);
  finish(28);
  expect({{LossCause::kLateAnnouncement, 2}, {LossCause::kWeights, 1}});
}

TEST_F(SprintLedgerTest, ASprintThatNeverStarted) {
  open();
  announce();
  ready(5);
  ledger_->session_lost(s(10));
  finish(130);
  expect({{LossCause::kNetwork, 20}});
  open();
  announce();
  ready(5);
  finish(130);
  expect({{LossCause::kPool, 20}});
}

TEST_F(SprintLedgerTest, ASprintThatWasLeftForAnotherPoolsLosesNothingMore) {
  open();
  announce();
  start();
  ready(22);
  worked(30);
  ledger_->ended(kKey, s(30));
  finish(60);
  expect({{LossCause::kWeights, 2}}, 10);
}

TEST_F(SprintLedgerTest, TheRestOfASprintThatThePoolForgotIsThePools) {
  open(3);
  announce();
  ready(5);
  ready(5, 1);  // the third makes weights until it is told to leave that
  start();
  worked(24, 0);
  worked(24, 1);
  ledger_->forgotten(kKey, s(24));
  ledger_->forgotten(kKey, s(25));
  ledger_->device_down(1, s(34));
  ledger_->tick(s(50));
  lost_ = ledger_->close(kKey, s(50));
  expect({{LossCause::kWeights, 4}, {LossCause::kPool, 16 + 10 + 16}, {LossCause::kDevice, 6}}, 60);
}

TEST_F(SprintLedgerTest, WhatWasRacedOfAForgottenSprintIsVoidIfNoResultComes) {
  open();
  announce();
  ready(5);
  start();
  worked(24);
  ledger_->forgotten(kKey, s(24));
  ledger_->tick(s(50));
  lost_ = ledger_->close_void(kKey, LossCause::kPool, s(50));
  expect({{LossCause::kPool, 20}});
}

TEST_F(SprintLedgerTest, AnotherSprintInPlaceOfAForgottenOneIsMissedInstead) {
  open();
  announce();
  ready(5);
  start();
  worked(22);
  ledger_->forgotten(kKey, s(22));
  announce(22, 2, 32);
  ledger_->prepared(2, 0, s(23));
  start(32, 2, 32);
  ledger_->leased(2, 0, kLease, s(35));
  ledger_->tick(s(40));
  lost_ = ledger_->close(1, s(40));
  expect({{LossCause::kPool, 13}}, 15);  // until the device raced elsewhere
  ledger_->tick(s(52));
  ledger_->worked(2, 0, s(52));
  lost_ = ledger_->close(2, s(52));
  expect({{LossCause::kPool, 3}});
}

TEST_F(SprintLedgerTest, OneWhoRacesElsewhereIsNotMissing) {
  open();
  announce(0, 1, 20);
  announce(0, 2, 30);  // the last 10 s of one are the first 10 s of the other
  ready(5, 0, 1);
  start(20, 1, 20);
  start(30, 2, 30);
  worked(40);
  EXPECT_FALSE(ledger_->close(1, s(40)));
  ready(42, 0, 2);
  ledger_->tick(s(50));
  ledger_->worked(2, 0, s(50));
  lost_ = ledger_->close(2, s(50));
  expect({{LossCause::kWeights, 2}}, 10);
}

TEST_F(SprintLedgerTest, AnotherPoolsSprintIsNotMissedWhileOursIsRaced) {
  open();
  announce();
  ready(5);
  start();
  worked(30);
  ledger_->ended(kKey, s(30));
  ledger_->logged_in(s(30));
  ledger_->announced(2, "s-2", "nano", s(15), s(35), s(30));
  ledger_->started(2, s(15), s(35), s(30));
  ready(31, 0, 2);
  ledger_->tick(s(35));
  ledger_->worked(2, 0, s(35));
  lost_ = ledger_->close(2, s(35));
  expect({{LossCause::kNetwork, 1}}, 5);
}

TEST_F(SprintLedgerTest, AQuarterOfASecondIsNothing) {
  open();
  announce();
  ready(5);
  start(20.25);
  finish();
  expect({});
  open();
  announce();
  ready(5);
  start(20.3);
  finish();
  expect({{LossCause::kPool, 0.3}});
}

TEST_F(SprintLedgerTest, DevicesAddUpEachAtItsRate) {
  open(3);
  ledger_->rate(1, "nano", 500);
  announce();
  start();
  ready(20, 2);
  ready(24, 0);
  ready(30, 1);
  ledger_->tick(s(40));
  for (std::uint32_t i = 0; i < 3; ++i) ledger_->worked(kKey, i, s(40));
  lost_ = ledger_->close(kKey, s(40));
  ASSERT_TRUE(lost_);
  const Loss all = sum_of(lost_->by_cause);
  EXPECT_EQ(all.time, seconds(14));
  EXPECT_EQ(lost_->of, seconds(60));
  EXPECT_DOUBLE_EQ(all.nonces, 4 * 1000 + 10 * 500);
  EXPECT_EQ(all.estimate(), 9000U);
}

TEST_F(SprintLedgerTest, StrangersAndRepetitionsAreNoNews) {
  open();
  announce();
  ready(5);
  start();
  announce(25, kKey, 25);  // told again after a reconnect
  start(25, kKey, 20.1);
  ledger_->prepared(99, 0, s(25));
  ledger_->worked(99, 0, s(25));
  ledger_->ended(99, s(25));
  EXPECT_FALSE(ledger_->close(99, s(25)));
  EXPECT_FALSE(ledger_->close_void(99, LossCause::kPool, s(25)));
  ledger_->take_back("nobody");
  finish();
  expect({});
}

}  // namespace
}  // namespace miner
