#include "miner/share_desk.h"

#include "tests/miner/share_desk_fixture.h"

// Each way in the diagram of share_desk.h.
namespace miner {
namespace {

using stratum::Code;

TEST_F(ShareDeskTest, FoundSentStoredAccepted) {
  open();
  find(7);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 7, 1}}));
  EXPECT_EQ(ports_.claims[0].lease, 5u);
  EXPECT_EQ(ports_.claims[0].digest, tests::bytes_of(7));
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1}));
  EXPECT_EQ(desk_.unsent(0), 1u);
  answer(1);
  EXPECT_EQ(desk_.unsent(0), 0u) << "stored at the pool";
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1})) << "pending until the result";
  credit(900);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1}));
  EXPECT_EQ(desk_.credit(), 900u);
  EXPECT_TRUE(take_submits().empty());
}

TEST_F(ShareDeskTest, CreditAddsUpOverSprints) {
  open();
  find(1, 1);
  find(1, 2);
  answer(1, {}, 0, 1);
  answer(1, {}, 0, 2);
  credit(30, 1);
  credit(12, 2);
  EXPECT_EQ(desk_.credit(), 42u);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 2}));
}

TEST_F(ShareDeskTest, WaitsForASession) {
  find(1);
  find(2);
  EXPECT_TRUE(take_submits().empty());
  EXPECT_EQ(desk_.unsent(0), 2u);
  open();
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}, {"s-1", 2, 2}}));
}

TEST_F(ShareDeskTest, TicketAboveTargetIsAHardwareError) {
  open();
  const stratum::Lease hard = tests::make_lease(1, 1, 0, poc::kMaxDifficulty);
  desk_.found(1, {make_race(1), hard, {7, tests::bytes_of(7)}}, 0, ms(0));
  EXPECT_EQ(desk_.counts(), (ShareCounts{.hardware_error = 1}));
  EXPECT_TRUE(take_submits().empty());
  EXPECT_EQ(ports_.wrong, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(desk_.unsent(0), 0u);
}

TEST_F(ShareDeskTest, WrongBeforeItIsSentIsAHardwareError) {
  find(7);
  recheck(0, false);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.hardware_error = 1}));
  EXPECT_EQ(ports_.wrong, (std::vector<std::uint32_t>{0}));
  open();
  EXPECT_TRUE(take_submits().empty());
  EXPECT_TRUE(take_withdrawals().empty());
}

TEST_F(ShareDeskTest, WrongAfterItWasSentIsWithdrawn) {
  open();
  find(7);
  find(8);
  recheck(1, false);
  EXPECT_EQ(take_withdrawals(), (Withdrawals{{"s-1", 2}}));
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1, .withdrawn = 1}));
  EXPECT_EQ(ports_.wrong.size(), 1u);
  answer(2);
  answer(2, Code::kDuplicate);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1, .withdrawn = 1})) << "decided already";
}

TEST_F(ShareDeskTest, WrongAfterItWasStoredIsWithdrawn) {
  open();
  find(7);
  answer(1);
  recheck(0, false);
  EXPECT_EQ(take_withdrawals(), (Withdrawals{{"s-1", 1}}));
  EXPECT_EQ(desk_.counts(), (ShareCounts{.withdrawn = 1}));
  desk_.judged({"s-1", 1, {{1, Code::kWrongDigest, "wrong"}}});
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.withdrawn = 1}));
}

TEST_F(ShareDeskTest, RightOrUncheckedChangesNothing) {
  open();
  find(7);
  find(8);
  recheck(0, true);
  recheck(1, std::nullopt);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 2}));
  EXPECT_TRUE(ports_.wrong.empty());
  EXPECT_TRUE(take_withdrawals().empty());
}

TEST_F(ShareDeskTest, VerdictRejects) {
  open();
  for (std::uint64_t nonce = 1; nonce <= 3; ++nonce) find(nonce);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) answer(seq);
  desk_.judged({"s-1", 2, {}});
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 3}));
  const stratum::VoidShare wrong{2, Code::kWrongDigest, "digest wrong"};
  desk_.judged({"s-1", 3, {wrong, {77, Code::kWrongDigest, "nobody's"}}});
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 2, .rejected = 1}));
  desk_.judged({"s-1", 3, {wrong}});  // told again
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 2, .rejected = 1}));
}

TEST_F(ShareDeskTest, ResultWithoutAnAnswerIsLost) {
  open();
  find(1);
  find(2);
  find(3);
  answer(1);
  answer(2, Code::kBusy, 1000);
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1, .lost = 2}));
  EXPECT_EQ(desk_.unsent(0), 0u);
  take_submits();
  desk_.tick(ms(60'000));
  EXPECT_TRUE(take_submits().empty());
}

TEST_F(ShareDeskTest, WhatWasFoundIsKnownUntilTheRaceIsOnRecord) {
  open();
  find(1);
  answer(1, Code::kBusy, 1000);
  credit(0);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.lost = 1}));
  EXPECT_EQ(desk_.found_in(1), 1u);
  desk_.give_up(1);
  EXPECT_EQ(desk_.found_in(1), 0u);
}

/// The connection was lost before the answer came: the pool may have it, and may have credited it.
TEST_F(ShareDeskTest, WhatMayBeStoredIsAskedAboutAfterTheResult) {
  open();
  find(1);
  find(2);
  find(3);
  answer(1);
  answer(2, Code::kBusy, 1000);
  lose();
  open(0, true);
  take_submits();
  credit(5);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1, .lost = 2}));
  lose();
  open(0, true);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 2, 2}, {"s-1", 3, 3}}));
  answer(3);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 2, .lost = 1})) << "stored before the result";
  answer(2, Code::kLate);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 2, .stale = 1}));
  EXPECT_FALSE(desk_.awaits("s-1"));
  EXPECT_EQ(desk_.credit(), 5u);
}

TEST_F(ShareDeskTest, GivenUpIsLost) {
  open();
  find(1);
  find(2);
  answer(1);
  desk_.give_up(1);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.lost = 2}));
  desk_.give_up(1);
  desk_.give_up(99);
  check();
}

TEST_F(ShareDeskTest, ResultThatComesAfterItWasGivenUpStillCounts) {
  open();
  for (std::uint64_t nonce = 1; nonce <= 4; ++nonce) find(nonce);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) answer(seq);
  EXPECT_FALSE(desk_.awaits("s-1"));
  desk_.give_up(1);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.lost = 4}));
  EXPECT_EQ(desk_.unsent(0), 0u);
  EXPECT_TRUE(desk_.awaits("s-1"));
  desk_.judged({"s-1", 2, {{2, Code::kWrongDigest, "wrong"}}});
  check();
  credit(70);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 2, .rejected = 1, .lost = 1}));
  EXPECT_EQ(desk_.credit(), 70u);
  EXPECT_TRUE(desk_.awaits("s-1")) << "the last one was sent, and not answered";
  credit(70);
  EXPECT_EQ(desk_.credit(), 70u) << "told again";
  answer(4);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 3, .rejected = 1}));
  EXPECT_FALSE(desk_.awaits("s-1")) << "decided now";
}

TEST_F(ShareDeskTest, OnlySoManyResultsCanComeLate) {
  open();
  for (SprintKey key = 1; key <= 70; ++key) {
    find(1, key);
    answer(1, {}, 0, key);
    desk_.give_up(key);
  }
  EXPECT_FALSE(desk_.awaits("s-1"));
  EXPECT_TRUE(desk_.awaits("s-70"));
}

TEST_F(ShareDeskTest, CancelledIsRejected) {
  open();
  find(1);
  find(2);
  find(3, 2);
  answer(1);
  desk_.cancelled("s-1");
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1, .rejected = 2}));
  desk_.cancelled("s-77");
  check();
}

class ShareDeskFates : public ShareDeskTest,
                       public ::testing::WithParamInterface<std::pair<Code, ShareCounts>> {};

TEST_P(ShareDeskFates, OfAFinalError) {
  open();
  find(1);
  answer(1, GetParam().first);
  EXPECT_EQ(desk_.counts(), GetParam().second);
  EXPECT_EQ(desk_.unsent(0), 0u);
  answer(1);  // says it again, differently
  credit();
  EXPECT_EQ(desk_.counts(), GetParam().second);
  take_submits();
  lose();
  open();
  desk_.tick(ms(60'000));
  EXPECT_TRUE(take_submits().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Codes, ShareDeskFates,
    ::testing::Values(std::pair(Code::kOther, ShareCounts{.rejected = 1}),
                      std::pair(Code::kUnknownSprint, ShareCounts{.stale = 1}),
                      std::pair(Code::kDuplicate, ShareCounts{.duplicate = 1}),
                      std::pair(Code::kAboveTarget, ShareCounts{.rejected = 1}),
                      std::pair(Code::kUnauthorized, ShareCounts{.rejected = 1}),
                      std::pair(Code::kNotYourLease, ShareCounts{.rejected = 1}),
                      std::pair(Code::kLate, ShareCounts{.stale = 1}),
                      std::pair(Code::kWrongDigest, ShareCounts{.rejected = 1})));

class ShareDeskRetries : public ShareDeskTest, public ::testing::WithParamInterface<Code> {};

TEST_P(ShareDeskRetries, AfterAnErrorThatIsNotFinal) {
  open();
  find(1);
  take_submits();
  answer(1, GetParam(), 1500, 1, 1000);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.pending = 1}));
  EXPECT_EQ(desk_.unsent(0), 1u);
  desk_.tick(ms(2499));
  EXPECT_TRUE(take_submits().empty());
  desk_.tick(ms(2500));
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}})) << "under the number that it has";
  desk_.tick(ms(2600));
  EXPECT_TRUE(take_submits().empty()) << "sent, not answered yet";
  answer(1);
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1}));
}

INSTANTIATE_TEST_SUITE_P(Codes, ShareDeskRetries,
                         ::testing::Values(Code::kNotOpen, Code::kBusy, Code::kNoLease,
                                           Code::kDraining));

TEST_F(ShareDeskTest, RetriesSomeTimeWhenThePoolDoesNotSayWhen) {
  open();
  find(1);
  take_submits();
  answer(1, Code::kBusy, 0);
  desk_.tick(ms(60'000));
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}}));
}

TEST_F(ShareDeskTest, WrongWhileItWaitsForARetryIsNotSentAgain) {
  open();
  find(1);
  answer(1, Code::kBusy, 1000);
  take_submits();
  recheck(0, false);
  EXPECT_EQ(desk_.counts().pending, 0u);
  EXPECT_EQ(ports_.wrong.size(), 1u);
  desk_.tick(ms(60'000));
  EXPECT_TRUE(take_submits().empty());
}

TEST_F(ShareDeskTest, SameNonceFoundTwiceIsSentOnce) {
  open();
  find(7);
  find(7);
  find(7, 2);  // another sprint's
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 7, 1}, {"s-2", 7, 1}}));
  EXPECT_EQ(desk_.counts().pending, 2u);
}

TEST_F(ShareDeskTest, FoundTooLateIsStale) {
  open();
  desk_.found_too_late(1);
  ++offered_;
  check();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.stale = 1}));
  EXPECT_TRUE(take_submits().empty());
}

TEST_F(ShareDeskTest, CountsCandidatesOfASprint) {
  find(1);
  find(2);
  find(1, 2);
  EXPECT_EQ(desk_.found_in(1), 2u);
  EXPECT_EQ(desk_.found_in(2), 1u);
  EXPECT_EQ(desk_.found_in(3), 0u);
}

TEST_F(ShareDeskTest, RemembersTheBestDifficulty) {
  EXPECT_EQ(desk_.best_difficulty(), 0u);
  std::uint64_t best = 0;
  for (std::uint64_t nonce = 1; nonce <= 50; ++nonce) {
    find(nonce);
    const auto digest = tests::bytes_of(static_cast<std::uint8_t>(nonce));
    const auto key = poc::input_key(make_race(1)->spec, nonce);
    best = std::max(best, poc::difficulty_of(poc::make_ticket(key, digest)));
    EXPECT_EQ(desk_.best_difficulty(), best);
  }
}

TEST_F(ShareDeskTest, ShareIsSentEvenIfItCannotBeChecked) {
  ports_.checks = false;
  open();
  find(1);
  answer(1);
  credit();
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1}));
}

}  // namespace
}  // namespace miner
