#include "stratum/client_session.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stratum/codec_answers.h"
#include "stratum/codec_notices.h"
#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

using base::Micros;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ClientSession, OpensWithSubscribeAndAuthorize) {
  ClientSession session({"tester/1", "alice.rig", "x"}, kOurNow);
  EXPECT_EQ(take_output(session),
            "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"tester/1\",null,"
            "\"SprintStratum/1\"]}\n"
            "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"alice.rig\",\"x\"]}\n");
  EXPECT_FALSE(session.logged_in());
  EXPECT_FALSE(session.pool_clock().known());
}

TEST(ClientSession, LogsIn) {
  auto session = make_client(ClientStage::kNew);
  ASSERT_TRUE(session.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow + seconds(2)).ok());
  EXPECT_TRUE(session.pool_clock().known());
  EXPECT_EQ(session.pool_clock().round_trip(), Micros(seconds(2)));
  EXPECT_THAT(drain(session), IsEmpty());
  ASSERT_TRUE(session.feed(codec::write_true(2), kOurNow + seconds(3)).ok());
  EXPECT_THAT(drain(session), ElementsAre("LoggedIn"));
  EXPECT_TRUE(session.logged_in());
}

TEST(ClientSession, ARefusedLoginIsToldAndEndsTheSession) {
  auto session = make_client(ClientStage::kNew);
  ASSERT_TRUE(session.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow).ok());
  const auto status =
      session.feed(codec::write_error(2, {Code::kUnauthorized, "who\x1b[2J?", 0}), kOurNow);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "the pool refused the login: [24] who\\x1b[2J?");
  EXPECT_THAT(drain(session), ElementsAre("LoginRefused error 24 'who\\x1b[2J?' 0"));
  EXPECT_FALSE(session.feed("", kOurNow).ok());
  EXPECT_FALSE(session.tick(kOurNow).ok());
}

TEST(ClientSession, APoolOfAnotherProtocolIsNamed) {
  auto session = make_client(ClientStage::kNew);
  const auto status =
      session.feed("{\"id\":1,\"result\":[[],\"f000\",4],\"error\":null}\n", kOurNow);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("does not speak SprintStratum/1"));
}

TEST(ClientSession, NoAnswerToTheLoginEndsTheSession) {
  auto session = make_client(ClientStage::kNew);
  EXPECT_TRUE(session.tick(kOurNow + seconds(10) - Micros(1)).ok());
  const auto status = session.tick(kOurNow + seconds(10));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "the pool did not answer the login within 10 s (--login-timeout)");
}

TEST(ClientSession, TheTwoStepsOfTheLoginHaveTenSecondsEach) {
  auto session = make_client(ClientStage::kNew);
  ASSERT_TRUE(session.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow + seconds(9)).ok());
  EXPECT_TRUE(session.tick(kOurNow + seconds(19) - Micros(1)).ok());
  EXPECT_FALSE(session.tick(kOurNow + seconds(19)).ok());
}

TEST(ClientSession, T6_SilenceEndsTheSession) {
  auto session = make_client(ClientStage::kWorking);
  EXPECT_TRUE(session.tick(kOurNow + seconds(90) - Micros(1)).ok());
  const auto status = session.tick(kOurNow + seconds(90));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "the pool was silent for 90 s (--silence-timeout)");
}

TEST(ClientSession, AnyByteEndsASilence) {
  auto session = make_client(ClientStage::kWorking);
  ASSERT_TRUE(session.feed("{", kOurNow + seconds(80)).ok());
  EXPECT_TRUE(session.tick(kOurNow + seconds(169)).ok());
  EXPECT_FALSE(session.tick(kOurNow + seconds(170)).ok());
}

TEST(ClientSession, T6_PingsAfterTwentySilentSecondsOnce) {
  auto session = make_client(ClientStage::kWorking);
  ASSERT_TRUE(session.tick(kOurNow + seconds(19)).ok());
  EXPECT_EQ(take_output(session), "");
  ASSERT_TRUE(session.tick(kOurNow + seconds(20)).ok());
  EXPECT_EQ(take_output(session), "{\"id\":4,\"method\":\"mining.ping\",\"params\":[]}\n");
  ASSERT_TRUE(session.tick(kOurNow + seconds(21)).ok());
  EXPECT_EQ(take_output(session), "");
  ASSERT_TRUE(session.feed(codec::write_pong(4, 0, kPoolNow), kOurNow + seconds(22)).ok());
  ASSERT_TRUE(session.tick(kOurNow + seconds(42)).ok());
  EXPECT_THAT(take_output(session), HasSubstr("\"id\":5,\"method\":\"mining.ping\""));
}

std::string time_request(int id, base::SteadyTime sent) {
  return fmt::format("{{\"id\":{},\"method\":\"mining.time\",\"params\":{{\"c0\":{}}}}}\n", id,
                     sent.time_since_epoch().count());
}

std::string time_answer(std::uint64_t id, Micros pool_after_now) {
  const base::UnixTime stamp = kPoolNow + pool_after_now;
  return codec::write_time_answer(id, {0, stamp, stamp});
}

TEST(ClientSession, ThreeExchangesOfTimeAfterTheLoginThenOneEveryThirtySeconds) {
  auto session = make_client(ClientStage::kNew);
  take_output(session);
  ASSERT_TRUE(session.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow).ok());
  ASSERT_TRUE(session.feed(codec::write_true(2), kOurNow).ok());
  base::SteadyTime now = kOurNow;
  for (int id = 3; id <= 5; ++id) {
    EXPECT_EQ(take_output(session), time_request(id, now));
    now += Micros(1000);
    ASSERT_TRUE(session.feed(time_answer(static_cast<std::uint64_t>(id), now - kOurNow), now).ok());
  }
  EXPECT_EQ(take_output(session), "");
  ASSERT_TRUE(session.tick(now + seconds(19)).ok());
  EXPECT_EQ(take_output(session), "");
  ASSERT_TRUE(session.feed("\n", now + seconds(29)).ok());
  ASSERT_TRUE(session.tick(now + seconds(30)).ok());
  EXPECT_EQ(take_output(session), time_request(6, now + seconds(30)));
  ASSERT_TRUE(session.tick(now + seconds(31)).ok());
  EXPECT_EQ(take_output(session), "");
}

TEST(ClientSession, AnExchangeWithAShorterWayBettersTheClock) {
  auto session = make_client(ClientStage::kNew);
  ASSERT_TRUE(
      session.feed(codec::write_subscribed(1, {kPoolNow + seconds(9)}), kOurNow + seconds(8)).ok());
  ASSERT_TRUE(session.feed(codec::write_true(2), kOurNow + seconds(8)).ok());
  const auto later = kOurNow + seconds(8) + Micros(40);
  ASSERT_TRUE(session.feed(time_answer(3, seconds(8) + Micros(20)), later).ok());
  EXPECT_EQ(session.pool_clock().round_trip(), Micros(40));
  EXPECT_EQ(session.pool_clock().to_pool(kOurNow), kPoolNow);
}

TEST(ClientSession, AnswersComeInAnyOrderAndOnce) {
  auto session = make_client(ClientStage::kAnnounced);
  const std::uint64_t second = session.submit("s-0001", sample_share(8));
  EXPECT_EQ(second, 2u);
  EXPECT_EQ(session.unanswered(), 2u);
  const std::string answers = codec::write_true(8) +
                              codec::write_error(6, {Code::kBusy, "busy", 50}) +
                              codec::write_true(6) + codec::write_true(8) + codec::write_true(99);
  ASSERT_TRUE(session.feed(answers, kOurNow).ok());
  EXPECT_THAT(drain(session),
              ElementsAre("Answered s-0001 2 true", "Answered s-0001 1 error 29 'busy' 50"));
  EXPECT_EQ(session.unanswered(), 0u);
}

TEST(ClientSession, SeqsCountFromOnePerSprintEvenIfTheSprintIsNotKnown) {
  auto session = make_client(ClientStage::kWorking);
  EXPECT_EQ(session.submit("a", sample_share(1)), 1u);
  EXPECT_EQ(session.submit("b", sample_share(1)), 1u);
  EXPECT_EQ(session.submit("a", sample_share(2)), 2u);
  ASSERT_TRUE(session.feed(codec::write_error(6, {Code::kUnknownSprint, "over", 0}), kOurNow).ok());
  EXPECT_THAT(drain(session), ElementsAre("Answered a 2 error 21 'over' 0"));
}

TEST(ClientSession, ASubmitIsOneLine) {
  auto session = make_client(ClientStage::kWorking);
  session.submit("s-0001", sample_share(7));
  EXPECT_EQ(take_output(session),
            "{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"alice.rig\",\"s-0001\",1,"
            "\"0000000100000007\",\"" +
                std::string("0707070707070707070707070707070707070707070707070707070707070707") +
                "\",1]}\n");
}

TEST(ClientSession, ASubmitDepartsWithItsNewline) {
  auto session = make_client(ClientStage::kWorking);
  session.submit("s-0001", sample_share(7));
  const std::size_t first = session.output().size();
  session.withdraw("s-0001", std::vector<std::uint64_t>{1});  // departs, and is no submit
  session.submit("s-0001", sample_share(8), 1);
  session.consume(first - 1, kOurNow + seconds(1));
  EXPECT_FALSE(session.next_departure()) << "the newline is still here";
  session.consume(1, kOurNow + seconds(2));
  session.consume(session.output().size() - 1, kOurNow + seconds(3));
  session.consume(1, kOurNow + seconds(4));
  const auto departure = session.next_departure();
  ASSERT_TRUE(departure);
  EXPECT_EQ(departure->sprint, "s-0001");
  EXPECT_EQ(departure->seq, 1U);
  EXPECT_EQ(departure->at, kOurNow + seconds(2));
  const auto again = session.next_departure();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->seq, 1U);
  EXPECT_EQ(again->at, kOurNow + seconds(4));
  EXPECT_FALSE(session.next_departure());
}

TEST(ClientSession, ManyWithdrawalsGoInPieces) {
  auto session = make_client(ClientStage::kWorking);
  std::vector<std::uint64_t> seqs(600, kMaxInteger);
  session.withdraw("s-0001", seqs);
  const std::string output = take_output(session);
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 3);
  session.withdraw("s-0001", {});
  EXPECT_EQ(take_output(session), "");
}

TEST(ClientSession, AFullReadyFitsIntoALine) {
  auto session = make_client(ClientStage::kAnnounced);
  std::vector<ReadyDevice> devices;
  for (std::uint32_t i = 0; i < kMaxReadyDevices; ++i) {
    devices.push_back({UINT32_MAX - i, std::string(200, '\\'), kMaxInteger});
  }
  session.ready("s-0001", devices);
  EXPECT_LE(take_output(session).size(), kMaxLineBytes);
}

TEST(ClientSession, AsksForTheStatusOfShares) {
  auto session = make_client(ClientStage::kWorking);
  EXPECT_EQ(session.account(), "alice");
  const std::uint64_t nonces[] = {255, 1};
  session.request_status("s-0001", nonces);
  EXPECT_EQ(take_output(session),
            "{\"id\":4,\"method\":\"sprint.status\",\"params\":{\"sprint\":\"s-0001\",\"nonces\":["
            "\"00000000000000ff\",\"0000000000000001\"]}}\n");
}

/// Of four shares, whatever the tree; of eight in trees of up to 2^27 leaves.
TEST(ClientSession, AStatusWithItsProofsFitsIntoALine) {
  const auto line_with = [](std::size_t shares, std::size_t siblings) {
    SprintStatus status{std::string(32, 's'), "cancelled", {}, {}};
    status.result.credit = status.result.total = kMaxInteger;
    const InclusionProof proof{kMaxInteger, kMaxInteger, std::vector<base::Bytes32>(siblings)};
    status.shares.assign(shares, {UINT64_MAX, "withdrawn", kMaxInteger, proof});
    return codec::write_status(kMaxInteger, status).size();
  };
  EXPECT_LE(line_with(4, codec::kMaxSiblings), kMaxLineBytes);
  EXPECT_LE(line_with(8, 27), kMaxLineBytes);
  EXPECT_GT(line_with(8, 30), kMaxLineBytes);
}

TEST(ClientSession, LeavesWithBye) {
  auto session = make_client(ClientStage::kWorking);
  session.bye();
  session.bye();
  EXPECT_EQ(take_output(session), "{\"id\":4,\"method\":\"mining.bye\",\"params\":[]}\n");
  EXPECT_FALSE(session.logged_in());
  EXPECT_TRUE(session.feed(codec::write_true(4), kOurNow).ok());
  EXPECT_TRUE(session.tick(kOurNow + seconds(40)).ok());
  EXPECT_EQ(take_output(session), "");
}

TEST(ClientSession, AnswersTheQuestionsOfThePool) {
  auto session = make_client(ClientStage::kWorking);
  ASSERT_TRUE(session
                  .feed("{\"id\":7,\"method\":\"mining.ping\",\"params\":[]}\n"
                        "{\"id\":8,\"method\":\"client.get_version\",\"params\":[]}\n"
                        "{\"id\":9,\"method\":\"client.fly\",\"params\":[]}\n",
                        kOurNow)
                  .ok());
  EXPECT_EQ(take_output(session),
            "{\"id\":7,\"result\":true,\"error\":null}\n"
            "{\"id\":8,\"result\":\"tester/1\",\"error\":null}\n"
            "{\"id\":9,\"result\":null,\"error\":[20,\"method: not known here\","
            "{\"reason\":\"other\"}]}\n");
}

TEST(ClientSession, APoolThatAsksAndDoesNotReadIsLeft) {
  auto session = make_client(ClientStage::kWorking);
  const std::string question = "{\"id\":7,\"method\":\"client.get_version\",\"params\":[]}\n";
  base::Status status = base::Ok{};
  int asked = 0;
  while (status.ok() && asked < 100'000) {
    status = session.feed(question, kOurNow);
    ++asked;
  }
  ASSERT_FALSE(status.ok());
  EXPECT_LT(session.output().size(), 2u << 20);
}

TEST(ClientSession, ASprintFromAnnouncementToResult) {
  auto session = make_client(ClientStage::kStarted);
  Verdict verdict{"s-0001", 5, {{1, Code::kWrongDigest, "no\n"}}};
  const std::uint64_t close[] = {1, 77};
  const Lease more[] = {sample_lease(2, 1)};
  ASSERT_TRUE(session
                  .feed(codec::write_set_lease("s-0001", more, close) +
                            codec::write_end("s-0001", 1) + codec::write_end("s-0001", 1) +
                            codec::write_verdict("s-0001", verdict.verified, verdict.voided) +
                            codec::write_result({"s-0001", 7000, 9000, {}}),
                        kOurNow)
                  .ok());
  EXPECT_THAT(drain(session),
              ElementsAre("Leased s-0001 [2 dev 1 base 0000000200000000 bits 32 diff 1000] close 1",
                          "Ended s-0001", "Judged s-0001 5 [1 30 'no\\x0a']",
                          "Credited s-0001 7000 9000 " + std::string(64, '0')));
}

TEST(ClientSession, EventsAndOutputFromBeforeAnErrorStay) {
  auto session = make_client(ClientStage::kAnnounced);
  EXPECT_FALSE(session.feed(codec::write_true(6) + "{]\n", kOurNow).ok());
  EXPECT_THAT(drain(session), ElementsAre("Answered s-0001 1 true"));
}

}  // namespace
}  // namespace stratum
