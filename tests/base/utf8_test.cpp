// base::is_utf8 against RFC 3629, section 4.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace base {
namespace {

/// The only encoding of a code point (RFC 3629, section 3).
std::string encode(std::uint32_t point) {
  const auto tail = [point](int shift) {
    return static_cast<char>(0x80 + ((point >> shift) & 0x3f));
  };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 + (point >> 6)), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 + (point >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xf0 + (point >> 18)), tail(12), tail(6), tail(0)};
}

/// A second reading of the RFC: the text is a sequence of encodings of scalar values. Each step
/// reads a value by the lead byte alone and asks whether its one encoding is what stands there.
bool is_sequence_of_encodings(std::string_view text) {
  while (!text.empty()) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (text.size() < length) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
      point = point << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3fu);
    }
    const bool scalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    if (!scalar || encode(point) != text.substr(0, length)) return false;
    text.remove_prefix(length);
  }
  return true;
}

TEST(Utf8, TakesWellFormedText) {
  const std::array<std::string_view, 18> good = {
      "",
      "plain",
      std::string_view("\0", 1),
      "\x7f",
      "\xc2\x80",                       // U+0080, the first of two bytes
      "\xdf\xbf",                       // U+07FF, the last
      "\xe0\xa0\x80",                   // U+0800, the first of three
      "\xed\x9f\xbf",                   // U+D7FF, the last before the surrogates
      "\xee\x80\x80",                   // U+E000, the first after
      "\xef\xbf\xbd",                   // U+FFFD
      "\xef\xbf\xbf",                   // U+FFFF: not a character, but a scalar value
      "\xef\xbb\xbf",                   // a byte order mark is text like any other
      "\xf0\x90\x80\x80",               // U+10000, the first of four
      "\xf4\x8f\xbf\xbf",               // U+10FFFF, the last
      "\xd1\x83\xd1\x87",               // Cyrillic
      "e\xcc\x81",                      // a combining accent
      "\xf0\x9f\x92\xa9 \xe2\x82\xac",  // mixed lengths
      "\xed\x95\x9c\xea\xb5\xad"        // Hangul begins with 0xED too
  };
  for (const std::string_view text : good) EXPECT_TRUE(is_utf8(text)) << printable(text);
}

TEST(Utf8, RefusesTheRest) {
  const std::array<std::string_view, 28> bad = {
      "\x80",                      // a continuation byte alone
      "\xbf",                      //
      "a\x80",                     //
      "\xc3",                      // cut short
      "\xc3\x28",                  // not continued
      "\xc3\xc3\xa9",              //
      "\xc3\xa9\xa9",              // continued too long
      "\xe2\x82",                  // cut short
      "\xe2\x28\xa1",              //
      "\xe2\x82\x28",              //
      "\xf0\x9f\x92",              //
      "\xf0\x28\x8c\xbc",          //
      "\xf0\x90\x28\xbc",          //
      "\xf0\x28\x8c\x28",          //
      "\xc0\x80",                  // overlong NUL
      "\xc1\xbf",                  // overlong DEL
      "\xe0\x80\x80",              //
      "\xe0\x9f\xbf",              // overlong U+07FF
      "\xf0\x80\x80\x80",          //
      "\xf0\x8f\xbf\xbf",          // overlong U+FFFF
      "\xed\xa0\x80",              // U+D800
      "\xed\xbf\xbf",              // U+DFFF
      "\xed\xa0\xbd\xed\xb2\xa9",  // CESU-8: a pair of surrogates
      "\xf4\x90\x80\x80",          // U+110000
      "\xf5\x80\x80\x80",          //
      "\xf8\x88\x80\x80\x80",      // five bytes, as RFC 2279 had them
      "\xfe",                      //
      "\xff"                       //
  };
  for (const std::string_view text : bad) EXPECT_FALSE(is_utf8(text)) << printable(text);
}

TEST(Utf8, TakesEveryCodePointButSurrogates) {
  for (std::uint32_t point = 0; point <= 0x10ffff + 64; ++point) {
    const bool scalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    ASSERT_EQ(is_utf8(encode(point)), scalar) << std::hex << point;
  }
}

TEST(Utf8, RefusesEveryPrefixThatCutsACharacter) {
  const std::string text = "\xd1\x83\xe2\x82\xac\xf0\x9f\x92\xa9";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const bool whole = length == 0 || length == 2 || length == 5 || length == 9;
    EXPECT_EQ(is_utf8(std::string_view(text).substr(0, length)), whole) << length;
  }
}

TEST(Utf8, AgreesWithTheDefinitionOnAllShortSequencesOfEdgeBytes) {
  constexpr std::array<std::uint8_t, 24> kEdges = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                                   0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
                                                   0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff};
  std::size_t count = 1;
  for (std::size_t length = 1; length <= 4; ++length) {
    count *= kEdges.size();
    for (std::size_t number = 0; number < count; ++number) {
      std::string text;
      for (std::size_t rest = number, i = 0; i < length; ++i, rest /= kEdges.size()) {
        text += static_cast<char>(kEdges[rest % kEdges.size()]);
      }
      ASSERT_EQ(is_utf8(text), is_sequence_of_encodings(text)) << printable(text);
    }
  }
}

TEST(Utf8, AgreesWithTheDefinitionOnAllPairsOfBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_utf8(text), is_sequence_of_encodings(text)) << printable(text);
    }
  }
}

}  // namespace
}  // namespace base
