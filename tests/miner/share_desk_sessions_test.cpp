#include "tests/miner/share_desk_fixture.h"

// What lost connections, and other pools' sessions, do to shares.
namespace miner {
namespace {

using stratum::Code;

TEST_F(ShareDeskTest, S11_ASessionThatGoesOnIsSentWhatIsNotStoredUnderItsNumber) {
  open();
  for (std::uint64_t nonce = 1; nonce <= 4; ++nonce) find(nonce);
  answer(1);                     // stored
  answer(2, Code::kLate);        // decided
  answer(3, Code::kBusy, 5000);  // to be sent again later
  take_submits();
  lose();
  find(5);
  EXPECT_TRUE(take_submits().empty());
  EXPECT_EQ(desk_.unsent(0), 3u);
  open(0, true);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 3, 3}, {"s-1", 4, 4}, {"s-1", 5, 5}}));
  desk_.tick(ms(60'000));
  EXPECT_TRUE(take_submits().empty()) << "the wait was the old connection's";
}

/// The pool's word on a share names it by its number: one that it has none for it could not void.
TEST_F(ShareDeskTest, ASessionThatDoesNotIsSentWhateverHasNoFate) {
  open();
  for (std::uint64_t nonce = 1; nonce <= 3; ++nonce) find(nonce);
  answer(2);               // stored
  answer(1, Code::kLate);  // decided
  take_submits();
  lose();
  open();
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 2, 1}, {"s-1", 3, 2}}));
  answer(1);
  answer(2);
  desk_.judged({"s-1", 1, {{1, Code::kWrongDigest, "wrong"}}});
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1, .rejected = 1, .stale = 1}));
}

TEST_F(ShareDeskTest, AnotherPoolsSessionDoesNotGetThem) {
  open(0);
  find(1, 1, 0);
  take_submits();
  lose();
  open(1);
  desk_.tick(ms(60'000));
  EXPECT_TRUE(take_submits().empty());
  find(2, 1, 0);  // still in flight on the device when the pool changed
  EXPECT_TRUE(take_submits().empty());
  find(3, 2, 1);
  EXPECT_EQ(take_submits(), (Submits{{"s-2", 3, 1}}));
  lose();
  open(0);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}, {"s-1", 2, 2}}));
}

/// Without a resume a new session counts from 1 again, so that old numbers mean other shares.
TEST_F(ShareDeskTest, AnswersAreOfTheSessionTheyComeIn) {
  open();
  find(1);
  find(2);
  answer(2);  // nonce 2 is stored as seq 2 of the first session
  answer(1, Code::kLate);
  lose();
  open();  // nonce 2 is seq 1 of the second
  answer(2, Code::kDuplicate);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1, .stale = 1}));
  answer(1);
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1, .stale = 1}));
}

TEST_F(ShareDeskTest, VerdictsAreOfTheSessionTheyComeIn) {
  open();
  find(1);
  find(2);
  answer(1, Code::kLate);
  answer(2);
  lose();
  open();
  find(3);  // seq 2 of the second session
  answer(1);
  answer(2);
  desk_.judged({"s-1", 1, {{2, Code::kWrongDigest, "wrong"}}});
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1, .rejected = 1, .stale = 1}));
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1, .rejected = 1, .stale = 1}));
}

/// A seq of an earlier session would name another share in this one.
TEST_F(ShareDeskTest, NeverWithdrawsByAnOldNumber) {
  open();
  find(1);
  find(2);
  answer(1, Code::kLate);
  answer(2);
  lose();
  open();   // nonce 2 is seq 1
  find(3);  // and nonce 3 is 2
  answer(2);
  recheck(1, false);  // of nonce 2
  EXPECT_EQ(take_withdrawals(), (Withdrawals{{"s-1", 1}}));
  EXPECT_EQ(ports_.wrong.size(), 1u);
}

/// The pool must hear of a wrong share that it stored, even if the connection was lost since.
TEST_F(ShareDeskTest, WrongShareOfAnEarlierSessionIsWithdrawnInThisOne) {
  open();
  find(1);
  answer(1);
  lose();
  open();
  EXPECT_EQ(take_submits().size(), 2u) << "sent again, it has a number of this session";
  recheck(0, false);
  EXPECT_TRUE(take_submits().empty());
  EXPECT_EQ(take_withdrawals(), (Withdrawals{{"s-1", 1}}));
  EXPECT_EQ(desk_.counts(), (ShareCounts{.withdrawn = 1}));
}

TEST_F(ShareDeskTest, WrongWhileDisconnectedIsWithdrawnInTheSessionThatGoesOn) {
  open();
  find(1);
  find(2);
  answer(1);
  lose();
  recheck(0, false);
  recheck(1, false);
  take_submits();
  open(0, true);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 2, 2}})) << "the other one is stored under its number";
  EXPECT_EQ(take_withdrawals(), (Withdrawals{{"s-1", 1}, {"s-1", 2}}));
  EXPECT_EQ(desk_.counts(), (ShareCounts{.withdrawn = 2}));
}

TEST_F(ShareDeskTest, WrongWhileDisconnectedIsWithdrawnInTheNextSession) {
  open();
  find(1);
  find(2);
  answer(1);
  lose();
  recheck(0, false);
  recheck(1, false);
  EXPECT_TRUE(take_withdrawals().empty());
  EXPECT_EQ(ports_.wrong.size(), 2u);
  take_submits();
  open();
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}, {"s-1", 2, 2}}));
  EXPECT_EQ(take_withdrawals(), (Withdrawals{{"s-1", 1}, {"s-1", 2}}));
  EXPECT_EQ(desk_.counts(), (ShareCounts{.withdrawn = 2}));
}

/// Two pools may call their sprints the same.
TEST_F(ShareDeskTest, SameSprintIdAtTwoPools) {
  const auto find_at = [&](SprintKey key, std::size_t pool, std::uint64_t nonce) {
    Race race = *make_race(key);
    race.sprint = "s-1";
    desk_.found(0, {std::make_shared<const Race>(race), tests::make_lease(5, 0, 0), {nonce, {}}},
                pool, ms(0));
    ++offered_;
    check();
  };
  open(0);
  find_at(1, 0, 10);
  answer(1);
  lose();
  open(1);
  find_at(2, 1, 20);
  EXPECT_EQ(ports_.submits.back(), (FakeDeskPorts::Submit{"s-1", 20, 1}));
  answer(1, Code::kLate);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1, .stale = 1}));
  find_at(2, 1, 21);
  answer(2);
  credit(5);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1, .accepted = 1, .stale = 1}))
      << "pool 1's result says nothing of pool 0's sprint";
  find_at(2, 1, 22);
  desk_.cancelled("s-1");
  EXPECT_EQ(desk_.counts().pending, 1u);
  lose();
  open(0);
  answer(1);
  credit(7);
  EXPECT_EQ(desk_.counts().pending, 0u);
  EXPECT_EQ(desk_.counts().accepted, 2u);
  EXPECT_EQ(desk_.credit(), 12u);
}

TEST_F(ShareDeskTest, NewsOfUnknownSprintsAndSeqsAreIgnored) {
  open();
  find(1);
  answer(99);
  answer(99, Code::kLate);
  answer(0, Code::kLate);
  answer(1, Code::kLate, 0, 55);
  desk_.judged({"s-55", 1, {{1, Code::kWrongDigest, ""}}});
  desk_.cancelled("s-55");
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1}));
}

TEST_F(ShareDeskTest, ResultOfASprintWithoutSharesIsCreditAllTheSame) {
  open();
  credit(0, 9);
  EXPECT_EQ(desk_.credit(), 0u);
  EXPECT_EQ(desk_.counts(), ShareCounts{});
}

}  // namespace
}  // namespace miner
