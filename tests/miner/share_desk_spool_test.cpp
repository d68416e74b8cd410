#include "tests/miner/share_desk_fixture.h"

// Shares that are kept on disk before they are sent, and those that an earlier run left there.
namespace miner {
namespace {

using stratum::Code;

class ShareDeskSpoolTest : public ShareDeskTest {
 protected:
  ShareDeskSpoolTest() { ports_.spools = true; }

  void leave(SpoolId id, const std::string& sprint, std::uint64_t nonce, std::size_t pool = 0) {
    desk_.left(pool, id, {sprint, {9, nonce, tests::bytes_of(3)}, 70, {}}, ms(10'000));
    ++offered_;
    check();
  }
};

TEST_F(ShareDeskSpoolTest, IsOnDiskBeforeItIsSent) {
  open();
  find(1);
  find(2);
  EXPECT_TRUE(take_submits().empty());
  EXPECT_EQ(desk_.unsent(0), 2u);
  desk_.kept(1);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}}));
  desk_.kept(2);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 2, 2}}));
  desk_.kept(2);
  EXPECT_TRUE(take_submits().empty());
}

TEST_F(ShareDeskSpoolTest, ADiskThatHangsHoldsNoShareUp) {
  open();
  find(1);
  desk_.tick(ms(49));
  EXPECT_TRUE(take_submits().empty());
  desk_.tick(ms(50));
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}}));
  desk_.kept(1);
  EXPECT_TRUE(take_submits().empty()) << "sent once";
}

TEST_F(ShareDeskSpoolTest, KeptWithoutASessionIsSentInTheNext) {
  find(1);
  desk_.kept(1);
  EXPECT_TRUE(take_submits().empty());
  find(2);  // not kept yet when the session opens
  open();
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}}));
  desk_.kept(2);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 2, 2}}));
}

TEST_F(ShareDeskSpoolTest, IsSettledWithItsFateAndNotBefore) {
  open();
  for (std::uint64_t nonce = 1; nonce <= 3; ++nonce) find(nonce);
  desk_.kept(3);
  answer(1);
  answer(2, Code::kLate);
  EXPECT_EQ(ports_.settled_shares, (std::set<SpoolId>{2})) << "stored is not credited";
  recheck(2, false);
  EXPECT_EQ(ports_.settled_shares, (std::set<SpoolId>{2, 3}));
  credit();
  EXPECT_EQ(ports_.settled_shares, (std::set<SpoolId>{1, 2, 3}));
}

TEST_F(ShareDeskSpoolTest, GivenUpStaysOnDiskWhileItMayBeStored) {
  open();
  find(1);
  find(2);
  desk_.kept(1);  // the second one never got to the pool
  desk_.give_up(1);
  EXPECT_EQ(ports_.settled_shares, (std::set<SpoolId>{2}));
  desk_.kept(2);
  EXPECT_TRUE(take_submits().size() == 1) << "decided shares are not sent";
}

TEST_F(ShareDeskSpoolTest, SharesOfAnEarlierRunAreSentAndDecided) {
  leave(101, "s-7", 1);
  leave(102, "s-7", 2);
  leave(103, "s-8", 3);
  EXPECT_TRUE(take_submits().empty()) << "no session yet";
  EXPECT_EQ(desk_.counts_of_left(), (ShareCounts{.pending = 3}));
  open();
  EXPECT_EQ(take_submits(), (Submits{{"s-7", 1, 1}, {"s-7", 2, 2}, {"s-8", 3, 1}}));
  EXPECT_TRUE(desk_.awaits("s-7"));
  answer(1, {}, 0, 7);
  answer(2, Code::kLate, 0, 7);
  answer(1, {}, 0, 8);
  credit(70, 7);
  EXPECT_EQ(desk_.counts_of_left(), (ShareCounts{.pending = 1, .accepted = 1, .stale = 1}));
  EXPECT_FALSE(desk_.awaits("s-7"));
  desk_.judged({"s-8", 0, {{1, Code::kWrongDigest, "wrong"}}});
  EXPECT_EQ(desk_.counts_of_left(), (ShareCounts{.accepted = 1, .rejected = 1, .stale = 1}));
  EXPECT_EQ(ports_.settled_shares, (std::set<SpoolId>{101, 102, 103}));
  EXPECT_TRUE(ports_.jobs.empty()) << "there is no race to check them by";
}

TEST_F(ShareDeskSpoolTest, TheyMayComeAfterTheLogin) {
  open();
  leave(101, "s-7", 1);
  EXPECT_EQ(take_submits(), (Submits{{"s-7", 1, 1}}));
  leave(102, "s-7", 2, 1);  // another pool's
  EXPECT_TRUE(take_submits().empty());
}

TEST_F(ShareDeskSpoolTest, AnEarlierRunsShareOfTheSprintThatIsRaced) {
  open();
  leave(101, "s-1", 1);
  find(2);
  desk_.kept(1);
  EXPECT_EQ(take_submits(), (Submits{{"s-1", 1, 1}, {"s-1", 2, 2}}));
  answer(1);
  answer(2);
  credit(71);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 2}));
  EXPECT_EQ(desk_.credit(), 71u);
  EXPECT_EQ(desk_.found_in(1), 1u) << "by this run";
}

TEST_F(ShareDeskSpoolTest, WithoutAnAnswerOrAResultTheyAreLost) {
  leave(101, "s-7", 1);
  desk_.tick(ms(3'600'000));
  EXPECT_EQ(desk_.counts_of_left().pending, 1u) << "nobody was asked";
  open();
  answer(1, {}, 0, 7);
  desk_.tick(ms(10'000 + 600'000 - 1));
  EXPECT_EQ(desk_.counts_of_left().pending, 1u);
  desk_.tick(ms(10'000 + 600'000));
  EXPECT_EQ(desk_.counts_of_left(), (ShareCounts{.lost = 1}));
  EXPECT_TRUE(ports_.settled_shares.empty()) << "the next run may hear more";
}

TEST_F(ShareDeskSpoolTest, TheSameShareTwiceIsOne) {
  leave(101, "s-7", 1);
  desk_.left(0, 102, {"s-7", {9, 1, tests::bytes_of(3)}, 70, {}}, ms(10'000));
  check();
  EXPECT_EQ(ports_.settled_shares, (std::set<SpoolId>{102}));
}

}  // namespace
}  // namespace miner
