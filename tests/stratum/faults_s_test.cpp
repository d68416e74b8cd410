// Faults of other miners and pools, by their ids in docs/VERIFICATION.md: none of them is here.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "stratum/codec_notices.h"
#include "tests/places.h"
#include "tests/stratum/golden_file.h"
#include "tests/stratum/reactions.h"
#include "tests/stratum/server_support.h"

namespace stratum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kNotFollowed = "Message asks to reconnect elsewhere: not followed";

std::string reconnect(const std::string& params) {
  return R"({"id":null,"method":"client.reconnect","params":)" + params + "}\n";
}

/// A session that goes on: it takes the next announcement.
void expect_works(ClientSession& session, const std::string& id) {
  ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement(id)), kOurNow).ok());
  EXPECT_THAT(drain(session), ElementsAre(HasSubstr("Announced " + id)));
  EXPECT_EQ(take_output(session), "");
}

TEST(Faults, S1_NoReconnectIsFollowedWhateverItsFieldsAndEachIsOneLine) {
  std::vector<std::string> params = {"[]", "{}", "null", "[null,null,null]", "\"x\"", "[[]]"};
  for (const std::size_t length : {0u, 1u, 253u, 254u, 4096u}) {
    params.push_back(fmt::format(R"(["{}",3333,0])", std::string(length, 'a')));
  }
  for (const char* port :
       {"-1", "0", "65535", "65536", "\"1e3\"", "3.0", "1e3", "\"3333\"", "[]"}) {
    params.push_back(fmt::format(R"(["pool.example",{},0])", port));
  }
  for (const std::string& each : params) {
    auto session = make_client(ClientStage::kWorking);
    ASSERT_TRUE(session.feed(reconnect(each), kOurNow).ok()) << each.substr(0, 80);
    EXPECT_THAT(drain(session), ElementsAre(kNotFollowed)) << each.substr(0, 80);
    expect_works(session, "s-0001");
  }
}

TEST(Faults, S1_NoneWithAWrongFieldIsFollowedInsideItsDomainEither) {
  std::vector<std::string> params = {"[[]]", R"([["pool.example"],1,0])", R"([7,1,0])"};
  for (const std::size_t length : {1u, 253u, 254u, 4096u}) {
    params.push_back(fmt::format(R"(["{}",3333,0])", std::string(length, 'a')));
  }
  for (const char* port : {"-1", "65536", "\"1e3\"", "3.0", "1e3", "\"3333\"", "[]"}) {
    params.push_back(fmt::format(R"(["pool.example",{},0])", port));
  }
  for (const std::string& each : params) {
    auto session = make_client(ClientStage::kWorking, "pool.example");
    ASSERT_TRUE(session.feed(reconnect(each), kOurNow).ok()) << each.substr(0, 80);
    EXPECT_THAT(drain(session), ElementsAre(StartsWith(kNotFollowed + ": "))) << each.substr(0, 80);
    expect_works(session, "s-0001");
  }
}

TEST(Faults, S1_AHostOfAMebibyteIsALineTooLong) {
  auto session = make_client(ClientStage::kWorking);
  const std::string line = reconnect("[\"" + std::string(1 << 20, 'a') + "\",3333,0]");
  const auto status = session.feed(line, kOurNow);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "the pool sent a line of more than 16384 bytes");
  EXPECT_THAT(drain(session), testing::IsEmpty());
}

TEST(Faults, S8_TwentyRedirectionsAcrossDomainsMoveNothing) {
  constexpr const char* kHosts[] = {
      "evil.com",
      "pool.example.evil.com",
      "evilpool.example",
      "10.0.0.1",
      "[::1]",
      "::1",
      "localhost",
      "127.0.0.1",
      "xn--pol-qna.com",
      "po\xc3\xb3l.example",
      "POOL.EXAMPLE.EVIL.COM.",
      "pool.example@evil.com",
      "pool.example/x",
      "169.254.169.254",
      "0x7f000001",
      "2130706433",
      "pool.example%00a",
      "..",
      "file:///etc",
      "example",
  };
  auto session = make_client(ClientStage::kWorking, "eu1.pool.example");
  auto without_rule = make_client(ClientStage::kWorking);
  for (const char* host : kHosts) {
    const std::string line = reconnect(fmt::format(R"(["{}",3333,0])", host));
    ASSERT_TRUE(session.feed(line, kOurNow).ok());
    EXPECT_THAT(drain(session), ElementsAre(StartsWith(kNotFollowed + ": "))) << host;
    ASSERT_TRUE(without_rule.feed(line, kOurNow).ok());
    EXPECT_THAT(drain(without_rule), ElementsAre(kNotFollowed)) << host;
  }
  expect_works(session, "s-0001");
  ASSERT_TRUE(session.feed(reconnect(R"(["eu2.pool.example",3333,0])"), kOurNow).ok());
  EXPECT_THAT(drain(session), ElementsAre("Redirected stratum+tcp://eu2.pool.example:3333 in 0 ms"))
      << "its own domain";
  ASSERT_TRUE(without_rule.feed(reconnect(R"(["eu2.pool.example",3333,0])"), kOurNow).ok());
  EXPECT_THAT(drain(without_rule), ElementsAre(kNotFollowed));
}

TEST(Faults, S5_NoTextOfAPeerIsAFormat) {
  constexpr const char* kMethod = "%n%n%s%x%08x%*d{}{0}{:>1000000000}";
  auto miner = make_client(ClientStage::kWorking);
  auto pool = make_server(ServerStage::kWorking);
  for (int i = 0; i < 1000; ++i) {
    const std::string asked = request(i, kMethod, "[\"%n%s\"]");
    ASSERT_TRUE(miner.feed(asked, kOurNow).ok());
    EXPECT_THAT(take_output(miner), HasSubstr("\"error\":[20,\"method: not known here\""));
    EXPECT_EQ(code_of(pool, asked), 20);
    if (i % 50 != 0) continue;
    EXPECT_EQ(code_of(pool, request(i, "mining.ping", "[]")), 0);  // not a hundred in a row
  }
  const std::string told = R"({"id":null,"method":"client.show_message","params":["%n%s{}"]})";
  ASSERT_TRUE(miner.feed(told + "\n", kOurNow).ok());
  EXPECT_THAT(drain(miner), ElementsAre("Message %n%s{}"));
  ASSERT_TRUE(miner.feed(codec::write_cancel("x", "%n"), kOurNow).ok());
  EXPECT_THAT(drain(miner), ElementsAre("Cancelled x: %n"));
  expect_works(miner, "s-0001");
}

/// Golden lines of both sides with what they get, as one stream each.
struct Stream {
  std::string name;
  std::string state;
  std::string line;
  bool pool;  ///< a pool reads it
  Reaction whole;

  Reaction again(const std::vector<std::string>& pieces) const {
    return pool ? react_pool(state, pieces) : react_miner(state, pieces);
  }
};

std::vector<Stream> streams() {
  std::vector<Stream> all;
  for (const bool pool : {true, false}) {
    const char* file = pool ? "/miner_to_pool.jsonl" : "/pool_to_miner.jsonl";
    for (const Golden& golden : read_golden(std::string(SPRINT_GOLDEN_DIR) + file)) {
      all.push_back({golden.name, golden.state, golden.line, pool, {}});
      all.back().whole = all.back().again({golden.line});
    }
  }
  return all;
}

std::vector<std::string> bytes_of(const std::string& text) {
  std::vector<std::string> all;
  for (const char c : text) all.emplace_back(1, c);
  return all;
}

TEST(Faults, S12_TheSameInSegmentsOfOneByte) {
  for (const Stream& stream : streams()) {
    if (stream.line.size() > 4000) continue;  // an endless line ends a session before its newline
    EXPECT_EQ(stream.again(bytes_of(stream.line)), stream.whole) << stream.name;
  }
}

TEST(Faults, S12_TheSameWithACarriageReturnOrEmptyLinesAround) {
  for (const Stream& stream : streams()) {
    if (stream.line.size() > 4000 || stream.line.ends_with("\r\n")) continue;
    const std::string line = stream.line.substr(0, stream.line.size() - 1);
    EXPECT_EQ(stream.again({"\r\n\n" + line + "\r\n"}), stream.whole) << stream.name;
  }
}

TEST(Faults, S12_NothingWithoutItsNewline) {
  for (const Stream& stream : streams()) {
    const std::string line = stream.line.substr(0, stream.line.size() - 1);
    if (line.size() > 4000 || line.find('\0') != std::string::npos) continue;
    EXPECT_EQ(stream.again({line}), Reaction()) << stream.name;
    EXPECT_EQ(stream.again({line, "\n"}), stream.whole) << stream.name;
  }
}

TEST(Faults, S12_TwoLinesInASegmentAreTwoLines) {
  auto pool = make_server(ServerStage::kWorking);
  const std::string two =
      request(1, "mining.ping", "[]") + request(2, "mining.submit", submit_params());
  ASSERT_TRUE(pool.feed(two + two.substr(0, 10), kPoolNow).ok());
  EXPECT_THAT(take_output(pool), testing::StartsWith(R"({"id":1,"result":{)"));
  EXPECT_EQ(drain(pool).size(), 1u);
  ASSERT_TRUE(pool.feed(two.substr(10), kPoolNow).ok());
  EXPECT_EQ(drain(pool).size(), 1u);
  auto miner = make_client(ClientStage::kAnnounced);
  ASSERT_TRUE(
      miner.feed(codec::write_cancel("s-0001", "a") + codec::write_message("b"), kOurNow).ok());
  EXPECT_THAT(drain(miner), ElementsAre("Cancelled s-0001: a", "Message b"));
}

TEST(Faults, S12_ANulAtAnyPlaceEndsTheSession) {
  const std::string asked = request(7, "mining.submit", submit_params());
  const std::string told = codec::write_announcement(sample_announcement());
  for (std::size_t at = 0; at < asked.size(); ++at) {
    std::string line = asked;
    line.insert(at, 1, '\0');
    const Reaction reaction = react_pool("working", {line});
    EXPECT_TRUE(reaction.over) << at;
    EXPECT_EQ(reaction.error(), 20) << at;
    EXPECT_TRUE(reaction.events.empty()) << at;
  }
  for (std::size_t at = 0; at < told.size(); ++at) {
    std::string line = told;
    line[at] = '\0';
    const Reaction reaction = react_miner("working", {line});
    EXPECT_TRUE(reaction.over) << at;
    EXPECT_TRUE(reaction.events.empty()) << at;
  }
}

}  // namespace
}  // namespace stratum
