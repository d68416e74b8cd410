// Faults of transport and time, by their ids in docs/VERIFICATION.md, as far as they need no
// socket.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "stratum/codec_answers.h"
#include "tests/stratum/memory_used.h"
#include "tests/stratum/reactions.h"
#include "tests/stratum/server_support.h"

namespace stratum {
namespace {

using base::Micros;
using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

std::string padded(std::size_t bytes) {
  std::string line = R"({"id":1,"method":"mining.ping","params":[]})";
  line.resize(bytes, ' ');
  return line;
}

TEST(Transport, T2_TheLimitIsTheLastByteThatIsTaken) {
  for (const bool cut : {false, true}) {
    const auto pieces = [&](std::size_t bytes) {
      const std::string line = padded(bytes) + "\n";
      return cut ? std::vector{line.substr(0, 100), line.substr(100)} : std::vector{line};
    };
    EXPECT_FALSE(react_pool("working", pieces(16384)).over);
    EXPECT_EQ(react_pool("working", pieces(16385)).error(), 34);
    EXPECT_FALSE(react_pool("new", pieces(4096)).over);
    EXPECT_EQ(react_pool("new", pieces(4097)).error(), 34);
    EXPECT_FALSE(react_miner("working", pieces(16384)).over);
    EXPECT_TRUE(react_miner("working", pieces(16385)).over);
  }
  EXPECT_TRUE(react_pool("working", {std::string(16385, ' ')}).over)
      << "its newline is not awaited";
}

template <class Session>
void expect_endless_line_is_dropped(Session session) {
  const std::string piece(std::size_t{64} * 1024, 'x');
  ASSERT_FALSE(session.feed(piece, now_of(session)).ok());
  const std::size_t said = session.output().size();
  const std::size_t before = tests::memory_used();
  for (int i = 0; i < 1600; ++i) ASSERT_FALSE(session.feed(piece, now_of(session)).ok());
  EXPECT_EQ(session.output().size(), said) << "it is told once";
  if (tests::kMemoryIsMeasured) {
    EXPECT_LE(tests::memory_used(), before + (std::size_t{1} << 20));
  }
}

TEST(Transport, T2_AHundredMegabytesWithoutANewlineAreNotKept) {
  expect_endless_line_is_dropped(make_server(ServerStage::kWorking));
  expect_endless_line_is_dropped(make_server(ServerStage::kNew));
  expect_endless_line_is_dropped(make_client(ClientStage::kWorking));
}

TEST(Transport, T2_WhatComesAfterByeIsNotKept) {
  auto session = make_server(ServerStage::kLeft);
  std::string piece;
  while (piece.size() < std::size_t{64} * 1024) piece += "{}\n";
  const std::size_t before = tests::memory_used();
  for (int i = 0; i < 1600; ++i) ASSERT_TRUE(session.feed(piece, kPoolNow).ok());
  EXPECT_EQ(session.output(), "");
  if (tests::kMemoryIsMeasured) {
    EXPECT_LE(tests::memory_used(), before + (std::size_t{1} << 20));
  }
}

std::string object_with(int members) {
  std::string out = R"({"id":1,"method":"mining.ping","params":{)";
  for (int i = 0; i < members; ++i) out += fmt::format("{}\"{}\":0", i == 0 ? "" : ",", i);
  return out + "}}";
}

std::string ping_with(const std::string& params) {
  return R"({"id":1,"method":"mining.ping","params":[)" + params + "]}";
}

TEST(Transport, T3_WhatIsNotOfTheRulesForLinesEndsTheSession) {
  const std::string bad[] = {
      ping_with("[[[[[[[]]]]]]]"),  // 9 deep
      ping_with(std::string(2000, '[')),
      object_with(65),
      object_with(300),
      R"({"id":1,"id":1,"method":"mining.ping"})",
      R"({"id":1,"method":"mining.ping","m\u0065thod":"mining.ping"})",
      R"({"id":1,"method":"mining.ping","params":{"a":{"b":1,"b":2}}})",
      ping_with("\"\xff\""),
      ping_with("\"\xc3\""),
      ping_with("\"\xc0\xaf\""),
      ping_with("\"\xed\xa0\x80\""),
      ping_with("\"\xf5\x80\x80\x80\""),
      ping_with("\"\\ud800\""),
      ping_with("\"\\udc00\""),
      ping_with("\"\\ud800\\u0041\""),
      ping_with("\"\\u0000\""),
      "\xef\xbb\xbf" + ping_with(""),
      "\xff\xfe{\"\"}",
      ping_with("1e999"),
      ping_with("-1e999"),
      ping_with(std::string(400, '9')),
      ping_with("NaN"),
      ping_with("Infinity"),
      ping_with("0x10"),
      ping_with("01"),
      ping_with("+1"),
      ping_with("1,"),
      ping_with("'a'"),
      ping_with("\"\t\""),
      ping_with("") + ping_with(""),
      ping_with("") + " x",
      ping_with("") + "}",
      "{\"id\":1,\"method\":\"mining.ping\"",
      "/**/" + ping_with(""),
      "GET / HTTP/1.1",
      "\x16\x03\x01\x02",
  };
  for (const std::string& line : bad) {
    for (const char* state : {"new", "working"}) {
      const Reaction pool = react_pool(state, {line + "\n" + ping_with("") + "\n"});
      EXPECT_TRUE(pool.over) << line.substr(0, 80);
      EXPECT_EQ(pool.error(), 20) << line.substr(0, 80);
      EXPECT_THAT(pool.output, testing::StartsWith(R"({"id":null,"result":null,"error":[20,)"));
      EXPECT_EQ(std::count(pool.output.begin(), pool.output.end(), '\n'), 1);
      const Reaction miner = react_miner(state, {line + "\n" + ping_with("") + "\n"});
      EXPECT_TRUE(miner.over) << line.substr(0, 80);
      EXPECT_TRUE(miner.events.empty() && miner.output.empty()) << line.substr(0, 80);
    }
  }
}

TEST(Transport, T3_TenThousandKeysAreALineTooLong) {
  EXPECT_EQ(react_pool("working", {object_with(10'000) + "\n"}).error(), 34);
  EXPECT_TRUE(react_miner("working", {object_with(10'000) + "\n"}).over);
}

TEST(Transport, T3_WhatTheRulesAllowIsTaken) {
  for (const std::string& line :
       {ping_with("[[[[[[]]]]]]"), object_with(64), ping_with("\"\\ud83d\\ude00\""),
        ping_with("\"\xf4\x8f\xbf\xbf\""), ping_with("1e308,-0,0.1e-9,18446744073709551616"),
        " \t" + ping_with(" ") + "\t "}) {
    const Reaction reaction = react_pool("working", {line + "\n"});
    EXPECT_THAT(reaction.output, HasSubstr("\"result\":")) << line;
    EXPECT_EQ(react_miner("working", {line + "\n"}).output,
              "{\"id\":1,\"result\":true,\"error\":null}\n");
  }
}

/// A miner whose clock is wrong by `offset` and runs wrong by `drift` parts in a million, and its
/// pool; lines take a random time on the way, another one each way.
class Skewed {
 public:
  Skewed(Micros offset, std::int64_t drift, unsigned seed)
      : offset_(offset), drift_(drift), random_(seed) {
    deliver();
  }

  /// Lets true time pass in steps of a second; what is asked is answered.
  void pass(seconds time) {
    for (seconds second(0); second < time; ++second) {
      true_ += seconds(1);
      ASSERT_TRUE(session_.tick(our_time()).ok());
      deliver();
    }
  }

  Micros error() const {
    const Micros wrong = session_.pool_clock().to_pool(our_time()) - (kPoolNow + true_);
    return Micros(std::abs(wrong.count()));
  }
  Micros half_round_trip() const { return *session_.pool_clock().round_trip() / 2; }

 private:
  base::SteadyTime our_time() const {
    return kOurNow + offset_ + true_ + Micros(true_.count() * drift_ / 1'000'000);
  }
  Micros way() { return Micros(1000 + random_() % 80'000); }

  void deliver() {
    while (!session_.output().empty()) {
      const std::string asked = take_output(session_);
      true_ += way();
      ASSERT_TRUE(pool_.feed(asked, kPoolNow + true_).ok());
      while (pool_.next_event()) pool_.accept(1);  // the login
      true_ += way();
      ASSERT_TRUE(session_.feed(take_output(pool_), our_time()).ok());
    }
  }

  const Micros offset_;
  const std::int64_t drift_;
  std::minstd_rand random_;
  Micros true_{0};
  ServerSession pool_{"pool.example"};
  // Hours without a sprint are no reason to leave here.
  ClientSession session_{{"tester/1", "alice.rig", "x", {.announce = Micros(0)}}, our_time()};
};

TEST(Transport, T7_AClockThatIsWrongByAnHourIsRightByHalfARoundTrip) {
  for (const Micros offset : {Micros(0), Micros(hours(1)), Micros(-hours(1)) + seconds(1)}) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      Skewed miner(offset, 0, seed);
      for (int i = 0; i < 10; ++i) {
        miner.pass(seconds(30));
        ASSERT_LE(miner.error(), miner.half_round_trip() + Micros(1)) << "seed " << seed;
      }
    }
  }
}

// Half a minute between two exchanges is 15 ms at 500 parts in a million; an older one counts only
// if it was better by more than it drifted since.
TEST(Transport, T7_ADriftOf500PartsInAMillionCostsWhatItIsBetweenTwoExchanges) {
  Micros worst(0);
  for (const std::int64_t drift : {-500, 500}) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      Skewed miner(hours(0), drift, seed);
      for (int i = 0; i < 40; ++i) {
        miner.pass(seconds(29));
        worst = std::max(worst, miner.error());
      }
    }
  }
  // The newest alone: half a round trip of at most 162 ms, and 15 ms.
  EXPECT_LE(worst, std::chrono::milliseconds(97));
}

// The machine's wall clock may step as it likes: nothing here has ever asked it.
TEST(Transport, T7_TheDeadlineIsThePoolsAndNoStepOfOursMovesIt) {
  auto session = make_client(ClientStage::kStarted);
  const auto t_end = sample_announcement().t_end;
  const base::SteadyTime ours = session.pool_clock().to_steady(t_end);
  for (const seconds passed : {seconds(1), seconds(10), seconds(29)}) {
    ASSERT_TRUE(session.tick(kOurNow + passed).ok());
    EXPECT_EQ(session.pool_clock().to_steady(t_end), ours);
  }
}

}  // namespace
}  // namespace stratum
