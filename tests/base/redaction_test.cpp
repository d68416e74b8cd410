#include "base/redaction.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace base {
namespace {

TEST(Shortened, ShowsTheEndsOfALongAccountAndTheWorker) {
  EXPECT_EQ(shortened({"4AbCdEfGhIjKlMnOpQrStUv9xYz.rig1"}), "4AbC..9xYz.rig1");
  EXPECT_EQ(shortened({"1234567890123"}), "1234..0123") << "the shortest long one";
  EXPECT_EQ(shortened({"1234567890123.a.b"}), "1234..0123.a.b") << "the account ends at the first";
}

TEST(Shortened, ShowsTheBeginningOfAShortOne) {
  EXPECT_EQ(shortened({"123456789012.rig"}), "12...rig") << "the longest short one";
  EXPECT_EQ(shortened({"alice"}), "al..");
  EXPECT_EQ(shortened({"a"}), "a..");
  EXPECT_EQ(shortened({""}), "..");
  EXPECT_EQ(shortened({".rig"}), "...rig");
}

TEST(Shortened, CutsBetweenCharacters) {
  const std::string wide = "\u00e4\u00f6\u00fc\u20ac\U0001f600\u00e4\u00f6\u00fc\u20ac";  // nine
  EXPECT_EQ(shortened({wide}), "\u00e4\u00f6..");
  EXPECT_EQ(shortened({wide + wide}), "\u00e4\u00f6\u00fc\u20ac..\u00e4\u00f6\u00fc\u20ac");
  EXPECT_TRUE(is_utf8(shortened({wide + wide + ".w"})));
}

TEST(Shortened, TakesAnyBytes) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string account(20, static_cast<char>(byte));
    EXPECT_LE(shortened({account}).size(), 22U) << byte;
  }
}

TEST(WithoutUser, HidesWhatStandsBeforeTheHost) {
  EXPECT_EQ(without_user({"stratum+tcp://alice:secret@pool:1"}), "stratum+tcp://..@pool:1");
  EXPECT_EQ(without_user({"stratum+tcp://a:p@ss/w@rd@pool:1"}), "stratum+tcp://..@pool:1");
  EXPECT_EQ(without_user({"alice:secret@pool"}), "..@pool");
  EXPECT_EQ(without_user({"a@b://c"}), "..@b://c");
}

TEST(WithoutUser, LeavesOtherAddressesAsTheyAre) {
  for (const char* text :
       {"stratum+tcp://pool.example:3333", "stratum+tcp://[::1]:3", "pool", ""}) {
    EXPECT_EQ(without_user({text}), text);
  }
}

}  // namespace
}  // namespace base
