#include "base/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace base {
namespace {

constexpr std::uint64_t kMax64 = std::numeric_limits<std::uint64_t>::max();

Bytes32 counting_bytes() {
  Bytes32 bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 8 + 7);
  return bytes;
}

TEST(Hex, WritesBytesInOrderInLowerCase) {
  EXPECT_EQ(to_hex(std::vector<std::uint8_t>{0x00, 0x01, 0xab, 0xcd, 0xef, 0xff}), "0001abcdefff");
  EXPECT_EQ(to_hex(std::vector<std::uint8_t>{}), "");
  EXPECT_EQ(to_hex(counting_bytes()),
            "070f171f272f373f474f575f676f777f878f979fa7afb7bfc7cfd7dfe7eff7ff");
}

TEST(Hex, WritesAnIntegerMostSignificantFirst) {
  EXPECT_EQ(to_hex(std::uint64_t{0}), "0000000000000000");
  EXPECT_EQ(to_hex(std::uint64_t{7}), "0000000000000007");
  EXPECT_EQ(to_hex(std::uint64_t{0x0123456789abcdef}), "0123456789abcdef");
  EXPECT_EQ(to_hex(kMax64), "ffffffffffffffff");
}

TEST(Hex, ReadsBackWhatItWrote) {
  constexpr std::uint64_t kSeed = 20240101;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 200; ++round) {
    Bytes32 bytes{};
    for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random());
    ASSERT_EQ(bytes32_from_hex(to_hex(bytes)), bytes);
    const std::uint64_t value = random() >> (random() % 64);
    ASSERT_EQ(u64_from_hex(to_hex(value)), value);
  }
}

TEST(Hex, RefusesAnyOtherLength) {
  const std::string good = to_hex(counting_bytes());
  ASSERT_TRUE(bytes32_from_hex(good).has_value());
  for (std::size_t length = 0; length < 130; ++length) {
    const std::string text(length, 'a');
    EXPECT_EQ(bytes32_from_hex(text).has_value(), length == 64) << length;
    EXPECT_EQ(u64_from_hex(text).has_value(), length == 16) << length;
  }
  EXPECT_FALSE(bytes32_from_hex(" " + good).has_value());
  EXPECT_FALSE(bytes32_from_hex(good + "\n").has_value());
  EXPECT_FALSE(bytes32_from_hex("0x" + good.substr(2)).has_value());
}

TEST(Hex, RefusesEveryOtherCharacterAtEveryPlace) {
  const std::string long_text = to_hex(counting_bytes());
  const std::string short_text = "0123456789abcdef";
  for (int c = 0; c < 256; ++c) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    for (std::size_t at = 0; at < long_text.size(); ++at) {
      std::string text = long_text;
      text[at] = static_cast<char>(c);
      ASSERT_EQ(bytes32_from_hex(text).has_value(), digit) << "byte " << c << " at " << at;
    }
    for (std::size_t at = 0; at < short_text.size(); ++at) {
      std::string text = short_text;
      text[at] = static_cast<char>(c);
      ASSERT_EQ(u64_from_hex(text).has_value(), digit) << "byte " << c << " at " << at;
    }
  }
}

TEST(Decimal, ReadsDigitsOnly) {
  EXPECT_EQ(u64_from_decimal("0"), 0u);
  EXPECT_EQ(u64_from_decimal("9"), 9u);
  EXPECT_EQ(u64_from_decimal("1234567890"), 1234567890u);
  EXPECT_EQ(u64_from_decimal("0042"), 42u);
  for (const char* bad : {"", " ", "-1", "+1", "-0", " 1", "1 ", "1\n", "0x10", "1e3", "1.0", "1,0",
                          "1_000", "a", "12a", "\xd9\xa1"}) {
    EXPECT_FALSE(u64_from_decimal(bad).has_value()) << '"' << bad << '"';
  }
  EXPECT_FALSE(u64_from_decimal(std::string_view("1\0", 2)).has_value());
}

TEST(Decimal, StopsAtTheEdgeOf64Bits) {
  EXPECT_EQ(u64_from_decimal("18446744073709551614"), kMax64 - 1);
  EXPECT_EQ(u64_from_decimal("18446744073709551615"), kMax64);
  EXPECT_FALSE(u64_from_decimal("18446744073709551616").has_value());
  EXPECT_FALSE(u64_from_decimal("18446744073709551620").has_value());
  EXPECT_FALSE(u64_from_decimal("20000000000000000000").has_value());
  EXPECT_FALSE(u64_from_decimal("184467440737095516150").has_value());
  EXPECT_FALSE(u64_from_decimal(std::string(1000, '9')).has_value());
  EXPECT_EQ(u64_from_decimal(std::string(1000, '0') + "18446744073709551615"), kMax64);
}

TEST(Decimal, KeepsToEveryMaximum) {
  // Around each maximum, in particular those whose last digit makes the overflow check subtle.
  for (const std::uint64_t max :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{9}, std::uint64_t{10},
        std::uint64_t{19}, std::uint64_t{99}, std::uint64_t{600}, std::uint64_t{65535},
        std::uint64_t{UINT32_MAX}, (std::uint64_t{1} << 53) - 1, kMax64 - 20, kMax64 - 1, kMax64}) {
    for (std::uint64_t back = 0; back <= 20 && back <= max; ++back) {
      ASSERT_EQ(u64_from_decimal(std::to_string(max - back), max), max - back) << "max " << max;
    }
    for (std::uint64_t over = 1; over <= 20 && max <= kMax64 - over; ++over) {
      ASSERT_FALSE(u64_from_decimal(std::to_string(max + over), max).has_value())
          << max + over << ", max " << max;
    }
  }
}

TEST(AsBytes, SeesTheTextItself) {
  const std::string text("a\0\xff", 3);
  const auto bytes = as_bytes(text);
  ASSERT_EQ(bytes.size(), 3u);
  EXPECT_EQ(bytes[0], 'a');
  EXPECT_EQ(bytes[1], 0);
  EXPECT_EQ(bytes[2], 0xff);
  EXPECT_EQ(static_cast<const void*>(bytes.data()), text.data());
  EXPECT_TRUE(as_bytes("").empty());
}

TEST(Printable, LeavesPrintableAsciiAlone) {
  std::string plain;
  for (char c = 0x20; c < 0x7f; ++c) {
    if (c != '\\') plain += c;
  }
  EXPECT_EQ(printable(plain), plain);
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, LetsNoEscapeSequenceThrough) {
  EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(printable("a\nb\r\tc"), "a\\x0ab\\x0d\\x09c");
  EXPECT_EQ(printable("\x7f\x80\xff"), "\\x7f\\x80\\xff");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), "\\x00x");
  for (int c = 0; c < 256; ++c) {
    for (const char out : printable(std::string(1, static_cast<char>(c)))) {
      EXPECT_TRUE(out >= 0x20 && out < 0x7f) << c;
    }
  }
}

TEST(Printable, IsUnambiguous) {
  // What a peer sends cannot look like an escaped byte that it did not send.
  EXPECT_NE(printable("\\x1b"), printable("\x1b"));
}

TEST(Printable, CutsToTheLength) {
  EXPECT_EQ(printable(std::string(300, 'a')), std::string(256, 'a'));
  EXPECT_EQ(printable("abcdef", 4), "abcd");
  EXPECT_EQ(printable("abcd", 4), "abcd");
  EXPECT_EQ(printable("abc", 4), "abc");
  for (std::size_t length = 0; length < 20; ++length) {
    EXPECT_LE(printable("a\x01\x02\x03\x04\x05", length).size(), length);
  }
}

}  // namespace
}  // namespace base
