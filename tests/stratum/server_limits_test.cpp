// The limits of the server session, and what bad lines get. Source: the protocol page, "Framing and
// values".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/stratum/server_support.h"

namespace stratum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ServerLimits, OpenRequestsAreLimitedAndAnsweredUnderTheirOwnIds) {
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

TEST(ServerLimitsDeathTest, AnsweringTwiceIsABug) {
  auto session = make_server(ServerStage::kWorking);
  ASSERT_TRUE(session.feed(request(9, "mining.submit", submit_params()), kPoolNow).ok());
  const RequestId id = next_request(session);
  session.accept(id);
  EXPECT_DEATH(session.accept(id), "check failed");
}

TEST(ServerLimits, FiftyRequestsASecondBesideSharesAndFiveHundredAtOnce) {
  auto session = make_server(ServerStage::kWorking);
  const std::string ping = request(3, "mining.ping", "[]");
  const auto answered = [&](base::UnixTime now) {
    int count = 0;
    while (count < 2000) {
      EXPECT_TRUE(session.feed(ping, now).ok());
      if (take_output(session).find("[29,") != std::string::npos) break;
      ++count;
    }
    return count;
  };
  const base::UnixTime later = kPoolNow + std::chrono::hours(1);
  EXPECT_EQ(answered(later), 500);
  ASSERT_TRUE(session.feed(ping, later).ok());
  EXPECT_THAT(take_output(session), HasSubstr("\"retry_ms\":21")) << "a fiftieth of a second";
  EXPECT_EQ(answered(later + std::chrono::seconds(2)), 100);
  EXPECT_EQ(code_of(session, request(4, "mining.submit", submit_params())), 0)
      << "shares go by limits of their own";
}

TEST(ServerLimits, AnUnknownMethodIsAnErrorAndNeverADisconnect) {
  auto session = make_server(ServerStage::kWorking);
  for (const char* method :
       {"mining.fly", "", "%n%n%s", "MINING.SUBMIT", "mining.submit_batches"}) {
    EXPECT_EQ(code_of(session, request(3, method, "[]")), 20) << method;
  }
  EXPECT_TRUE(session.logged_in());
}

TEST(ServerLimits, ErrorsNeverHoldTheMinersText) {
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

TEST(ServerLimits, AHundredErrorsInARowEndIt) {
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

TEST(ServerLimits, LineLimits) {
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

TEST(ServerLimits, UnreadableLinesAreAnsweredOnceAndEndIt) {
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

TEST(ServerLimits, ByeIsAnsweredAndTheRestIgnored) {
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

TEST(ServerLimits, ALoginAcceptedAfterByeDoesNotComeBack) {
  auto session = make_server(ServerStage::kSubscribed);
  ASSERT_TRUE(
      session
          .feed(request(2, "mining.authorize", "[\"alice\"]") + request(3, "mining.bye", "[]"),
                kPoolNow)
          .ok());
  session.accept(next_request(session));
  EXPECT_FALSE(session.logged_in());
}

TEST(ServerLimits, NoticesGoOnlyToWhoIsLoggedIn) {
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

TEST(ServerLimits, LongListsAreToldInSeveralLines) {
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

TEST(ServerLimits, PingsAndTakesTheAnswer) {
  auto session = make_server(ServerStage::kWorking);
  session.ping();
  EXPECT_EQ(take_output(session), "{\"id\":1,\"method\":\"mining.ping\",\"params\":[]}\n");
  ASSERT_TRUE(session.feed("{\"id\":1,\"result\":true,\"error\":null}\n", kPoolNow).ok());
  EXPECT_EQ(take_output(session), "");
}

TEST(ServerLimits, DeviceNamesAreMadePrintableAndShort) {
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
