#include "settings/config_json.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace settings {
namespace {

using Type = ConfigValue::Type;

ConfigValue good(const std::string& text) {
  auto value = parse_config_json(text);
  EXPECT_TRUE(value.ok()) << text << ": " << (value.ok() ? "" : value.message());
  return value.ok() ? std::move(value).value() : ConfigValue();
}

std::string fault(const std::string& text) {
  const auto value = parse_config_json(text);
  EXPECT_FALSE(value.ok()) << text;
  return value.ok() ? "" : value.message();
}

TEST(ConfigJson, ValuesKnowWhereTheyBegin) {
  const ConfigValue root = good(
      "// a comment with \"quotes\"\n"
      "{\n"
      "  \"a\\\"b\": 20, /* two\n"
      "  lines */ \"c\": [ true, \"x\\\\\", -1.5e3, null ],\n"
      "  \"\xc3\xa9\": \"\xc3\xbc\", \"d\": { \"e\": false, },\n"
      "}\n");
  EXPECT_EQ(root.place.text(), "2:1");
  ASSERT_EQ(root.members.size(), 4U);
  EXPECT_EQ(root.members[0].name, "a\"b");
  EXPECT_EQ(root.members[0].place.text(), "3:3");
  EXPECT_EQ(root.members[0].value.text, "20");
  EXPECT_EQ(root.members[0].value.place.text(), "3:11");
  EXPECT_EQ(root.members[1].place.text(), "4:12");
  const ConfigValue& list = root.members[1].value;
  EXPECT_EQ(list.place.text(), "4:17");
  ASSERT_EQ(list.elements.size(), 4U);
  EXPECT_EQ(list.elements[0].place.text(), "4:19");
  EXPECT_EQ(list.elements[0].type, Type::kBoolean);
  EXPECT_EQ(list.elements[1].place.text(), "4:25");
  EXPECT_EQ(list.elements[1].text, "x\\");
  EXPECT_EQ(list.elements[2].place.text(), "4:32");
  EXPECT_EQ(list.elements[2].text, "-1.5e3");
  EXPECT_EQ(list.elements[3].place.text(), "4:40");
  EXPECT_EQ(root.members[2].value.place.text(), "5:8") << "columns are characters";
  EXPECT_EQ(root.members[3].value.members[0].value.text, "false");
  EXPECT_EQ(root.members[3].value.place.text(), "5:18");
}

TEST(ConfigJson, FaultsNameLineAndColumn) {
  EXPECT_EQ(fault(""), "1:1: The document is empty");
  EXPECT_EQ(fault("{\n  \"a\": 1\n  \"b\": 2\n}"),
            "3:3: Missing a comma or '}' after an object member");
  EXPECT_EQ(fault("{\"a\" 1}"), "1:6: Missing a colon after a name of object member");
  EXPECT_EQ(fault("{a: 1}"), "1:2: Missing a name for object member");
  EXPECT_EQ(fault("[1, 2"), "1:6: Missing a comma or ']' after an array element");
  EXPECT_EQ(fault("{} {}"), "1:4: The document root must not be followed by other values");
  EXPECT_EQ(fault("{\"a\": tru}"), "1:10: Invalid value");
  EXPECT_EQ(fault("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}"), "3:2: 'a' is there twice, first at 1:2");
  EXPECT_EQ(fault("{\"x\": {\"k\": 1, \"k\": 2}}"), "1:16: 'k' is there twice, first at 1:8");
  EXPECT_EQ(fault("[[[[[[[[[1]]]]]]]]]"), "1:9: nested deeper than 8");
  EXPECT_EQ(fault("[\"\\u0000\"]"), "1:2: a NUL in a text");
  EXPECT_EQ(fault("[\"\\udc00\"]"), "1:2: a text that is not UTF-8");
  EXPECT_EQ(fault(std::string("[1,\n\0]", 6)), "2:1: a NUL byte");
  EXPECT_EQ(fault("[\"\xff\"]"), "1:3: Invalid encoding in string");
}

TEST(ConfigJson, AByteOrderMarkIsPassedOver) {
  EXPECT_EQ(good("\xef\xbb\xbf{\"a\": 1}").members[0].place.text(), "1:2");
}

/// Whatever bytes come: a tree or one line that begins with a place.
TEST(ConfigJson, AnyBytesAreReadOrRefusedInOneLine) {
  const std::string seed_text =
      "{ // c\n \"pools\": [{\"url\": \"a\\\"\\\\\", \"n\": -1.5e+3}, null],\n /* x */ \"b\": "
      "[true, false,], \"\\u00e9\": {}, }";
  constexpr std::uint32_t kSeed = 20261;
  SCOPED_TRACE(kSeed);
  std::minstd_rand random(kSeed);
  const std::string alphabet = "{}[]\",:\\/*\n01e-+.tfn\xc3\xff ";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed_text;
    const auto edits = 1 + random() % 4;
    for (std::uint32_t i = 0; i < edits; ++i) {
      const std::size_t at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1 + random() % 5);
      }
      if (text.empty()) text = "x";
    }
    const auto value = parse_config_json(text);
    if (value.ok()) continue;
    const std::string& message = value.message();
    ASSERT_TRUE(message[0] >= '1' && message[0] <= '9') << message;
    ASSERT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace settings
