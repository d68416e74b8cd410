#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "miner/cli/arguments.h"

// Command lines as lists of words, and what becomes of them.
namespace miner::cli_parse {

using Words = std::vector<std::string>;

inline base::Result<ParsedArguments> parse(const Words& words,
                                           const Environment& environment = {}) {
  std::vector<const char*> argv = {"sprintminer"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_arguments(static_cast<int>(argv.size()), argv.data(), environment);
}

inline std::string shown(const Words& words) {
  std::string text = "sprintminer";
  for (const std::string& word : words) text.append(" '").append(word).append("'");
  return text;
}

inline Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Without a flag and its value.
inline Words without(const Words& words, const std::string& flag) {
  Words out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == flag) {
      ++i;
    } else {
      out.push_back(words[i]);
    }
  }
  return out;
}

/// The arguments of a line that must be good.
inline Arguments good(const Words& words, const Environment& environment = {}) {
  const auto parsed = parse(words, environment);
  EXPECT_TRUE(parsed.ok()) << shown(words) << ": " << (parsed.ok() ? "" : parsed.message());
  if (!parsed.ok() || !parsed->run) return {};
  return *parsed->run;
}

/// A line that must be refused, and the exact words.
struct BadLine {
  Words words;
  std::string error;
};

inline void expect_errors(const std::vector<BadLine>& lines) {
  for (const BadLine& line : lines) {
    const auto parsed = parse(line.words);
    ASSERT_FALSE(parsed.ok()) << shown(line.words);
    EXPECT_EQ(parsed.message(), line.error) << shown(line.words);
    EXPECT_EQ(parsed.error().fault, base::Fault::kInvalid) << shown(line.words);
  }
}

}  // namespace miner::cli_parse
