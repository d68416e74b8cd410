#include "base/nearest.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace base {
namespace {

const std::vector<std::string>& flags() {
  static const std::vector<std::string> kFlags = {
      "--url", "--user", "--profile", "--solo", "--backend", "--sprint-seconds", "--sprints"};
  return kFlags;
}

TEST(Nearest, FindsAWordWithOneEdit) {
  EXPECT_EQ(nearest("--profil", flags()), "--profile");    // a letter left out
  EXPECT_EQ(nearest("--proffile", flags()), "--profile");  // put in
  EXPECT_EQ(nearest("--prafile", flags()), "--profile");   // replaced
  EXPECT_EQ(nearest("--porfile", flags()), "--profile");   // neighbours swapped
  EXPECT_EQ(nearest("--profile", flags()), "--profile");   // none
  EXPECT_EQ(nearest("-solo", flags()), "--solo");
}

TEST(Nearest, TakesTheFewestEdits) {
  const std::vector<std::string> words = {"abcdefghi", "abcdefghj", "abcdefgxx"};
  EXPECT_EQ(nearest("abcdefghj", words), "abcdefghj");
  EXPECT_EQ(nearest("abcdefgxy", words), "abcdefgxx");
}

TEST(Nearest, TakesTheFirstOfEquals) {
  EXPECT_EQ(nearest("cat", std::vector<std::string>{"bat", "rat"}), "bat");
  EXPECT_EQ(nearest("cat", std::vector<std::string>{"rat", "bat"}), "rat");
}

TEST(Nearest, ASwapIsOneEditAndNotTwo) {
  const std::vector<std::string> words = {"xabcdyyf", "abdcef"};
  EXPECT_EQ(nearest("abcdef", words), "abdcef");
  // A word of one letter is near to what one edit makes of it; a swap and more is too far.
  EXPECT_EQ(nearest("ba", std::vector<std::string>{"ab"}), "ab");
  EXPECT_EQ(nearest("ba", std::vector<std::string>{"cd"}), std::nullopt);
}

TEST(Nearest, TheStartOfAWordIsOneEditAway) {
  EXPECT_EQ(nearest("--sprint-s", flags()), "--sprint-seconds");
  EXPECT_EQ(nearest("mi", std::vector<std::string>{"base", "micro"}), "micro");
}

TEST(Nearest, DoesNotGuessTooFar) {
  EXPECT_EQ(nearest("--temperature", flags()), std::nullopt);
  EXPECT_EQ(nearest("xyz", std::vector<std::string>{"abc"}), std::nullopt);
  EXPECT_EQ(nearest("anything", std::vector<std::string>{}), std::nullopt);
  EXPECT_EQ(nearest("", flags()), std::nullopt);
}

TEST(Nearest, TheLimitIsAThirdOfTheWordAndOneMore) {
  const std::string word = "abcdefghi";  // nine letters: up to four edits
  EXPECT_TRUE(nearest(word, std::vector<std::string>{"abcde1234"}).has_value());
  EXPECT_FALSE(nearest(word, std::vector<std::string>{"abcd12345"}).has_value());
}

TEST(Nearest, TakesAnyBytesOfAnyLength) {
  EXPECT_EQ(nearest(std::string(1 << 20, 'a'), flags()), std::nullopt);
  EXPECT_EQ(nearest(std::string_view("\0\xff\x1b", 3), flags()), std::nullopt);
  EXPECT_EQ(nearest("ab", std::vector<std::string>{std::string(1 << 16, 'x'), ""}), std::nullopt);
}

}  // namespace
}  // namespace base
