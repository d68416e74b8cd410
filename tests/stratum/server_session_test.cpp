#include "stratum/server_session.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stratum/server_support.h"

namespace stratum {
namespace {

using base::Micros;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ServerSession, SubscribeAnswersInV1sShape) {
  for (const char* params :
       {"[]", "[\"cpuminer/2\"]", "[null,null]", "[\"a\",\"token\",\"SprintStratum/1\",7]"}) {
    auto session = make_server(ServerStage::kNew);
    ASSERT_TRUE(session.feed(request(1, "mining.subscribe", params), kPoolNow).ok());
    EXPECT_EQ(take_output(session),
              "{\"id\":1,\"result\":[[[\"mining.set_difficulty\",\"1\"],[\"mining.notify\",\"1\"]],"
              "\"\",8,{\"resume\":\"\",\"resumed\":false,\"acked\":0,"
              "\"server_us\":1700000000000000,"
              "\"limits\":{\"line\":16384,\"batch\":64,\"leases\":16,\"rate\":20}}],"
              "\"error\":null}\n");
  }
}

TEST(ServerSession, AnotherVersionIsRefused) {
  auto session = make_server(ServerStage::kNew);
  EXPECT_EQ(code_of(session, request(1, "mining.subscribe", "[\"a\",null,\"SprintStratum/2\"]")),
            35);
}

TEST(ServerSession, LogsIn) {
  auto session = make_server(ServerStage::kNew);
  ASSERT_TRUE(session
                  .feed(request(1, "mining.subscribe", "[\"agent\\u001b/1\"]") +
                            request(2, "mining.authorize", "[\"alice.rig.7\",\"secret\"]"),
                        kPoolNow)
                  .ok());
  take_output(session);
  const auto event = session.next_event();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(describe(*event), "LoginWanted alice 'rig.7' 'secret' 'agent\\x1b/1'");
  EXPECT_FALSE(session.logged_in());
  session.accept(std::get<server::LoginWanted>(*event).request);
  EXPECT_TRUE(session.logged_in());
  EXPECT_EQ(take_output(session), "{\"id\":2,\"result\":true,\"error\":null}\n");
}

TEST(ServerSession, ARefusedLoginMayBeTriedAgain) {
  auto session = make_server(ServerStage::kSubscribed);
  const std::string login = request(2, "mining.authorize", "[\"alice\",\"x\"]");
  ASSERT_TRUE(session.feed(login, kPoolNow).ok());
  session.refuse(next_request(session), Code::kUnauthorized, "no");
  EXPECT_EQ(take_output(session),
            "{\"id\":2,\"result\":null,\"error\":[24,\"no\",{\"reason\":\"unauthorized\"}]}\n");
  EXPECT_FALSE(session.logged_in());
  ASSERT_TRUE(session.feed(login, kPoolNow).ok());
  session.accept(next_request(session));
  EXPECT_TRUE(session.logged_in());
}

TEST(ServerSession, OneLoginAtATime) {
  auto session = make_server(ServerStage::kSubscribed);
  EXPECT_EQ(code_of(session, request(2, "mining.authorize", "[\"alice\",\"x\"]")), 0);
  EXPECT_EQ(code_of(session, request(3, "mining.authorize", "[\"alice\",\"x\"]")), 29);
  EXPECT_EQ(drain(session).size(), 1u);
}

/// A session that logged in as `subscribe` says, with what it was told since.
std::string told_after_login(ServerSession& session, const std::string& subscribe) {
  EXPECT_TRUE(session
                  .feed(request(1, "mining.subscribe", subscribe) +
                            request(2, "mining.authorize", "[\"alice\",\"\"]"),
                        kPoolNow)
                  .ok());
  take_output(session);
  session.accept(next_request(session));
  return take_output(session);
}

TEST(ServerSession, AsksOnceWhatProgramItIsThatDidNotSay) {
  auto session = make_server(ServerStage::kNew);
  EXPECT_EQ(told_after_login(session, "[]"),
            "{\"id\":2,\"result\":true,\"error\":null}\n"
            "{\"id\":1,\"method\":\"client.get_version\",\"params\":[]}\n");
  ASSERT_TRUE(session.feed("{\"id\":9,\"result\":\"liar\",\"error\":null}\n", kPoolNow).ok());
  EXPECT_FALSE(session.next_event().has_value()) << "nobody asked that";
  const char* const answer = "{\"id\":1,\"result\":\"tool\\u001b/2\",\"error\":null}\n";
  ASSERT_TRUE(session.feed(answer, kPoolNow).ok());
  const auto event = session.next_event();
  ASSERT_TRUE(event && std::holds_alternative<server::Named>(*event));
  EXPECT_EQ(std::get<server::Named>(*event).agent, "tool\\x1b/2");
  ASSERT_TRUE(session.feed(answer, kPoolNow).ok());
  EXPECT_FALSE(session.next_event().has_value()) << "once";

  auto another = make_server(ServerStage::kNew);
  EXPECT_EQ(told_after_login(another, "[\"tool/1\"]"),
            "{\"id\":2,\"result\":true,\"error\":null}\n");
}

TEST(ServerSession, ShowsV1sToolsTheDifficultyOfTheirLeases) {
  const auto granted = [](const std::string& subscribe) {
    auto session = make_server(ServerStage::kNew);
    told_after_login(session, subscribe);
    for (const std::uint64_t difficulty : {1000U, 1000U, 2000U}) {
      const std::string wanted = R"({"sprint":"s-1","n":0})";
      EXPECT_TRUE(session.feed(request(3, "mining.lease", wanted), kPoolNow).ok());
      const Lease lease{1, 0, 0, 32, difficulty};
      session.grant(next_request(session), {&lease, 1});
    }
    const std::string told = take_output(session);
    std::string shown;
    const std::string_view key = "mining.set_difficulty\",\"params\":";
    for (std::size_t at = told.find(key); at != std::string::npos; at = told.find(key, at + 1)) {
      shown += told.substr(at + key.size(), told.find(']', at) - at - key.size() + 1);
    }
    return shown;
  };
  EXPECT_EQ(granted("[\"tool/1\"]"), "[1000][2000]");
  EXPECT_EQ(granted("[\"miner/1\",null,\"SprintStratum/1\"]"), "");
}

TEST(ServerSession, OneAccountManyWorkers) {
  auto session = make_server(ServerStage::kWorking);
  EXPECT_EQ(code_of(session, request(3, "mining.authorize", "[\"alice.other\",\"\"]")), 0);
  EXPECT_EQ(code_of(session, request(3, "mining.authorize", "[\"alice\"]")), 0);
  EXPECT_EQ(code_of(session, request(4, "mining.authorize", "[\"bob.rig\",\"\"]")), 24);
  EXPECT_EQ(code_of(session, request(5, "mining.authorize", "[\"alicebob\",\"\"]")), 24);
  EXPECT_EQ(code_of(session, request(6, "mining.authorize", "[\"\",\"\"]")), 24);
  EXPECT_THAT(drain(session), IsEmpty());
}

TEST(ServerSession, AtMost64Workers) {
  auto session = make_server(ServerStage::kWorking);
  for (int i = 1; i < 64; ++i) {
    const auto worker = fmt::format("alice.{}", i);
    ASSERT_EQ(code_of(session, request(9, "mining.submit", submit_params(worker))), 0) << i;
  }
  EXPECT_EQ(code_of(session, request(9, "mining.submit", submit_params("alice.64"))), 24);
  EXPECT_EQ(code_of(session, request(9, "mining.authorize", "[\"alice.65\",\"\"]")), 24);
  EXPECT_EQ(code_of(session, request(9, "mining.submit", submit_params("alice.63"))), 0);
  EXPECT_EQ(code_of(session, request(9, "mining.submit", submit_params())), 0);
}

struct NeedsLogin {
  const char* method;
  std::string good;
  std::string bad;
};

std::vector<NeedsLogin> all_that_need_login() {
  return {
      {"mining.submit", submit_params(), "[\"alice.rig\",\"s-0001\",1,\"FF\",\"\",7]"},
      {"sprint.ready", "{\"sprint\":\"s-0001\",\"devices\":[{\"n\":0,\"name\":\"x\",\"rate\":0}]}",
       "{\"sprint\":\"s-0001\",\"devices\":[]}"},
      {"mining.lease", "{\"sprint\":\"s-0001\",\"n\":0}", "{\"sprint\":\"s-0001\"}"},
      {"mining.withdraw", "{\"sprint\":\"s-0001\",\"seqs\":[1]}",
       "{\"sprint\":\"S\",\"seqs\":[1]}"},
  };
}

TEST(ServerSession, TheOrderOfChecksIsFormatThenSubscribedThenAuthorized) {
  for (const NeedsLogin& c : all_that_need_login()) {
    auto connected = make_server(ServerStage::kNew);
    EXPECT_EQ(code_of(connected, request(9, c.method, c.bad)), 20) << c.method;
    EXPECT_EQ(code_of(connected, request(9, c.method, c.good)), 25) << c.method;
    auto subscribed = make_server(ServerStage::kSubscribed);
    EXPECT_EQ(code_of(subscribed, request(9, c.method, c.bad)), 20) << c.method;
    EXPECT_EQ(code_of(subscribed, request(9, c.method, c.good)), 24) << c.method;
    auto working = make_server(ServerStage::kWorking);
    EXPECT_EQ(code_of(working, request(9, c.method, c.bad)), 20) << c.method;
    EXPECT_EQ(code_of(working, request(9, c.method, c.good)), 0) << c.method;
    EXPECT_EQ(drain(working).size(), 1u) << c.method;
  }
  auto connected = make_server(ServerStage::kNew);
  EXPECT_EQ(code_of(connected, request(9, "mining.authorize", "[7]")), 20);
  EXPECT_EQ(code_of(connected, request(9, "mining.authorize", "[\"\"]")), 25);
  auto working = make_server(ServerStage::kWorking);
  EXPECT_EQ(code_of(working, request(9, "mining.submit", submit_params("bob.rig"))), 24);
  EXPECT_EQ(code_of(working, request(9, "mining.submit", submit_params("alice2.rig"))), 24);
}

TEST(ServerSession, AnswersWhatNeedsNoPoolInAnyState) {
  for (const auto stage : {ServerStage::kNew, ServerStage::kWorking}) {
    auto session = make_server(stage);
    ASSERT_TRUE(session
                    .feed(request(5, "mining.time", "{\"c0\":77}") +
                              request(6, "mining.ping", "[]") +
                              request(7, "mining.configure",
                                      "[[\"sprint\",\"lease\",\"batch\",\"resume\",\"time\","
                                      "\"time\",\"other\"],{}]"),
                          kPoolNow)
                    .ok());
    EXPECT_EQ(take_output(session),
              "{\"id\":5,\"result\":{\"c0\":77,\"s1\":1700000000000000,\"s2\":1700000000000000},"
              "\"error\":null}\n"
              "{\"id\":6,\"result\":{\"acked\":0,\"server_us\":1700000000000000},\"error\":null}\n"
              "{\"id\":7,\"result\":{\"sprint\":true,\"lease\":true,\"batch\":true,"
              "\"resume\":true,\"time\":true,\"other\":false},\"error\":null}\n");
  }
}

TEST(ServerSession, ASubmitGetsTheStampOfItsNewline) {
  auto session = make_server(ServerStage::kWorking);
  const std::string line = request(9, "mining.submit", submit_params());
  for (std::size_t cut = 0; cut < line.size(); ++cut) {
    ASSERT_TRUE(session.feed(line.substr(0, cut), kPoolNow).ok());
    EXPECT_THAT(drain(session), IsEmpty());
    ASSERT_TRUE(session.feed(line.substr(cut), kPoolNow + Micros(1)).ok());
    EXPECT_THAT(drain(session), ElementsAre(HasSubstr(" at 1700000000000001"))) << cut;
  }
}

}  // namespace
}  // namespace stratum
