#include "stratum/line_framer.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace stratum {
namespace {

/// What comes out when `stream` arrives in the given pieces: the lines, and whether it failed.
struct Framed {
  std::vector<std::string> lines;
  std::string error;
  bool operator==(const Framed&) const = default;
};

class Feeder {
 public:
  explicit Feeder(std::size_t limit) : framer_(limit) {}
  void feed(std::string_view bytes) {
    const auto status = framer_.feed(bytes);
    while (auto line = framer_.next()) out_.lines.push_back(*line);
    if (!status.ok()) out_.error = status.message();
  }
  const Framed& out() const { return out_; }

 private:
  LineFramer framer_;
  Framed out_;
};

Framed frame_whole(std::string_view stream, std::size_t limit) {
  Feeder feeder(limit);
  feeder.feed(stream);
  return feeder.out();
}

const std::string kStreams[] = {
    "one\ntwo\r\n\n\r\nthree\n",
    "no newline at the end",
    "\n\n\n",
    "12345678\n1234567\r\n",     // as long as the limit, the carriage return counted
    "12345678\n123456789\nx\n",  // one too long: the first line still comes
    "ok\n" + std::string("a\0b\nc\n", 6),
    std::string("\0", 1),
    "ok\nendless endless endless",
};

TEST(LineFramer, EveryCutOfEveryStreamGivesTheSame) {
  for (const std::string& stream : kStreams) {
    const Framed whole = frame_whole(stream, 8);
    for (std::size_t a = 0; a <= stream.size(); ++a) {
      for (std::size_t b = a; b <= stream.size(); ++b) {
        Feeder feeder(8);
        feeder.feed(stream.substr(0, a));
        feeder.feed(stream.substr(a, b - a));
        feeder.feed(stream.substr(b));
        ASSERT_EQ(feeder.out(), whole) << "cut at " << a << " and " << b;
      }
    }
    Feeder bytewise(8);
    for (const char c : stream) bytewise.feed(std::string_view(&c, 1));
    EXPECT_EQ(bytewise.out(), whole);
  }
}

TEST(LineFramer, Lines) {
  EXPECT_EQ(frame_whole(kStreams[0], 8).lines, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(frame_whole(kStreams[0], 8).error, "");
  EXPECT_EQ(frame_whole(kStreams[3], 8).lines, (std::vector<std::string>{"12345678", "1234567"}));
}

TEST(LineFramer, TooLongNamesTheLimitAndKeepsWhatCameBefore) {
  const Framed framed = frame_whole("12345678\n123456789\nx\n", 8);
  EXPECT_EQ(framed.lines, std::vector<std::string>{"12345678"});
  EXPECT_EQ(framed.error, "a line of more than 8 bytes");
}

TEST(LineFramer, NulIsRefusedAndKeepsWhatCameBefore) {
  const Framed framed = frame_whole(std::string("ok\na\0b\nc\n", 9), 8);
  EXPECT_EQ(framed.lines, std::vector<std::string>{"ok"});
  EXPECT_EQ(framed.error, "a line with a NUL byte");
}

TEST(LineFramer, AnEndlessLineIsNotHeld) {
  LineFramer framer(100);
  const std::string megabyte(1 << 20, 'x');
  EXPECT_FALSE(framer.feed(megabyte).ok());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(framer.feed(megabyte).ok());
  EXPECT_EQ(framer.pending(), 0u);
}

TEST(LineFramer, ANewLimitCountsFromTheNextFeed) {
  LineFramer framer(4);
  framer.set_limit(8);
  ASSERT_TRUE(framer.feed("12345678\n").ok());
  EXPECT_EQ(framer.next(), "12345678");
  framer.set_limit(4);
  EXPECT_FALSE(framer.feed("12345").ok());
}

TEST(LineFramer, PendingCountsOnlyTheUnfinishedLine) {
  LineFramer framer(64);
  ASSERT_TRUE(framer.feed("abc\nde").ok());
  EXPECT_EQ(framer.pending(), 2u);
  EXPECT_EQ(framer.next(), "abc");
  EXPECT_EQ(framer.next(), std::nullopt);
  ASSERT_TRUE(framer.feed("f\n").ok());
  EXPECT_EQ(framer.pending(), 0u);
  EXPECT_EQ(framer.next(), "def");
}

TEST(LineFramer, RandomStreamsRandomCuts) {
  constexpr unsigned kSeed = 20'240'101;
  SCOPED_TRACE(kSeed);
  std::minstd_rand random(kSeed);
  for (int run = 0; run < 2000; ++run) {
    std::string stream;
    for (auto n = random() % 60; n > 0; --n) stream += "ab\n\n\r\n"[random() % 6];
    const Framed whole = frame_whole(stream, 6);
    Feeder feeder(6);
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t count = 1 + random() % 9;
      feeder.feed(std::string_view(stream).substr(at, count));
      at += count;
    }
    ASSERT_EQ(feeder.out(), whole) << "run " << run;
  }
}

}  // namespace
}  // namespace stratum
