#include "stratum/sprint_book.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace stratum
