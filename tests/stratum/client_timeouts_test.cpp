#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stratum/codec_answers.h"
#include "stratum/codec_notices.h"
#include "tests/stratum/rigs.h"

// When a client session gives its pool up, to the microsecond.
namespace stratum {
namespace {

using base::Micros;
using std::chrono::seconds;
using testing::HasSubstr;

const ClientTimeouts kLimits = {
    .login = seconds(3), .answer = seconds(7), .silence = seconds(40), .announce = seconds(200)};

class ClientTimeoutsTest : public ::testing::Test {
 protected:
  /// Logged in at kOurNow.
  void log_in() {
    ASSERT_TRUE(session_.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow).ok());
    ASSERT_TRUE(session_.feed(codec::write_true(2), kOurNow).ok());
  }
  void hear(const std::string& line, base::SteadyTime at) {
    ASSERT_TRUE(session_.feed(line, at).ok());
  }
  /// Something every 10 s, that says nothing of sprints.
  void chat_until(base::SteadyTime end) {
    for (base::SteadyTime at = kOurNow; at < end; at += seconds(10)) {
      hear("{\"id\":null,\"method\":\"x\"}\n", at);
    }
    hear("{\"id\":null,\"method\":\"x\"}\n", end - Micros(1));
  }
  /// The session is over at `due`, and not before, with a line that names the flag.
  void expect_over_at(base::SteadyTime due, const std::string& flag) {
    EXPECT_TRUE(session_.tick(due - Micros(1)).ok());
    const auto status = session_.tick(due);
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.message(), HasSubstr("(" + flag + ")"));
    EXPECT_FALSE(session_.tick(due + Micros(1)).ok());
  }

  ClientSession session_{{"tester/1", "alice.rig", "x", kLimits}, kOurNow};
};

TEST_F(ClientTimeoutsTest, Login) {
  expect_over_at(kOurNow + seconds(3), "--login-timeout");
}

TEST_F(ClientTimeoutsTest, EachStepOfTheLogin) {
  hear(codec::write_subscribed(1, {kPoolNow}), kOurNow + seconds(2));
  expect_over_at(kOurNow + seconds(5), "--login-timeout");
}

TEST_F(ClientTimeoutsTest, Silence) {
  log_in();
  expect_over_at(kOurNow + seconds(40), "--silence-timeout");
}

TEST_F(ClientTimeoutsTest, AnswerToAShare) {
  log_in();
  hear(codec::write_announcement(sample_announcement()), kOurNow);
  ASSERT_TRUE(session_.tick(kOurNow + seconds(1)).ok());
  session_.submit("s-0001", sample_share(7));
  ASSERT_TRUE(session_.tick(kOurNow + seconds(2)).ok());
  session_.submit("s-0001", sample_share(8));
  expect_over_at(kOurNow + seconds(8), "--answer-timeout");
}

TEST_F(ClientTimeoutsTest, AnAnswerAboutCreditsIsNotWaitedFor) {
  log_in();
  const std::uint64_t nonces[] = {7};
  session_.request_status("s-0001", nonces);
  expect_over_at(kOurNow + seconds(40), "--silence-timeout");
}

TEST_F(ClientTimeoutsTest, AnAnswerThatCameIsNotWaitedFor) {
  log_in();
  hear(codec::write_announcement(sample_announcement()), kOurNow);
  ASSERT_TRUE(session_.tick(kOurNow + seconds(1)).ok());
  session_.submit("s-0001", sample_share(7));  // 4
  ASSERT_TRUE(session_.tick(kOurNow + seconds(2)).ok());
  session_.request_lease("s-0001", 0);  // 5
  hear(codec::write_true(4), kOurNow + seconds(7));
  expect_over_at(kOurNow + seconds(9), "--answer-timeout");
}

TEST_F(ClientTimeoutsTest, ClockExchangesShowThatThePoolIsAliveAndNoMore) {
  log_in();  // 3 asks for the time
  EXPECT_TRUE(session_.tick(kOurNow + seconds(39)).ok());
}

TEST_F(ClientTimeoutsTest, T6_NoAnnouncement) {
  log_in();
  chat_until(kOurNow + seconds(200));
  expect_over_at(kOurNow + seconds(200), "--announce-timeout");
  EXPECT_TRUE(session_.without_sprints());
}

TEST_F(ClientTimeoutsTest, CountsFromTheEndOfTheLastSprint) {
  log_in();
  hear(codec::write_announcement(sample_announcement()), kOurNow);  // over at 70 s
  chat_until(kOurNow + seconds(270));
  expect_over_at(kOurNow + seconds(270), "--announce-timeout");
}

TEST_F(ClientTimeoutsTest, CountsFromAnEndThatIsTold) {
  log_in();
  const Announcement announcement = sample_announcement();
  hear(codec::write_announcement(announcement), kOurNow);
  hear(codec::write_start(sample_start(announcement)), kOurNow + seconds(11));
  hear(codec::write_end("s-0001", 0), kOurNow + seconds(30));
  chat_until(kOurNow + seconds(230));
  expect_over_at(kOurNow + seconds(230), "--announce-timeout");
}

TEST(ClientTimeouts, ZeroWaitsForASprintForEver) {
  ClientTimeouts limits = kLimits;
  limits.announce = Micros(0);
  ClientSession session({"tester/1", "alice.rig", "x", limits}, kOurNow);
  ASSERT_TRUE(session.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow).ok());
  ASSERT_TRUE(session.feed(codec::write_true(2), kOurNow).ok());
  for (int s = 10; s < 100'000; s += 10) {
    ASSERT_TRUE(session.feed("\n", kOurNow + seconds(s)).ok());
    ASSERT_TRUE(session.tick(kOurNow + seconds(s)).ok()) << s;
  }
  EXPECT_FALSE(session.without_sprints());
}

TEST_F(ClientTimeoutsTest, TheFirstStartIsThatOfTheNextSprintNotOver) {
  EXPECT_EQ(session_.first_start(), std::nullopt);
  log_in();
  EXPECT_EQ(session_.first_start(), std::nullopt);
  const Announcement announcement = sample_announcement();
  hear(codec::write_announcement(announcement), kOurNow);
  EXPECT_EQ(session_.first_start(), kOurNow + seconds(10));
  EXPECT_EQ(session_.waiting_events(), 2U) << "the login and the announcement";
  hear(codec::write_start(sample_start(announcement)), kOurNow + seconds(11));
  EXPECT_EQ(session_.first_start(), kOurNow + seconds(10));
  chat_until(kOurNow + seconds(69));
  EXPECT_NE(session_.first_start(), std::nullopt);
  hear("\n", kOurNow + seconds(70));
  EXPECT_EQ(session_.first_start(), std::nullopt) << "over, told or not";
}

}  // namespace
}  // namespace stratum
