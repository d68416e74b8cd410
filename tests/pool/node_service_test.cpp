#include "pool/node_service.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pool/node_rig.h"

// Calls as a script would make them.
namespace pool {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::kNoon;
using tests::NodeRig;
using tests::seconds;
using tests::steady_of;

const std::string kAlice = R"("payout":"alice")";

class Service : public testing::Test {
 protected:
  Service() : node(tests::rig_config()) {
    node.at(kNoon);
    node.call("getsprint", "{" + kAlice + "}");
    sprint = between(node.call("getsprint", "{" + kAlice + "}"), R"("sprint":")", "\"");
    EXPECT_THAT(sprint, testing::StartsWith("1-"));
  }
  static std::string between(const std::string& text, const std::string& a, const std::string& b) {
    const std::size_t at = text.find(a);
    if (at == std::string::npos) return "";
    const std::size_t from = at + a.size();
    return text.substr(from, text.find(b, from) - from);
  }
  std::string lease(const std::string& key, int count = 1) {
    return node.call("leasenonces", fmt::format(R"({{{},"sprint":"{}","count":{},"key":"{}"}})",
                                                kAlice, sprint, count, key));
  }
  std::string poll_id() {
    return between(node.call("getsprint", "{" + kAlice + "}"), R"("longpollid":")", "\"");
  }
  /// A poll that waits for another state than `id`.
  void poll(const std::string& id, const void* from = nullptr) {
    const std::string body = fmt::format(
        R"({{"jsonrpc":"2.0","id":7,"method":"getsprint","params":{{{},"longpollid":"{}"}}}})",
        kAlice, id);
    node.service.handle(
        body, node.rig.now, steady_of(node.rig.now),
        [this](const NodeReply& reply) { polled.push_back(reply.body); }, from);
  }

  NodeRig node;
  std::string sprint;
  std::vector<std::string> polled;
};

TEST_F(Service, ShowsASprintWithAllThatIsNeededToRaceIt) {
  const std::string before = node.call("getsprint", "{" + kAlice + "}");
  EXPECT_THAT(before, HasSubstr(R"("state":"announced")"));
  EXPECT_THAT(before, HasSubstr(R"("input":"alice")"));
  EXPECT_THAT(before, HasSubstr(R"("commitment":")"));
  EXPECT_THAT(before, HasSubstr(R"("submitold":false)"));
  EXPECT_THAT(before, Not(HasSubstr(R"("secret")"))) << "not before T0";
  node.at(kNoon + seconds(10));
  const std::string after = node.call("getsprint", "{" + kAlice + "}");
  EXPECT_THAT(after, HasSubstr(R"("state":"running")"));
  EXPECT_THAT(after, HasSubstr(R"("secret":")"));
  EXPECT_THAT(after, HasSubstr(R"("drawn":"none")"));
}

TEST_F(Service, LeasesAreAnsweredAlikeForOneKey) {
  const std::string first = lease("a");
  EXPECT_THAT(first, HasSubstr(R"("leases":[{"lease":1,)"));
  EXPECT_EQ(lease("a"), first);
  EXPECT_THAT(lease("b"), HasSubstr(R"("leases":[{"lease":2,)"));
  EXPECT_THAT(lease("c", 3), HasSubstr(R"({"lease":5,)"));
}

TEST_F(Service, ADeviceGetsSixteenLeases) {
  EXPECT_THAT(lease("a", 64), HasSubstr(R"({"lease":16,)"));
  EXPECT_THAT(lease("b"), HasSubstr(R"("error":{"code":-31,)"));
  EXPECT_THAT(lease("b"), HasSubstr(R"("retry_ms":1000)"));
}

TEST_F(Service, ALeaseOfNoSprintIsRefused) {
  sprint = "9-never";
  EXPECT_THAT(lease("a"), HasSubstr(R"("error":{"code":-21,)"));
}

TEST_F(Service, APollIsAnsweredWhenTheStateChanges) {
  poll(poll_id());
  node.at(kNoon + seconds(9));
  EXPECT_TRUE(polled.empty());
  EXPECT_EQ(node.service.held(), 1u);
  node.at(kNoon + seconds(10));
  ASSERT_EQ(polled.size(), 1u);
  EXPECT_THAT(polled[0], HasSubstr(R"("id":7)"));
  EXPECT_THAT(polled[0], HasSubstr(R"("state":"running")"));
  EXPECT_EQ(node.service.held(), 0u);
}

TEST_F(Service, APollIsAnsweredAtOnceWhereTheStateIsAnother) {
  for (const char* other : {"x", "run0-1001-0", "run1-1001-1", ""}) {
    polled.clear();
    poll(other);
    EXPECT_EQ(polled.size(), 1u) << other;
  }
}

TEST_F(Service, ANewerPollAnswersTheOneBefore) {
  const std::string id = poll_id();
  poll(id);
  poll(id);
  EXPECT_EQ(polled.size(), 1u);
  EXPECT_EQ(node.service.held(), 1u);
}

TEST_F(Service, APollEndsWithItsConnection) {
  const int one = 1;
  const int other = 2;
  poll(poll_id(), &one);
  node.service.let_go(&other, node.rig.now, steady_of(node.rig.now));
  EXPECT_EQ(node.service.held(), 1u);
  node.service.let_go(&one, node.rig.now, steady_of(node.rig.now));
  EXPECT_EQ(node.service.held(), 0u);
  EXPECT_EQ(polled.size(), 1u);
}

TEST_F(Service, APollIsAnsweredAfterAMinuteAtTheLatest) {
  // A pool that announces nothing new: its only sprint starts in an hour.
  Config config = tests::rig_config();
  config.lead = seconds(3600);
  NodeRig slow(config);
  slow.at(kNoon);
  const std::string id =
      between(slow.call("getsprint", "{" + kAlice + "}"), R"("longpollid":")", "\"");
  std::size_t answers = 0;
  slow.service.handle(
      fmt::format(R"({{"id":7,"method":"getsprint","params":{{{},"longpollid":"{}"}}}})", kAlice,
                  id),
      slow.rig.now, steady_of(slow.rig.now), [&](const NodeReply&) { ++answers; });
  slow.at(kNoon + seconds(59));
  EXPECT_EQ(answers, 0u);
  slow.at(kNoon + seconds(60));
  EXPECT_EQ(answers, 1u);
}

TEST_F(Service, AStopAnswersAllPollsAndHoldsNone) {
  poll(poll_id());
  node.service.stop(node.rig.now, steady_of(node.rig.now));
  EXPECT_EQ(polled.size(), 1u);
  poll(poll_id());
  EXPECT_EQ(polled.size(), 2u);
  EXPECT_THAT(lease("a"), HasSubstr(R"("code":-40)"));
  EXPECT_THAT(node.call("getsprintresult", fmt::format(R"({{{},"sprint":"{}"}})", kAlice, sprint)),
              HasSubstr(R"("state":"announced")"));
}

TEST_F(Service, AGuestThatIsNotAskedForIsForgottenAndItsLeasesStay) {
  const std::string granted = lease("a");
  EXPECT_EQ(node.service.guests(), 1u);
  node.to_settle = true;
  node.rig.now = kNoon + NodeService::kGuestStays;
  node.settle();
  EXPECT_EQ(node.service.guests(), 0u);
  EXPECT_THAT(lease("a"), Not(HasSubstr(R"({"lease":1,)"))) << "another guest, another lease";
}

TEST_F(Service, EachShareHasItsVerdict) {
  const std::string granted = lease("a");
  const std::string base = between(granted, R"("base":")", "\"");
  node.at(kNoon + seconds(10));
  const std::string digest(64, '7');
  const std::string verdicts = node.call(
      "submitsprint",
      fmt::format(R"({{{},"sprint":"{}","shares":[["{}","{}"],["{}","{}"],["{}","{}"]]}})", kAlice,
                  sprint, base, digest, base, std::string(64, '8'), "ffffffffffffffff", digest));
  EXPECT_THAT(verdicts, HasSubstr(R"("result":[null,"duplicate","not-your-lease"])"));
}

TEST_F(Service, AShareThatIsNoneLeavesThoseBesideItAlone) {
  const std::string base = between(lease("a"), R"("base":")", "\"");
  node.at(kNoon + seconds(10));
  const std::string good = fmt::format(R"(["{}","{}"])", base, std::string(64, '7'));
  const auto submit = [&](const std::string& shares) {
    return node.call("submitsprint",
                     fmt::format(R"({{{},"sprint":"{}","shares":[{}]}})", kAlice, sprint, shares));
  };
  for (const char* bad : {"7", "null", "[]", R"(["x","y"])", R"(["0000000000000001"])"}) {
    EXPECT_THAT(submit(fmt::format("{},{},{}", bad, good, bad)),
                HasSubstr(R"("result":["invalid",null,"invalid"])"))
        << bad;
    EXPECT_THAT(submit(bad), HasSubstr(R"("result":["invalid"])")) << bad;
  }
}

TEST_F(Service, SharesOfSprintsThatAreNotThereTakeNoRoom) {
  for (int i = 0; i < 65; ++i) {
    EXPECT_THAT(node.call("submitsprint",
                          fmt::format(R"({{{},"sprint":"9-{}","shares":[["{}","{}"]]}})", kAlice, i,
                                      std::string(16, '0'), std::string(64, '7'))),
                HasSubstr(R"("result":["stale-work"])"));
  }
  EXPECT_THAT(lease("a"), HasSubstr(R"("leases":[{"lease":1,)"));
}

TEST_F(Service, RepeatsAfterTheResultsTakeNoRoomForLong) {
  constexpr int kSprints = 65;
  const auto submit = [&](const std::string& of, const std::string& nonce) {
    return node.call("submitsprint", fmt::format(R"({{{},"sprint":"{}","shares":[["{}","{}"]]}})",
                                                 kAlice, of, nonce, std::string(64, '7')));
  };
  std::vector<std::pair<std::string, std::string>> over;  // a sprint and its stored nonce
  base::UnixTime t0 = kNoon + seconds(10);
  for (int i = 0; i < kSprints; ++i) {
    const std::string base = between(lease("a"), R"("base":")", "\"");
    node.at(t0);
    node.at(t0 + tests::milliseconds(20));
    ASSERT_THAT(submit(sprint, base), HasSubstr(R"("result":[null])")) << i;
    over.emplace_back(sprint, base);
    for (int s = 1; s <= 10; ++s) node.at(t0 + seconds(s));
    t0 += seconds(20);
    sprint =
        between(node.call("getsprint", "{" + kAlice + "}"), R"("upcoming":[{"sprint":")", "\"");
    ASSERT_NE(sprint, "") << i;
  }
  for (const auto& [of, nonce] : over) submit(of, nonce);
  EXPECT_THAT(lease("a"), HasSubstr(R"("leases":[{"lease":)"));
}

TEST_F(Service, ResultsTellOwnShares) {
  lease("a");
  node.at(kNoon + seconds(10));
  const std::string nonce = "0000000000000000";
  node.call("submitsprint", fmt::format(R"({{{},"sprint":"{}","shares":[["{}","{}"]]}})", kAlice,
                                        sprint, nonce, std::string(64, '7')));
  const auto ask = [&](const std::string& payout) {
    return node.call(
        "getsprintresult",
        fmt::format(R"({{"payout":"{}","sprint":"{}","nonces":["{}"]}})", payout, sprint, nonce));
  };
  EXPECT_THAT(ask("alice"), HasSubstr(R"("shares":[["0000000000000000","stored",1]])"));
  EXPECT_THAT(ask("bob"), HasSubstr(R"("shares":[["0000000000000000","unknown",0]])"));
  EXPECT_THAT(ask("bob"), HasSubstr(R"("state":"running")"));
}

TEST_F(Service, TimeIsTheStampOfTheCall) {
  EXPECT_EQ(node.call("gettime", R"({"c0":5})"),
            fmt::format(R"({{"jsonrpc":"2.0","id":1,"result":{{"c0":5,"s1":{0},"s2":{0}}}}})",
                        kNoon.time_since_epoch().count()));
}

TEST_F(Service, WhatIsNoCallIsAnsweredWithJsonRpcsOwnCodes) {
  const std::pair<std::string, int> kBad[] = {
      {"", -32700},
      {"{", -32700},
      {"[]", -32600},
      {"{}", -32600},
      {R"({"id":1})", -32600},
      {R"({"id":-1,"method":"gettime"})", -32600},
      {R"({"id":1,"method":"getblock"})", -32601},
      {R"({"id":1,"method":"getsprint"})", -32602},
      {R"({"id":1,"method":"getsprint","params":{"payout":7}})", -32602},
      {R"({"id":1,"method":"getsprint","params":{"payout":"a","client":"\n"}})", -32602},
      {R"({"id":1,"method":"getsprint","params":{"payout":"a","longpollid":""}})", -32602},
      {R"({"id":1,"method":"gettime","params":{"c0":1.5}})", -32602},
      {R"({"id":1,"method":"leasenonces","params":{"payout":"a","sprint":"1-0","count":65,"key":"k"}})",
       -32602},
      {R"({"id":1,"method":"leasenonces","params":{"payout":"a","sprint":"A","count":1,"key":"k"}})",
       -32602},
      {R"({"id":1,"method":"submitsprint","params":{"payout":"a","sprint":"1-0","shares":[]}})",
       -32602},
      {R"({"id":1,"method":"withdrawshares","params":{"payout":"a","sprint":"1-0","nonces":[]}})",
       -32602},
      {R"({"id":1,"method":"getsprint","params":{"payout":".x"}})", -24},
  };
  for (const auto& [body, code] : kBad) {
    EXPECT_THAT(node.call(body), HasSubstr(fmt::format(R"("code":{},)", code))) << body;
  }
}

TEST_F(Service, ACallTakes256SharesAndNoMore) {
  const auto submit = [&](int count) {
    std::string shares;
    for (int i = 0; i < count; ++i) {
      shares += fmt::format(R"({}["{}","{}"])", i == 0 ? "" : ",", base::to_hex(std::uint64_t(i)),
                            std::string(64, '7'));
    }
    return node.call("submitsprint",
                     fmt::format(R"({{{},"sprint":"{}","shares":[{}]}})", kAlice, sprint, shares));
  };
  EXPECT_THAT(submit(256), HasSubstr(R"("result":["not-open")"));
  EXPECT_THAT(submit(257), HasSubstr(R"("code":-32602)"));
}

}  // namespace
}  // namespace pool
