#include "base/check.h"

#include <gtest/gtest.h>

#include <csignal>

namespace base {
namespace {

class CheckDeathTest : public testing::Test {
 protected:
  CheckDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(CheckDeathTest, AbortsAndNamesFileLineAndCondition) {
  const int shares = 2;
  EXPECT_EXIT(CHECK(shares == 3), testing::KilledBySignal(SIGABRT),
              "check_test\\.cpp:[0-9]+: check failed: shares == 3");
}

TEST_F(CheckDeathTest, NamesTheLineOfTheCheckAndNotItsOwn) {
  const std::string line = std::to_string(__LINE__ + 1);
  EXPECT_DEATH(CHECK(false), "check_test\\.cpp:" + line + ": check failed: false");
}

TEST(Check, PassesAndEvaluatesOnce) {
  int calls = 0;
  CHECK(++calls == 1);
  EXPECT_EQ(calls, 1);
}

TEST(Check, IsOneStatement) {
  int reached = 0;
  if (reached == 0)
    CHECK(reached == 0);
  else
    reached = 2;
  EXPECT_EQ(reached, 0);
}

#ifdef NDEBUG
TEST(Dcheck, IsNotEvaluatedInReleaseBuilds) {
  int calls = 0;
  DCHECK(++calls == 99);
  EXPECT_EQ(calls, 0);
}
#else
TEST_F(CheckDeathTest, DcheckAbortsInDebugBuilds) {
  const int shares = 2;
  EXPECT_DEATH(DCHECK(shares == 3), "check_test\\.cpp:[0-9]+: check failed: shares == 3");
}
#endif

}  // namespace
}  // namespace base
