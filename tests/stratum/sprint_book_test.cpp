#include "stratum/sprint_book.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

TEST(SprintBook, NumbersTheSharesOfEachSprint) {
  SprintBook book("alice");
  EXPECT_EQ(book.next_seq("a"), 1u);
  EXPECT_EQ(book.next_seq("b"), 1u);
  EXPECT_EQ(book.next_seq("a"), 2u);
  EXPECT_EQ(book.next_seq("b"), 2u);
}

/// 1 again means that nothing of the sprint was kept.
TEST(SprintBook, ForgetsTheNumbersOfASprintThatIsOver) {
  SprintBook book("alice");
  book.next_seq("a");  // of an earlier connection: never announced in this one
  book.next_seq("b");
  book.forget("a");
  EXPECT_EQ(book.next_seq("a"), 1u);
  EXPECT_EQ(book.next_seq("b"), 2u);
}

TEST(SprintBook, RemembersTheNumbersOfSoManySprints) {
  SprintBook book("alice");
  for (int i = 0; i < 2000; ++i) book.next_seq(fmt::format("s-{}", i));
  EXPECT_EQ(book.next_seq("s-1999"), 2u);
  EXPECT_EQ(book.next_seq("s-1000"), 2u);
  EXPECT_EQ(book.next_seq("s-0"), 1u);
}

TEST(SprintBook, KnowsARepeatAlsoAfterTheStartMovedTheTimes) {
  SprintBook book("alice");
  const Announcement announcement = sample_announcement();
  EXPECT_FALSE(book.is_repeat(announcement));
  ASSERT_TRUE(book.announce(announcement, kPoolNow).ok());
  StartNotice start = sample_start(announcement);
  start.t0 -= std::chrono::seconds(5);
  start.t_end -= std::chrono::seconds(5);
  ASSERT_TRUE(book.start(start, kPoolNow).ok());
  EXPECT_TRUE(book.is_repeat(announcement));
  Announcement other = announcement;
  other.beacon = "drand:1";
  EXPECT_FALSE(book.is_repeat(other));
  book.forget(announcement.sprint);
  EXPECT_FALSE(book.is_repeat(announcement));
}

/// Both go into the start seed: a pool that could change them after a reconnection could choose it.
TEST(SprintBook, GoesOnAfterAReconnectionWithAllThatTheSeedFollowsFromUnchanged) {
  const Announcement announcement = sample_announcement();
  const auto again = [&](const std::function<void(Announcement&)>& change) {
    SprintBook book("alice");
    EXPECT_TRUE(book.announce(announcement, kPoolNow).ok());
    book.reopen();
    Announcement changed = announcement;
    change(changed);
    return book.announce(changed, kPoolNow).ok();
  };
  EXPECT_TRUE(again([](Announcement&) {}));
  EXPECT_TRUE(again([](Announcement& a) { a.t_end += std::chrono::seconds(1); }));
  EXPECT_FALSE(again([](Announcement& a) { a.pool = "pool2.example"; }));
  EXPECT_FALSE(again([](Announcement& a) { a.beacon = "drand:8"; }));
  EXPECT_FALSE(again([](Announcement& a) { a.model_seed.fill(0x23); }));
  EXPECT_FALSE(again([](Announcement& a) { a.commitment.fill(0x23); }));
  EXPECT_FALSE(again([](Announcement& a) { a.draw = DrawPromise{{}, "drand:9"}; }));
}

}  // namespace
}  // namespace stratum
