// S2 and S3 of docs/VERIFICATION.md: each golden line with one of its values made something else.
// What is out of range is refused, or stood where nobody looks; no line ends a session but one that
// is no message.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "stratum/json.h"
#include "tests/places.h"
#include "tests/stratum/golden_file.h"
#include "tests/stratum/json_parts.h"
#include "tests/stratum/reactions.h"

namespace stratum {
namespace {

// No integers of the protocol, whatever the field.
constexpr const char* kNoIntegers[] = {
    "-1",
    "-0",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1.0",
    "1.5",
    "1e3",
    "1e308",
    "\"7\"",
    "null",
    "true",
    "[]",
};
// In the range of some field, or one beyond.
constexpr const char* kIntegers[] = {
    "0",
    "1",
    "2",
    "15",
    "16",
    "48",
    "49",
    "127",
    "128",
    "129",
    "8192",
    "8193",
    "8320",
    "32768",
    "32896",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740991",
};

/// Golden lines that end no session, and are read as JSON; without blanks and newline at the end.
std::vector<Golden> lines_of(const std::string& file) {
  std::vector<Golden> all;
  for (Golden& golden : read_golden(std::string(SPRINT_GOLDEN_DIR "/") + file)) {
    golden.line.erase(golden.line.find_last_not_of(" \n") + 1);  // no longer at a limit
    json::Document document;
    if (golden.over.empty() && document.parse(golden.line).ok()) all.push_back(std::move(golden));
  }
  return all;
}

/// Calls `check(line, part)` for each value in each of the lines.
void for_each_part(const std::string& file,
                   const std::function<void(const Golden&, const JsonPart&)>& check) {
  const auto all = lines_of(file);
  ASSERT_GE(all.size(), 200u);
  for (const Golden& golden : all) {
    SCOPED_TRACE(golden.name);
    for (const JsonPart& part : json_parts(golden.line)) check(golden, part);
  }
}

bool is_json(const std::string& line) {
  json::Document document;
  return document.parse(line).ok();
}

TEST(JsonParts, FindsEachValueAndTakesItOut) {
  const std::string line = R"({"a" : [1, "x,\"}" ,{}], "b":-2.5e3})";
  std::string seen;
  std::vector<std::string> without;
  for (const JsonPart& part : json_parts(line)) {
    seen += part.name + "=" + line.substr(part.begin, part.end - part.begin) + ";";
    without.push_back(removed(line, part));
    EXPECT_TRUE(is_json(without.back())) << without.back();
    EXPECT_TRUE(is_json(replaced(line, part, "null")));
  }
  EXPECT_EQ(seen, R"(=1;="x,\"}";={};a=[1, "x,\"}" ,{}];b=-2.5e3;)");
  EXPECT_EQ(without.front(), R"({"a" : [ "x,\"}" ,{}], "b":-2.5e3})");
  EXPECT_EQ(without.back(), R"({"a" : [1, "x,\"}" ,{}]})");
}

/// A pool's reaction to a line with a value that is no integer where one stood.
void expect_pool_refuses(const Golden& golden, const JsonPart& part, const char* value) {
  const std::string line = replaced(golden.line, part, value);
  const Reaction before = react_pool(golden.state, {golden.line + "\n"});
  const Reaction after = react_pool(golden.state, {line + "\n"});
  EXPECT_EQ(after.out_of_range, "") << line;
  EXPECT_FALSE(after.over) << line;
  const bool looked_at = !(after.without_ids() == before.without_ids());
  if (looked_at || (part.depth == 1 && part.name == "id" && !before.output.empty())) {
    EXPECT_EQ(after.error(), 20) << line << "\n" << after.text();
    EXPECT_TRUE(after.events.empty()) << line << "\n" << after.text();
  }
}

TEST(Faults, S2_EveryIntegerFieldOfAMinersMessagesIsRangeChecked) {
  int fields = 0;
  for_each_part("miner_to_pool.jsonl", [&](const Golden& golden, const JsonPart& part) {
    if (part.kind != JsonPart::Kind::kNumber || golden.error == 20) return;
    ++fields;
    for (const char* value : kNoIntegers) expect_pool_refuses(golden, part, value);
    for (const char* value : kIntegers) {
      const Reaction reaction =
          react_pool(golden.state, {replaced(golden.line, part, value) + "\n"});
      EXPECT_EQ(reaction.out_of_range, "") << golden.line << value;
      EXPECT_FALSE(reaction.over);
    }
    const Reaction nan = react_pool(golden.state, {replaced(golden.line, part, "NaN") + "\n"});
    EXPECT_EQ(nan.over, golden.state != "left");
  });
  EXPECT_GE(fields, 200);
}

/// Events that say something was not taken.
bool is_refusal(const std::string& event) {
  constexpr const char* kRefusals[] = {"SprintRefused ", "LeaseRefused ", "Message ",
                                       "LoginRefused ", "StatusRefused "};
  return std::any_of(std::begin(kRefusals), std::end(kRefusals),
                     [&](const char* start) { return event.starts_with(start); }) ||
         (event.starts_with("Answered ") && event.find(" error ") != std::string::npos) ||
         (event.starts_with("Withdrawn ") && event.ends_with(" 0"));
}

/// A miner's: nothing is taken that was not taken before. (A lease that is refused leaves the
/// others of its list, an error without a code is still one.)
void expect_miner_refuses(const Golden& golden, const JsonPart& part, const char* value) {
  const std::string line = replaced(golden.line, part, value);
  const Reaction before = react_miner(golden.state, {golden.line + "\n"});
  const Reaction after = react_miner(golden.state, {line + "\n"});
  EXPECT_EQ(after.out_of_range, "") << line;
  EXPECT_TRUE(!after.over || golden.state == "new") << line;
  for (const std::string& event : after.events) {
    const bool taken_before =
        std::find(before.events.begin(), before.events.end(), event) != before.events.end();
    EXPECT_TRUE(taken_before || is_refusal(event) || event.starts_with("Leased ")) << line << event;
  }
}

TEST(Faults, S2_EveryIntegerFieldOfAPoolsMessagesIsRangeChecked) {
  int fields = 0;
  for_each_part("pool_to_miner.jsonl", [&](const Golden& golden, const JsonPart& part) {
    if (part.kind != JsonPart::Kind::kNumber || !golden.form.empty()) return;
    ++fields;
    for (const char* value : kNoIntegers) {
      const bool notice = part.depth == 1 && part.name == "id" && value == std::string_view("null");
      if (!notice) expect_miner_refuses(golden, part, value);
    }
    for (const char* value : kIntegers) {
      const Reaction reaction =
          react_miner(golden.state, {replaced(golden.line, part, value) + "\n"});
      EXPECT_EQ(reaction.out_of_range, "") << golden.line << value;
    }
    EXPECT_TRUE(react_miner(golden.state, {replaced(golden.line, part, "NaN") + "\n"}).over);
  });
  EXPECT_GE(fields, 400);
}

/// The line with the value taken out, and with one of each type in its place.
std::vector<std::string> spoiled(const Golden& golden, const JsonPart& part) {
  std::vector<std::string> lines = {removed(golden.line, part)};
  for (const char* value :
       {"null", "true", "7", "\"x\"", "\"\"", "[]", "{}", "[[]]", "{\"x\":1}"}) {
    lines.push_back(replaced(golden.line, part, value));
  }
  return lines;
}

TEST(Faults, S3_AFieldThatIsGoneOrOfAnotherTypeEndsNoPoolsSession) {
  for_each_part("miner_to_pool.jsonl", [&](const Golden& golden, const JsonPart& part) {
    for (const std::string& line : spoiled(golden, part)) {
      const Reaction reaction = react_pool(golden.state, {line + "\n"});
      EXPECT_EQ(reaction.out_of_range, "") << line;
      EXPECT_EQ(reaction.over, !is_json(line)) << line << reaction.text();
      EXPECT_LE(std::count(reaction.output.begin(), reaction.output.end(), '\n'), 1) << line;
    }
  });
}

TEST(Faults, S3_AFieldThatIsGoneOrOfAnotherTypeEndsNoMinersSession) {
  for_each_part("pool_to_miner.jsonl", [&](const Golden& golden, const JsonPart& part) {
    // What is no message ends it, and what does not log in.
    const bool may_end = golden.state == "new" || (part.depth == 1 && part.name == "method");
    for (const std::string& line : spoiled(golden, part)) {
      const Reaction reaction = react_miner(golden.state, {line + "\n"});
      EXPECT_EQ(reaction.out_of_range, "") << line;
      EXPECT_TRUE(!reaction.over || may_end || !is_json(line)) << line << reaction.text();
    }
  });
}

TEST(Faults, S3_ALineCutAtAnyByteIsNoMessage) {
  for (const Golden& golden : lines_of("miner_to_pool.jsonl")) {
    if (!golden.line.starts_with('{')) continue;
    for (std::size_t bytes = 1; bytes + 1 < golden.line.size(); ++bytes) {
      const std::string line = golden.line.substr(0, bytes);
      if (is_json(line)) continue;  // only blanks are gone
      ServerSession session("pool.example");
      const Reaction reaction = react(session, {line + "\n"});
      ASSERT_TRUE(reaction.over) << line;
      ASSERT_EQ(reaction.error(), line.size() > kMaxLineBytesBeforeLogin ? 34 : 20) << line;
    }
  }
  for (const Golden& golden : lines_of("pool_to_miner.jsonl")) {
    if (!golden.line.starts_with('{')) continue;
    for (std::size_t bytes = 1; bytes + 1 < golden.line.size(); ++bytes) {
      const std::string line = golden.line.substr(0, bytes);
      if (is_json(line)) continue;
      ClientSession session({"tester/1", "alice.rig", "x"}, kOurNow);
      ASSERT_TRUE(react(session, {line + "\n"}).over) << line;
    }
  }
}

}  // namespace
}  // namespace stratum
