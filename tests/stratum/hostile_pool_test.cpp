// A pool that says what cannot be: each nonsense gets its reaction, and nothing else changes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stratum/codec_answers.h"
#include "stratum/codec_notices.h"
#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct BadLease {
  const char* lease;
  const char* reason;
};

const BadLease kBadLeases[] = {
    {R"({"lease":2,"n":0,"base":"0000000200000000","bits":15,"difficulty":5})", "bits: not"},
    {R"({"lease":2,"n":0,"base":"0000000200000000","bits":49,"difficulty":5})", "bits: not"},
    {R"({"lease":2,"n":0,"base":"0000000200000001","bits":32,"difficulty":5})", "low bits"},
    {R"({"lease":2,"n":0,"base":"0000000280000000","bits":32,"difficulty":5})", "low bits"},
    {R"({"lease":2,"n":0,"base":"000000020000000","bits":32,"difficulty":5})", "base: not 16"},
    {R"({"lease":2,"n":0,"base":8589934592,"bits":32,"difficulty":5})", "base: not 16"},
    {R"({"lease":2,"n":0,"base":"0000000200000000","bits":32,"difficulty":0})", "difficulty: not"},
    {R"({"lease":2,"n":0,"base":"0000000200000000","bits":32,"difficulty":9007199254740992})",
     "difficulty: not"},
    {R"({"lease":2,"n":0,"base":"0000000200000000","bits":32})", "difficulty: missing"},
    {R"({"lease":2,"n":7,"base":"0000000200000000","bits":32,"difficulty":5})", "did not ask"},
    {R"({"lease":2,"n":4294967296,"base":"0000000200000000","bits":32,"difficulty":5})", "n: not"},
    {R"({"lease":1,"n":0,"base":"0000000200000000","bits":32,"difficulty":5})", "given before"},
    {R"({"lease":2,"n":0,"base":"0000000100000000","bits":16,"difficulty":5})", "overlaps lease 1"},
    {R"({"lease":2,"n":0,"base":"0000000000000000","bits":48,"difficulty":5})", "overlaps lease 1"},
    {R"(7)", "lease: missing"},
};

TEST(HostilePool, EachNonsensicalLeaseIsRefusedAndTheOthersAreTaken) {
  const std::string good =
      "{\"lease\":1,\"n\":0,\"base\":\"0000000100000000\",\"bits\":32,"
      "\"difficulty\":5}";
  for (const BadLease& c : kBadLeases) {
    auto session = make_client(ClientStage::kAnnounced);
    ASSERT_TRUE(session
                    .feed(fmt::format("{{\"id\":4,\"result\":{{\"leases\":[{},{}]}},"
                                      "\"error\":null}}\n",
                                      good, c.lease),
                          kOurNow)
                    .ok());
    EXPECT_THAT(drain(session),
                ElementsAre(testing::AllOf(testing::StartsWith("Message sprint s-0001: "),
                                           HasSubstr("refused"), HasSubstr(c.reason)),
                            "Leased s-0001 [1 dev 0 base 0000000100000000 bits 32 diff 5] close",
                            "LeaseRefused s-0001 devices 1 error 31 'no lease came that makes "
                            "sense' 0"))
        << c.lease;
  }
}

TEST(HostilePool, AnAnswerWithoutOneSensibleLeaseIsARefusal) {
  const std::string answers[] = {
      "{\"id\":4,\"result\":{\"leases\":[]},\"error\":null}\n",
      "{\"id\":4,\"result\":{\"leases\":7},\"error\":null}\n",
      "{\"id\":4,\"result\":true,\"error\":null}\n",
      "{\"id\":4,\"result\":null,\"error\":null}\n",
      "{\"id\":4,\"result\":null,\"error\":[31,\"none left\",null]}\n",
      "{\"id\":4,\"result\":null,\"error\":\"no\"}\n",
      "{\"id\":4}\n",
  };
  for (const std::string& answer : answers) {
    auto session = make_client(ClientStage::kAnnounced);
    ASSERT_TRUE(session.feed(answer, kOurNow).ok());
    EXPECT_THAT(drain(session), ElementsAre(HasSubstr("LeaseRefused s-0001 devices 0 1")))
        << answer;
  }
}

TEST(HostilePool, LeasesOfASprintThatIsGoneAreARefusal) {
  auto session = make_client(ClientStage::kAnnounced);
  const Lease leases[] = {sample_lease(1)};
  ASSERT_TRUE(
      session
          .feed(codec::write_cancel("s-0001", "no beacon") + codec::write_granted(4, leases),
                kOurNow)
          .ok());
  EXPECT_THAT(drain(session), ElementsAre("Cancelled s-0001: no beacon",
                                          HasSubstr("LeaseRefused s-0001 devices 0 1 error 21")));
}

TEST(HostilePool, NoticesOfUnknownSprintsAreIgnored) {
  auto session = make_client(ClientStage::kWorking);
  const Lease leases[] = {sample_lease(1)};
  ASSERT_TRUE(
      session.feed(codec::write_end("x", 0) + codec::write_set_lease("x", leases, {}), kOurNow)
          .ok());
  EXPECT_THAT(drain(session), IsEmpty());
}

TEST(HostilePool, VerdictResultAndCancelOfASprintBeforeTheConnectionAreHandedOn) {
  auto session = make_client(ClientStage::kWorking);
  ASSERT_TRUE(session
                  .feed(codec::write_verdict("x", 1, {}) + codec::write_result({"x", 1, 1, {}}) +
                            codec::write_cancel("y", ""),
                        kOurNow)
                  .ok());
  EXPECT_EQ(drain(session).size(), 3u);
}

TEST(HostilePool, NonsenseInOtherNoticesIsAMessage) {
  for (const char* method :
       {"sprint.end", "sprint.cancel", "sprint.verdict", "sprint.result", "mining.set_lease"}) {
    auto session = make_client(ClientStage::kStarted);
    ASSERT_TRUE(
        session
            .feed(fmt::format("{{\"id\":null,\"method\":\"{}\",\"params\":{{}}}}\n", method),
                  kOurNow)
            .ok());
    EXPECT_THAT(drain(session),
                ElementsAre(fmt::format("Message {} makes no sense: sprint: missing", method)));
  }
}

TEST(HostilePool, UnreadableLinesEndTheSessionAndSayWhat) {
  const std::pair<std::string, const char*> cases[] = {
      {"{\"id\":\n", "cannot be read: not JSON"},
      {"[[[[[[[[[]]]]]]]]]\n", "cannot be read: nested deeper than 8"},
      {"{\"id\":1,\"id\":2}\n", "cannot be read: a name twice in an object"},
      {"[]\n", "no message: not an object"},
      {"{\"id\":null,\"method\":7}\n", "no message: method: not a text"},
      {std::string("{}\0\n", 4), "a line with a NUL byte"},
      {std::string(16385, ' ') + "\n", "a line of more than 16384 bytes"},
      {std::string(16385, 'x'), "a line of more than 16384 bytes"},
  };
  for (const auto& [bytes, what] : cases) {
    auto session = make_client(ClientStage::kWorking);
    const auto status = session.feed(bytes, kOurNow);
    ASSERT_FALSE(status.ok()) << what;
    EXPECT_THAT(status.message(), HasSubstr(what));
    EXPECT_THAT(status.message(), testing::StartsWith("the pool sent "));
  }
}

TEST(HostilePool, WhatIsNotKnownIsIgnored) {
  auto session = make_client(ClientStage::kWorking);
  ASSERT_TRUE(session
                  .feed("{\"id\":null,\"method\":\"mining.%n%n%s\",\"params\":[]}\n"
                        "{\"id\":null,\"method\":\"\"}\n"
                        "{}\n"
                        "{\"id\":null}\n"
                        "{\"id\":1.5,\"method\":\"mining.ping\"}\n"
                        "{\"id\":\"x\",\"result\":true}\n"
                        "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1e99]}\n",
                        kOurNow)
                  .ok());
  EXPECT_THAT(drain(session), IsEmpty());
  EXPECT_EQ(take_output(session), "");
}

TEST(HostilePool, TextsAreMadePrintableAndShort) {
  auto session = make_client(ClientStage::kWorking);
  const std::string megabyte = "\\u001b[2J\\u202e" + std::string(15'000, 'x');
  ASSERT_TRUE(session
                  .feed("{\"id\":null,\"method\":\"client.show_message\",\"params\":[\"" +
                            megabyte + "\"]}\n",
                        kOurNow)
                  .ok());
  const auto events = drain(session);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_THAT(events[0], testing::StartsWith("Message \\x1b[2J\\xe2\\x80\\xaex"));
  EXPECT_LE(events[0].size(), 8u + 256u);
}

TEST(HostilePool, RedirectionsAreNotFollowed) {
  auto session = make_client(ClientStage::kWorking);
  ASSERT_TRUE(session
                  .feed("{\"id\":null,\"method\":\"client.reconnect\","
                        "\"params\":[\"evil.example\",3333,0]}\n",
                        kOurNow)
                  .ok());
  EXPECT_THAT(drain(session), ElementsAre("Message asks to reconnect elsewhere: not followed"));
}

}  // namespace
}  // namespace stratum
