#include "stratum/node_bridge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/stratum/rigs.h"

// A session and its bridge, to a node that each test plays by hand.
namespace stratum {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::uint64_t id_of(const HttpCall& call) {
  json::Document document;
  EXPECT_TRUE(document.parse(call.body).ok());
  return document.root().at("id").integer().value();
}

std::string answer_to(const HttpCall& call, const std::string& result) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id_of(call), result);
}

std::string error_to(const HttpCall& call, int code, const std::string& data = "") {
  return fmt::format(R"({{"id":{},"error":{{"code":{},"message":"why"{}}}}})", id_of(call), code,
                     data);
}

std::uint64_t micros(base::UnixTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// A sprint's members as a node writes them.
std::string members(const Announcement& a, bool started) {
  std::string text = fmt::format(
      R"("sprint":"{}","state":"x","pool":"{}","model":{{"profile":[1,128,128],"seed":"{}"}},)"
      R"("input":"{}","commitment":"{}","beacon":"none","t0":{},"t_end":{})",
      a.sprint, a.pool, base::to_hex(a.model_seed), a.identity, base::to_hex(a.commitment),
      micros(a.t0), micros(a.t_end));
  if (!started) return text;
  const StartNotice start = sample_start(a);
  return text + fmt::format(R"(,"seed":"{}","secret":"{}","drawn":"none")",
                            base::to_hex(start.start_seed), base::to_hex(start.secret));
}

class NodeBridgeTest : public testing::Test {
 protected:
  NodeBridgeTest() : session({"tester/1", "alice.rig", "sesame", {}}, kOurNow) { talk(); }

  void talk() {
    const std::string said = take_output(session);
    if (over.ok()) over = bridge.feed(said, now);
    const std::string heard = take_output(bridge);
    if (over.ok()) over = session.feed(heard, now);
    if (!said.empty() || !heard.empty()) talk();
  }
  /// The call that is to be made now, which must be there.
  HttpCall call(Lane lane) {
    const auto next = bridge.next_call(lane, now);
    EXPECT_TRUE(next) << "no call on lane " << static_cast<int>(lane);
    return next.value_or(HttpCall{R"({"id":0})", {}});
  }
  void reply(Lane lane, const HttpAnswer& answer) {
    const base::Status status = bridge.answer(lane, answer, now);
    talk();
    if (over.ok()) over = status;
  }
  void reply(Lane lane, const HttpCall& to, const std::string& result) {
    reply(lane, {200, {}, answer_to(to, result)});
  }
  std::string work(const std::string& id, const std::string& sprint = R"("sprint":null)") const {
    return fmt::format(R"({{"longpollid":"{}","curtime":{},"expires":90,"upcoming":[],{}}})", id,
                       micros(kPoolNow + (now - kOurNow)), sprint);
  }
  /// Logged in; s-0001 is shown, and started if so.
  void open(bool started = false) {
    reply(Lane::kPoll, call(Lane::kPoll), work("a", members(sample_announcement(), started)));
    while (const auto time = bridge.next_call(Lane::kWork, now)) {
      reply(Lane::kWork, *time, fmt::format(R"({{"c0":1,"s1":{0},"s2":{0}}})", micros(kPoolNow)));
    }
    drain(session);
  }
  std::uint64_t submit(std::uint64_t nonce) {
    const std::uint64_t seq = session.submit("s-0001", sample_share(nonce));
    talk();
    return seq;
  }

  base::SteadyTime now = kOurNow;
  base::Status over = base::Ok{};
  NodeBridge bridge{"client"};
  ClientSession session;
};

TEST_F(NodeBridgeTest, TheFirstCallLogsIn) {
  const HttpCall first = call(Lane::kPoll);
  EXPECT_THAT(first.body, HasSubstr(R"("method":"getsprint")"));
  EXPECT_THAT(first.body, HasSubstr(R"("payout":"alice.rig","client":"client")"));
  EXPECT_THAT(first.body, testing::Not(HasSubstr("longpollid")));
  EXPECT_EQ(bridge.password(), "sesame");
  EXPECT_FALSE(bridge.next_call(Lane::kWork, now)) << "nothing before it is answered";
  EXPECT_FALSE(bridge.next_call(Lane::kPoll, now)) << "one at a time";
  EXPECT_FALSE(session.logged_in());
  reply(Lane::kPoll, first, work("a", members(sample_announcement(), false)));
  EXPECT_TRUE(session.logged_in());
  EXPECT_THAT(drain(session),
              testing::ElementsAre(HasSubstr("LoggedIn"), HasSubstr("Announced s-0001")));
  EXPECT_EQ(session.pool_clock().to_pool(now), kPoolNow);
}

TEST_F(NodeBridgeTest, ATokenThatIsRefusedIsNeverSentAgain) {
  for (const int status : {401, 403}) {
    NodeBridgeTest::SetUp();
    NodeBridge fresh("client");
    ClientSession login({"tester/1", "alice", "wrong"}, now);
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    ASSERT_TRUE(fresh.next_call(Lane::kPoll, now));
    ASSERT_TRUE(fresh.answer(Lane::kPoll, {status, {}, ""}, now).ok());
    EXPECT_FALSE(login.feed(take_output(fresh), now).ok());
    EXPECT_THAT(drain(login), testing::ElementsAre(HasSubstr("LoginRefused")));
    for (const auto later : {seconds(0), seconds(1), seconds(3600)}) {
      EXPECT_FALSE(fresh.next_call(Lane::kPoll, now + later));
      EXPECT_FALSE(fresh.next_call(Lane::kWork, now + later));
    }
  }
}

TEST_F(NodeBridgeTest, APayoutThatIsRefusedIsALoginRefused) {
  reply(Lane::kPoll, {200, {}, error_to(call(Lane::kPoll), -24)});
  EXPECT_THAT(drain(session), testing::ElementsAre(HasSubstr("LoginRefused")));
  EXPECT_FALSE(bridge.next_call(Lane::kPoll, now + seconds(3600)));
}

TEST_F(NodeBridgeTest, ATokenThatIsTakenNoMoreEndsTheSession) {
  open();
  call(Lane::kPoll);
  reply(Lane::kPoll, {401, {}, ""});
  EXPECT_THAT(over.message(), HasSubstr("HTTP 401"));
}

TEST_F(NodeBridgeTest, ANodeThatIsBusyIsCalledWhenItSaid) {
  for (const int status : {429, 503}) {
    const HttpCall first = call(Lane::kPoll);
    reply(Lane::kPoll, {status, seconds(7), ""});
    EXPECT_TRUE(over.ok());
    EXPECT_EQ(bridge.not_before(), now + seconds(7));
    EXPECT_EQ(bridge.wake(), now + seconds(7));
    now += seconds(7) - base::Micros(1);
    EXPECT_FALSE(bridge.next_call(Lane::kPoll, now));
    now += base::Micros(1);
    EXPECT_EQ(call(Lane::kPoll).body, first.body) << "the same call";
    reply(Lane::kPoll, {status, seconds(1), ""});
    now += seconds(1);
  }
}

TEST_F(NodeBridgeTest, WithoutATimeThePausesDouble) {
  for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
    call(Lane::kPoll);
    reply(Lane::kPoll, {503, {}, ""});
    EXPECT_EQ(bridge.not_before(), now + seconds(pause));
    now += seconds(pause);
  }
}

TEST_F(NodeBridgeTest, ANodeThatIsTooBusyForAPollStillTakesShares) {
  for (const int status : {503, 429}) {
    SCOPED_TRACE(status);
    NodeBridge fresh("client");
    ClientSession login({"tester/1", "alice.rig", ""}, now);
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    const HttpCall first = *fresh.next_call(Lane::kPoll, now);
    ASSERT_TRUE(fresh.answer(Lane::kPoll, {200, {}, answer_to(first, work("a"))}, now).ok());
    ASSERT_TRUE(login.feed(take_output(fresh), now).ok());
    now += seconds(1);
    ASSERT_TRUE(fresh.next_call(Lane::kPoll, now));
    ASSERT_TRUE(fresh.answer(Lane::kPoll, {status, seconds(60), ""}, now).ok());
    login.submit("s-0001", sample_share(1));
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    const bool told_to_wait = status == 429;
    EXPECT_EQ(fresh.wake(), told_to_wait ? now + seconds(60) : base::SteadyTime());
    EXPECT_EQ(fresh.next_call(Lane::kWork, now).has_value(), !told_to_wait);
    EXPECT_FALSE(fresh.next_call(Lane::kPoll, now + milliseconds(59'999)));
    EXPECT_TRUE(fresh.next_call(Lane::kPoll, now + seconds(60)));
  }
}

TEST_F(NodeBridgeTest, ABusyNodeIsSentTheSameSharesAgain) {
  open(true);
  call(Lane::kPoll);
  submit(7);
  const HttpCall share = call(Lane::kWork);
  reply(Lane::kWork, {503, seconds(3), ""});
  EXPECT_FALSE(bridge.next_call(Lane::kWork, now + milliseconds(2999)));
  now += seconds(3);
  EXPECT_EQ(call(Lane::kWork).body, share.body) << "no share is lost by it";
}

TEST_F(NodeBridgeTest, APollThatHangsDelaysNoShare) {
  open(true);
  const HttpCall poll = call(Lane::kPoll);
  EXPECT_THAT(poll.body, HasSubstr(R"("longpollid":"a")"));
  EXPECT_GT(poll.timeout, seconds(60));
  const std::uint64_t seq = submit(7);
  const HttpCall share = call(Lane::kWork);
  EXPECT_THAT(share.body, HasSubstr(R"("method":"submitsprint")"));
  EXPECT_LE(share.timeout, seconds(10));
  reply(Lane::kWork, share, "[null]");
  EXPECT_THAT(drain(session),
              testing::ElementsAre(HasSubstr(fmt::format("Answered s-0001 {}", seq))));
}

TEST_F(NodeBridgeTest, SharesThatWaitGoTogether) {
  open(true);
  submit(1);
  const HttpCall first = call(Lane::kWork);
  for (std::uint64_t nonce = 2; nonce <= 240; ++nonce) submit(nonce);
  reply(Lane::kWork, first, "[null]");
  const HttpCall rest = call(Lane::kWork);
  for (const std::uint64_t nonce : {2U, 240U}) {
    EXPECT_NE(rest.body.find(base::to_hex(sample_share(nonce).nonce)), std::string::npos) << nonce;
  }
}

TEST_F(NodeBridgeTest, AWithdrawalFollowsItsShareWhereverThatIs) {
  open(true);
  const std::uint64_t flying = submit(1);
  const HttpCall first = call(Lane::kWork);
  const std::uint64_t queued = submit(2);
  for (const std::uint64_t seq : {flying, queued}) session.withdraw("s-0001", {&seq, 1});
  talk();
  EXPECT_TRUE(drain(session).empty()) << "not known yet";
  reply(Lane::kWork, first, "[null]");
  reply(Lane::kWork, call(Lane::kWork), "[null]");
  drain(session);
  for (const char* nonce : {"0000000100000001", "0000000100000002"}) {
    const HttpCall withdrawal = call(Lane::kWork);
    EXPECT_THAT(withdrawal.body, HasSubstr(R"("method":"withdrawshares")"));
    EXPECT_THAT(withdrawal.body, HasSubstr(fmt::format(R"("nonces":["{}"])", nonce)));
    reply(Lane::kWork, withdrawal, R"({"withdrawn":1})");
    const auto event = session.next_event();
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<client::Withdrawn>(*event).count, 1u);
  }
}

TEST_F(NodeBridgeTest, SlugsBecomeCodesAndUnknownOnesAreFinal) {
  open(true);
  const std::pair<const char*, int> kSlugs[] = {
      {"duplicate", 22},    {"high-hash", 23},      {"stale-work", 21}, {"unknown-work", 21},
      {"late", 28},         {"not-your-lease", 27}, {"busy", 29},       {"not-open", 26},
      {"wrong-digest", 30}, {"bad-cheese", 20},     {"", 20},           {"DUPLICATE", 20}};
  std::uint64_t nonce = 0;
  for (const auto& [slug, code] : kSlugs) {
    submit(++nonce);
    reply(Lane::kWork, call(Lane::kWork), fmt::format(R"(["{}"])", slug));
    const auto event = session.next_event();
    ASSERT_TRUE(event) << slug;
    const auto& answered = std::get<client::Answered>(*event);
    ASSERT_TRUE(answered.error) << slug;
    EXPECT_EQ(static_cast<int>(answered.error->code), code) << slug;
    EXPECT_EQ(is_final(answered.error->code), answered.error->retry_ms == 0) << slug;
  }
}

TEST_F(NodeBridgeTest, AnErrorAboutACallIsOneAboutEachOfItsShares) {
  open(true);
  submit(1);
  submit(2);
  reply(Lane::kWork, {200, {}, error_to(call(Lane::kWork), -29, R"(,"data":{"retry_ms":300})")});
  for (int i = 0; i < 2; ++i) {
    const auto event = session.next_event();
    ASSERT_TRUE(event);
    const auto& answered = std::get<client::Answered>(*event);
    EXPECT_EQ(answered.error->code, Code::kBusy);
    EXPECT_EQ(answered.error->retry_ms, 300u);
  }
}

TEST_F(NodeBridgeTest, AnErrorThatIsNotOfTheProtocolEndsTheSessionAndRejectsNoShare) {
  for (const int code : {-32603, -32000, -32099, -1, -99, 0, 29}) {
    SCOPED_TRACE(code);
    NodeBridge fresh("client");
    ClientSession login({"tester/1", "alice.rig", ""}, now);
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    const HttpCall first = *fresh.next_call(Lane::kPoll, now);
    ASSERT_TRUE(fresh.answer(Lane::kPoll, {200, {}, answer_to(first, work("a"))}, now).ok());
    ASSERT_TRUE(login.feed(take_output(fresh), now).ok());
    drain(login);
    login.submit("s-0001", sample_share(1));
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    const HttpCall share = *fresh.next_call(Lane::kWork, now);
    const base::Status ended = fresh.answer(Lane::kWork, {200, {}, error_to(share, code)}, now);
    ASSERT_FALSE(ended.ok());
    EXPECT_THAT(ended.message(), HasSubstr("the node failed: "));
    ASSERT_TRUE(login.feed(take_output(fresh), now).ok());
    EXPECT_TRUE(drain(login).empty()) << "nothing is said of the share";
  }
}

TEST_F(NodeBridgeTest, ANodeThatHoldsNoPollIsAskedOnceASecond) {
  open();
  reply(Lane::kPoll, call(Lane::kPoll), work("a", members(sample_announcement(), false)));
  EXPECT_FALSE(bridge.next_call(Lane::kPoll, now + milliseconds(999)));
  EXPECT_EQ(bridge.wake(), now + seconds(1));
  EXPECT_TRUE(bridge.next_call(Lane::kPoll, now + seconds(1)));
}

TEST_F(NodeBridgeTest, AStartIsToldOnce) {
  open();
  const HttpCall poll = call(Lane::kPoll);
  now += seconds(10);
  reply(Lane::kPoll, poll, work("b", members(sample_announcement(), true)));
  EXPECT_THAT(drain(session), testing::ElementsAre(HasSubstr("Started s-0001")));
  now += seconds(1);
  reply(Lane::kPoll, call(Lane::kPoll), work("c", members(sample_announcement(), true)));
  EXPECT_TRUE(drain(session).empty());
}

TEST_F(NodeBridgeTest, ASprintThatIsGoneHasEndedAndItsResultIsAskedUntilItIsThere) {
  open(true);
  submit(5);
  reply(Lane::kWork, call(Lane::kWork), "[null]");
  drain(session);
  reply(Lane::kPoll, call(Lane::kPoll), work("b"));
  EXPECT_THAT(drain(session), testing::ElementsAre(HasSubstr("Ended s-0001")));
  const auto outcome = [](const char* state, const char* share) {
    return fmt::format(R"({{"sprint":"s-0001","state":"{}","credit":9,"total":10,"root":"{}",)"
                       R"("shares":[["0000000100000005","{}",9]]}})",
                       state, std::string(64, '0'), share);
  };
  const HttpCall ask = call(Lane::kWork);
  EXPECT_THAT(ask.body, HasSubstr(R"("nonces":["0000000100000005"])"));
  reply(Lane::kWork, ask, outcome("ended", "stored"));
  EXPECT_FALSE(bridge.next_call(Lane::kWork, now + milliseconds(999)));
  now += seconds(1);
  reply(Lane::kWork, call(Lane::kWork), outcome("over", "wrong"));
  EXPECT_THAT(drain(session),
              testing::ElementsAre(HasSubstr("Judged s-0001"), HasSubstr("Credited s-0001")));
}

TEST_F(NodeBridgeTest, ASprintThatTheNodeForgotIsVoid) {
  open(true);
  reply(Lane::kPoll, call(Lane::kPoll), work("b"));
  reply(Lane::kWork, {200, {}, error_to(call(Lane::kWork), -21)});
  EXPECT_THAT(drain(session), testing::Contains(HasSubstr("Cancelled s-0001")));
}

TEST_F(NodeBridgeTest, ALeaseIsAskedForEachDevice) {
  open();
  const ReadyDevice devices[] = {{0, "a", 70}, {3, "b", 0}};
  session.ready("s-0001", devices);
  talk();
  const HttpCall first = call(Lane::kWork);
  EXPECT_THAT(first.body, HasSubstr(R"("count":1,"key":"1","n":0,"rate":70)"));
  reply(Lane::kWork, first,
        R"({"leases":[{"lease":1,"n":0,"base":"0000000100000000","bits":32,"difficulty":9}]})");
  EXPECT_TRUE(drain(session).empty()) << "one answer for all";
  const HttpCall second = call(Lane::kWork);
  EXPECT_THAT(second.body, HasSubstr(R"("key":"2","n":3)"));
  reply(Lane::kWork, {200, {}, error_to(second, -31)});
  EXPECT_THAT(drain(session),
              testing::ElementsAre(HasSubstr("Leased s-0001"), HasSubstr("LeaseRefused s-0001")));
}

struct Nonsense {
  const char* what;
  std::function<std::string(std::string)> change;
};

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(NodeBridgeTest, AWorkThatCannotBeEndsTheSession) {
  const Nonsense kAll[] = {
      {"not JSON", [](auto) { return "<html>"; }},
      {"nothing", [](auto) { return ""; }},
      {"an array", [](auto) { return "[]"; }},
      {"another id", [](auto s) { return with(s, R"("id":)", R"("id":9)"); }},
      {"no id", [](auto s) { return with(s, R"("id")", R"("ie")"); }},
      {"no result", [](auto s) { return with(s, "result", "resule"); }},
      {"no poll id", [](auto s) { return with(s, "longpollid", "longpollie"); }},
      {"a poll id of nothing", [](auto s) { return with(s, R"("a")", R"("")"); }},
      {"a time below 0", [](auto s) { return with(s, R"("curtime":1)", R"("curtime":-1)"); }},
      {"expires at once", [](auto s) { return with(s, R"("expires":90)", R"("expires":0)"); }},
      {"a seed in capitals", [](auto s) { return with(s, R"("seed":")", R"("seed":"A)"); }},
      {"a profile", [](auto s) { return with(s, "[1,128,128]", "[1,127,128]"); }},
      {"a profile of text", [](auto s) { return with(s, "[1,128,128]", R"("nano")"); }},
      {"an id in capitals", [](auto s) { return with(s, "s-0001", "S-0001"); }},
      {"four more", [](auto s) { return with(s, R"("upcoming":[])", R"("upcoming":[1,2,3,4])"); }},
      {"one that is none", [](auto s) { return with(s, R"("upcoming":[])", R"("upcoming":[7])"); }},
      {"deep", [](auto s) { return with(s, R"([])", std::string(9, '[') + std::string(9, ']')); }},
  };
  const HttpCall first = call(Lane::kPoll);
  const std::string good = answer_to(first, work("a", members(sample_announcement(), false)));
  for (const Nonsense& each : kAll) {
    NodeBridge fresh("client");
    ClientSession login({"tester/1", "alice.rig", ""}, now);
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    ASSERT_EQ(id_of(*fresh.next_call(Lane::kPoll, now)), id_of(first));
    const base::Status status = fresh.answer(Lane::kPoll, {200, {}, each.change(good)}, now);
    EXPECT_FALSE(status.ok()) << each.what;
    if (!status.ok()) {
      EXPECT_THAT(status.message(), HasSubstr("makes no sense")) << each.what;
    }
    EXPECT_FALSE(fresh.next_call(Lane::kPoll, now + seconds(100))) << each.what;
  }
  reply(Lane::kPoll, {200, {}, good});
  EXPECT_TRUE(over.ok()) << over.message();
}

TEST_F(NodeBridgeTest, VerdictsThatAreNotOneEachEndTheSession) {
  for (const char* verdicts : {"[]", "[null,null]", "null", "{}", "[7]", "true"}) {
    SCOPED_TRACE(verdicts);
    NodeBridge fresh("client");
    ClientSession login({"tester/1", "alice.rig", ""}, now);
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    const HttpCall first = *fresh.next_call(Lane::kPoll, now);
    ASSERT_TRUE(fresh.answer(Lane::kPoll, {200, {}, answer_to(first, work("a"))}, now).ok());
    ASSERT_TRUE(login.feed(take_output(fresh), now).ok());
    login.submit("s-0001", sample_share(1));
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    const HttpCall share = *fresh.next_call(Lane::kWork, now);
    EXPECT_FALSE(fresh.answer(Lane::kWork, {200, {}, answer_to(share, verdicts)}, now).ok());
  }
}

TEST_F(NodeBridgeTest, AnAnswerThatIsOlderThanItMayBeIsRefused) {
  open();
  const std::string old = work("b");
  const HttpCall poll = call(Lane::kPoll);
  now += seconds(91);
  reply(Lane::kPoll, poll, old);
  EXPECT_THAT(over.message(), HasSubstr("older than it may be"));
}

TEST_F(NodeBridgeTest, AnotherStatusEndsTheSession) {
  for (const int status : {0, 100, 204, 301, 400, 404, 413, 500, 502}) {
    NodeBridge fresh("client");
    ClientSession login({"tester/1", "alice.rig", ""}, now);
    ASSERT_TRUE(fresh.feed(take_output(login), now).ok());
    ASSERT_TRUE(fresh.next_call(Lane::kPoll, now));
    const base::Status ended = fresh.answer(Lane::kPoll, {status, {}, "{}"}, now);
    ASSERT_FALSE(ended.ok()) << status;
    EXPECT_EQ(ended.message(), fmt::format("the node answered with HTTP {}", status));
  }
}

TEST_F(NodeBridgeTest, TheSessionsClockGoesByTheNodesOwnWord) {
  reply(Lane::kPoll, call(Lane::kPoll), work("a"));
  const HttpCall ask = call(Lane::kWork);
  EXPECT_THAT(ask.body, HasSubstr(R"("method":"gettime")"));
  now += milliseconds(40);
  reply(Lane::kWork, ask,
        fmt::format(R"({{"c0":1,"s1":{0},"s2":{0}}})", micros(kPoolNow + milliseconds(20))));
  EXPECT_EQ(session.pool_clock().exchanges(), 2u);
  EXPECT_TRUE(bridge.next_call(Lane::kWork, now)) << "two more at the login";
}

TEST_F(NodeBridgeTest, AGoodByeIsAnsweredHere) {
  open();
  session.bye();
  talk();
  EXPECT_TRUE(bridge.left());
}

}  // namespace
}  // namespace stratum
