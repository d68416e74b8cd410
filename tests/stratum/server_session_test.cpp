#include "stratum/server_session.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "rigs.h"

namespace stratum {
namespace {

using base::Micros;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kDigest(64, 'a');

std::string request(int id, const std::string& method, const std::string& params) {
  return fmt::format("{{\"id\":{},\"method\":\"{}\",\"params\":{}}}\n", id, method, params);
}

std::string submit_params(const std::string& worker = "alice.rig") {
  return fmt::format("[\"{}\",\"s-0001\",1,\"00000000000000ff\",\"{}\",7]", worker, kDigest);
}

/// The code of the error that `line` is answered with at once; 0 for none.
int code_of(ServerSession& session, const std::string& line) {
  EXPECT_TRUE(session.feed(line, kPoolNow).ok()) << line;
  const std::string output = take_output(session);
  const std::size_t at = output.find("\"error\":[");
  return at == std::string::npos ? 0 : std::stoi(output.substr(at + 9));
}

RequestId next_request(ServerSession& session) {
  const auto event = session.next_event();
  return std::visit(
      [](const auto& e) -> RequestId {
        if constexpr (requires { e.request; }) {
          return e.request;
        } else {
          return 0;
        }
      },
      event.value());
}

TEST(ServerSession, SubscribeAnswersInV1sShape) {
  for (const char* params :
       {"[]", "[\"cpuminer/2\"]", "[null,null]", "[\"a\",\"token\",\"SprintStratum/1\",7]"}) {
    auto session = make_server(ServerStage::kNew);
    ASSERT_TRUE(session.feed(request(1, "mining.subscribe", params), kPoolNow).ok());
    EXPECT_EQ(take_output(session),
              "{\"id\":1,\"result\":[[[\"mining.set_difficulty\",\"1\"],[\"mining.notify\",\"1\"]],"
              "\"\",8,{\"resume\":\"\",\"resumed\":false,\"acked\":0,"
              "\"server_us\":1700000000000000,"
              "\"limits\":{\"line\":16384,\"batch\":0,\"leases\":16,\"rate\":20}}],"
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
              "{\"id\":7,\"result\":{\"sprint\":true,\"lease\":true,\"batch\":false,"
              "\"resume\":false,\"time\":true,\"other\":false},\"error\":null}\n");
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

TEST(ServerSession, OpenRequestsAreLimitedAndAnsweredUnderTheirOwnIds) {
  auto session = make_server(ServerStage::kWorking);
  for (int i = 0; i < 256; ++i) {
    ASSERT_EQ(code_of(session, request(1000 + i, "mining.submit", submit_params())), 0);
  }
  EXPECT_EQ(code_of(session, request(9, "mining.submit", submit_params())), 29);
  const RequestId first = next_request(session);
  const RequestId second = next_request(session);
  session.refuse(second, Code::kBusy, "later", 250);
  session.accept(first);
  EXPECT_EQ(take_output(session),
            "{\"id\":1001,\"result\":null,\"error\":[29,\"later\",{\"reason\":\"busy\","
            "\"retry_ms\":250}]}\n{\"id\":1000,\"result\":true,\"error\":null}\n");
  EXPECT_EQ(code_of(session, request(9, "mining.submit", submit_params())), 0);
}

TEST(ServerSessionDeathTest, AnsweringTwiceIsABug) {
  auto session = make_server(ServerStage::kWorking);
  ASSERT_TRUE(session.feed(request(9, "mining.submit", submit_params()), kPoolNow).ok());
  const RequestId id = next_request(session);
  session.accept(id);
  EXPECT_DEATH(session.accept(id), "check failed");
}

TEST(ServerSession, AnUnknownMethodIsAnErrorAndNeverADisconnect) {
  auto session = make_server(ServerStage::kWorking);
  for (const char* method : {"mining.fly", "", "%n%n%s", "MINING.SUBMIT", "mining.submit_batch"}) {
    EXPECT_EQ(code_of(session, request(3, method, "[]")), 20) << method;
  }
  EXPECT_TRUE(session.logged_in());
}

TEST(ServerSession, ErrorsNeverHoldTheMinersText) {
  auto session = make_server(ServerStage::kWorking);
  for (const std::string& line :
       {request(3, "evilword", "[]"), request(3, "mining.submit", "[\"evilword\",\"evilword\"]"),
        request(3, "mining.lease", "{\"sprint\":\"s\",\"n\":\"evilword\"}"),
        request(3, "mining.configure", "[\"evilword\"]"),
        request(3, "mining.submit", submit_params("evilword"))}) {
    ASSERT_TRUE(session.feed(line, kPoolNow).ok());
    const std::string output = take_output(session);
    EXPECT_THAT(output, HasSubstr("\"error\":["));
    EXPECT_THAT(output, testing::Not(HasSubstr("evilword")));
  }
}

TEST(ServerSession, AHundredErrorsInARowEndIt) {
  auto session = make_server(ServerStage::kWorking);
  const std::string bad = request(3, "mining.fly", "[]");
  const std::string good = request(3, "mining.ping", "[]");
  for (int i = 0; i < 99; ++i) ASSERT_TRUE(session.feed(bad, kPoolNow).ok());
  ASSERT_TRUE(session.feed(good, kPoolNow).ok());
  for (int i = 0; i < 99; ++i) ASSERT_TRUE(session.feed(bad, kPoolNow).ok());
  take_output(session);
  const auto status = session.feed(bad + good, kPoolNow);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "100 bad requests in a row");
  const std::string output = take_output(session);
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1);
  EXPECT_FALSE(session.feed(good, kPoolNow).ok());
  EXPECT_EQ(take_output(session), "");
}

TEST(ServerSession, LineLimits) {
  const auto line_of = [](std::size_t bytes) {
    return std::string("{\"id\":1,\"method\":\"mining.ping\"}") + std::string(bytes - 31, ' ') +
           "\n";
  };
  auto before = make_server(ServerStage::kSubscribed);
  EXPECT_TRUE(before.feed(line_of(4096), kPoolNow).ok());
  take_output(before);
  EXPECT_FALSE(before.feed(line_of(4097), kPoolNow).ok());
  EXPECT_THAT(take_output(before), StartsWith("{\"id\":null,\"result\":null,\"error\":[34,"));
  auto after = make_server(ServerStage::kWorking);
  EXPECT_TRUE(after.feed(line_of(16384), kPoolNow).ok());
  EXPECT_FALSE(after.feed(line_of(16385), kPoolNow).ok());
}

TEST(ServerSession, UnreadableLinesAreAnsweredOnceAndEndIt) {
  for (const std::string& bad : {std::string("{\n"), std::string("{}\0\n", 4),
                                 std::string("{\"id\":1,\"id\":1}\n"), std::string("\xff\n")}) {
    auto session = make_server(ServerStage::kWorking);
    EXPECT_FALSE(session.feed(request(3, "mining.ping", "[]") + bad, kPoolNow).ok());
    const std::string output = take_output(session);
    EXPECT_THAT(output, StartsWith("{\"id\":3,\"result\":{"));
    EXPECT_THAT(output, HasSubstr("{\"id\":null,\"result\":null,\"error\":[20,"));
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2);
  }
}

TEST(ServerSession, ByeIsAnsweredAndTheRestIgnored) {
  auto session = make_server(ServerStage::kWorking);
  ASSERT_TRUE(
      session
          .feed(request(3, "mining.bye", "[]") + request(4, "mining.ping", "[]") + "{\n", kPoolNow)
          .ok());
  EXPECT_EQ(take_output(session), "{\"id\":3,\"result\":true,\"error\":null}\n");
  EXPECT_THAT(drain(session), ElementsAre("Left"));
  EXPECT_FALSE(session.logged_in());
  EXPECT_TRUE(session.feed(std::string(100'000, 'x'), kPoolNow).ok());
}

TEST(ServerSession, ALoginAcceptedAfterByeDoesNotComeBack) {
  auto session = make_server(ServerStage::kSubscribed);
  ASSERT_TRUE(
      session
          .feed(request(2, "mining.authorize", "[\"alice\"]") + request(3, "mining.bye", "[]"),
                kPoolNow)
          .ok());
  session.accept(next_request(session));
  EXPECT_FALSE(session.logged_in());
}

TEST(ServerSession, NoticesGoOnlyToWhoIsLoggedIn) {
  auto session = make_server(ServerStage::kSubscribed);
  session.announce(sample_announcement());
  session.end("s-0001", 0);
  session.ping();
  EXPECT_EQ(take_output(session), "");
  session.message("banned");
  EXPECT_EQ(take_output(session),
            "{\"id\":null,\"method\":\"client.show_message\",\"params\":[\"banned\"]}\n");
}

/// The lines of `output`, each asserted to be within the limit.
std::vector<std::string> lines_of(const std::string& output) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t newline = output.find('\n', at);
    lines.push_back(output.substr(at, newline - at));
    EXPECT_LE(lines.back().size(), kMaxLineBytes);
    at = newline + 1;
  }
  return lines;
}

TEST(ServerSession, LongListsAreToldInSeveralLines) {
  auto session = make_server(ServerStage::kWorking);
  Verdict verdict{"s-0001", 1, {}};
  for (int i = 0; i < 1000; ++i) {
    verdict.voided.push_back({kMaxInteger, Code::kWrongDigest, std::string(500, '\\')});
  }
  session.verdict(verdict);
  EXPECT_EQ(lines_of(take_output(session)).size(), 16u);
  const std::vector<Lease> leases(65, Lease{kMaxInteger, UINT32_MAX, 0, 48, kMaxInteger});
  const std::vector<std::uint64_t> close(130, kMaxInteger);
  session.set_leases("s-0001", leases, close);
  EXPECT_EQ(lines_of(take_output(session)).size(), 3u);
  session.set_leases("s-0001", {}, {});
  EXPECT_EQ(lines_of(take_output(session)).size(), 1u);
  session.message(std::string(100'000, 'x'));
  EXPECT_LE(lines_of(take_output(session)).at(0).size(), 400u);
}

TEST(ServerSession, PingsAndTakesTheAnswer) {
  auto session = make_server(ServerStage::kWorking);
  session.ping();
  EXPECT_EQ(take_output(session), "{\"id\":1,\"method\":\"mining.ping\",\"params\":[]}\n");
  ASSERT_TRUE(session.feed("{\"id\":1,\"result\":true,\"error\":null}\n", kPoolNow).ok());
  EXPECT_EQ(take_output(session), "");
}

TEST(ServerSession, DeviceNamesAreMadePrintableAndShort) {
  auto session = make_server(ServerStage::kWorking);
  const std::string name = "\\u001b" + std::string(200, 'x');
  ASSERT_TRUE(session
                  .feed(request(3, "sprint.ready",
                                "{\"sprint\":\"s\",\"devices\":[{\"n\":1,\"name\":\"" + name +
                                    "\",\"rate\":9}]}"),
                        kPoolNow)
                  .ok());
  const auto event = session.next_event();
  ASSERT_TRUE(event.has_value());
  const auto& ready = std::get<server::ReadyWanted>(*event);
  EXPECT_EQ(ready.devices.at(0).name, "\\x1b" + std::string(60, 'x'));
}

}  // namespace
}  // namespace stratum
