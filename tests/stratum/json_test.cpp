#include "stratum/json.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stratum::json {
namespace {

using testing::HasSubstr;

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

std::string error_of(std::string_view text) {
  Document document;
  const auto parsed = document.parse(text);
  return parsed.ok() ? "" : parsed.message();
}

TEST(Json, TakesWhatIsJson) {
  for (const std::string& good :
       {std::string("{}"), std::string("[]"), std::string(" [ 1 , true , null , \"x\" ] \t"),
        std::string("{\"a\":{\"b\":[{\"c\":[]}]}}"), nested(8), std::string("\"\\ud83d\\ude00\""),
        std::string("\"\xf0\x9f\x98\x80\""), std::string("[1.5e3,-7,18446744073709551615]"),
        fmt::format("[{:1>300}]", 1)}) {
    EXPECT_EQ(error_of(good), "") << good;
  }
}

struct BadJson {
  std::string text;
  const char* says;
};

const BadJson kRefused[] = {
    {"", "not JSON at byte 0"},
    {" ", "not JSON"},
    {"{", "not JSON at byte 1"},
    {"{}{}", "not JSON at byte 2"},
    {"{} x", "not JSON"},
    {"[1,]", "not JSON"},
    {"{\"a\":1,}", "not JSON"},
    {"{a:1}", "not JSON"},
    {"{'a':1}", "not JSON"},
    {"[01]", "not JSON"},
    {"[+1]", "not JSON"},
    {"[.5]", "not JSON"},
    {"[1.]", "not JSON"},
    {"[0x10]", "not JSON"},
    {"[NaN]", "not JSON"},
    {"[Infinity]", "not JSON"},
    {"[1e400]", "not JSON"},
    {"[\"\t\"]", "not JSON"},
    {"[\"\\x41\"]", "not JSON"},
    {"[\"\\ud83d\"]", "not JSON"},
    {"// comment\n{}", "not JSON"},
    {"\xef\xbb\xbf{}", "not JSON at byte 0"},
    {nested(9), "nested deeper than 8"},
    {nested(8000), "nested deeper than 8"},
    {std::string(16000, '['), "nested deeper than 8"},
    {"{\"a\":[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]}", "nested deeper than 8"},
    {std::string("{}\0", 3), "a NUL byte"},
    {std::string("[\"a\0\"]", 6), "a NUL byte"},
    {"[\"\\u0000\"]", "a NUL in a text"},
    {"{\"\\u0000\":1}", "a NUL in a text"},
    {"[\"\xff\"]", "not UTF-8"},
    {"[\"\xc0\xaf\"]", "not UTF-8"},
    {"[\"\xed\xa0\x80\"]", "not UTF-8"},
    {"[\"\xf4\x90\x80\x80\"]", "not UTF-8"},
    {"[\"\xe2\x82\"]", "not UTF-8"},
    {"[\"\\udc00\"]", "not UTF-8"},
    {"{\"\xff\":1}", "not UTF-8"},
    {"{\"a\":1,\"a\":1}", "a name twice"},
    {"{\"a\":1,\"\\u0061\":1}", "a name twice"},
    {"{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}", "a name twice"},
};

TEST(Json, RefusesTheRest) {
  for (const BadJson& c : kRefused) EXPECT_THAT(error_of(c.text), HasSubstr(c.says)) << c.text;
}

std::string object_with(int members) {
  std::string out = "{";
  for (int i = 0; i < members; ++i) out += fmt::format("{}\"{}\":0", i == 0 ? "" : ",", i);
  return out + "}";
}

TEST(Json, MembersOfAnObject) {
  EXPECT_EQ(error_of(object_with(64)), "");
  EXPECT_THAT(error_of(object_with(65)), HasSubstr("more than 64 members"));
  EXPECT_THAT(error_of(object_with(10'000)), HasSubstr("more than 64 members"));
}

/// What `get` says about the value `text` of a member "x".
template <class Get>
std::string asked(const std::string& text, Get get) {
  Document document;
  const auto parsed = document.parse("{\"x\":" + text + "}");
  if (!parsed.ok()) return parsed.message();
  const auto result = get(document.root().at("x"));
  return result.ok() ? "ok" : result.message();
}

TEST(JsonField, Integers) {
  const auto get = [](const Field& f) { return f.integer(); };
  for (const char* good : {"0", "1", "4294967296", "9007199254740991"}) {
    EXPECT_EQ(asked(good, get), "ok") << good;
  }
  for (const char* bad :
       {"-1", "-0", "1.0", "0.0", "1e3", "1E0", "9007199254740992", "9223372036854775808",
        "18446744073709551615", "18446744073709551616", "1e308", "\"7\"", "null", "true", "[]",
        "{}", "-9223372036854775808", "1.5"}) {
    EXPECT_EQ(asked(bad, get), "x: not an integer in 0..9007199254740991") << bad;
  }
}

TEST(JsonField, RangesAreInclusive) {
  const auto get = [](const Field& f) { return f.integer(16, 48); };
  EXPECT_EQ(asked("15", get), "x: not an integer in 16..48");
  EXPECT_EQ(asked("16", get), "ok");
  EXPECT_EQ(asked("48", get), "ok");
  EXPECT_EQ(asked("49", get), "x: not an integer in 16..48");
  const auto small = [](const Field& f) { return f.small_integer(); };
  EXPECT_EQ(asked("4294967295", small), "ok");
  EXPECT_EQ(asked("4294967296", small), "x: not an integer in 0..4294967295");
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

TEST(JsonField, Hashes) {
  const auto get = [](const Field& f) { return f.hash(); };
  const std::string good(64, 'a');
  EXPECT_EQ(asked(quoted(good), get), "ok");
  for (const std::string& bad :
       {std::string(64, 'A'), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'g'),
        fmt::format("0x{:a>62}", ""), fmt::format(" {:a>63}", ""), std::string(63, 'a') + "F",
        std::string()}) {
    EXPECT_EQ(asked(quoted(bad), get), "x: not 64 lower-case hexadecimal digits") << bad;
  }
  EXPECT_EQ(asked("7", get), "x: not 64 lower-case hexadecimal digits");
}

TEST(JsonField, Nonces) {
  const auto get = [](const Field& f) { return f.nonce(); };
  EXPECT_EQ(asked("\"00000000000000ff\"", get), "ok");
  for (const char* bad :
       {"\"00000000000000FF\"", "\"0000000000000Ff0\"", "\"0x000000000000ff\"", "\"ff\"",
        "\"+0000000000000ff\"", "\" 0000000000000ff\"", "\"00000000000000ff0\"",
        "\"\xef\xbc\x91"
        "000000000000000\"",
        "255", "null"}) {
    EXPECT_EQ(asked(bad, get), "x: not 16 lower-case hexadecimal digits") << bad;
  }
}

TEST(JsonField, TextsAndBooleans) {
  const auto text = [](const Field& f) { return f.text(4); };
  EXPECT_EQ(asked("\"\"", text), "ok");
  EXPECT_EQ(asked("\"abcd\"", text), "ok");
  EXPECT_EQ(asked("\"abcde\"", text), "x: longer than 4 bytes");
  EXPECT_EQ(asked("\"\xc3\xa4\xc3\xa4\xc3\xa4\"", text), "x: longer than 4 bytes");
  EXPECT_EQ(asked("1", text), "x: not a text");
  const auto boolean = [](const Field& f) { return f.boolean(); };
  EXPECT_EQ(asked("true", boolean), "ok");
  EXPECT_EQ(asked("1", boolean), "x: not true or false");
}

TEST(JsonField, WhatIsNotThere) {
  Document document;
  ASSERT_TRUE(document.parse("{\"a\":[1,null],\"n\":null}").ok());
  const Field root = document.root();
  EXPECT_FALSE(root.at("b").present());
  EXPECT_FALSE(root.at("n").present());
  EXPECT_EQ(root.at("b").integer().message(), "b: missing");
  EXPECT_EQ(root.at("b").at("c").at(3, "d").text(1).message(), "d: missing");
  EXPECT_EQ(*root.at("a").at(0, "first").integer(), 1u);
  EXPECT_FALSE(root.at("a").at(1, "second").present());
  EXPECT_EQ(root.at("a").at(2, "third").hash().message(), "third: missing");
  EXPECT_EQ(root.at(0, "element").nonce().message(), "element: missing");
  EXPECT_EQ(root.at("a").array_size(1).message(), "a: more than 1 elements");
  EXPECT_EQ(*root.at("a").array_size(2), 2u);
  EXPECT_EQ(root.array_size(2).message(), "message: not an array");
}

TEST(JsonWriter, WritesWhatTheReaderReads) {
  LineWriter out;
  out.begin_object().key("t").text("\"\\\n\xc3\xa4").key("e").text({}).key("n").null();
  out.key("i").integer(kMaxInteger).key("b").boolean(true).key("a").begin_array().end_array();
  out.end_object();
  EXPECT_EQ(out.line(),
            "{\"t\":\"\\\"\\\\\\n\xc3\xa4\",\"e\":\"\",\"n\":null,\"i\":9007199254740991,"
            "\"b\":true,\"a\":[]}\n");
  const std::string line = out.line();
  Document document;
  ASSERT_TRUE(document.parse(line).ok());
  EXPECT_EQ(*document.root().at("t").text(10), "\"\\\n\xc3\xa4");
}

}  // namespace
}  // namespace stratum::json
