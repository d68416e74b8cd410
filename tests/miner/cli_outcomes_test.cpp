#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "miner/cli/device_setup.h"
#include "tests/miner/cli_fakes.h"

// How what goes wrong becomes the end of a command.
namespace miner {
namespace {

using testing::HasSubstr;

TEST(Guarded, PassesAnOutcomeOn) {
  const Outcome outcome = guarded([] { return Outcome{ExitCode::kNoPool, "none"}; });
  EXPECT_EQ(outcome.code, ExitCode::kNoPool);
  EXPECT_EQ(outcome.reason, "none");
}

TEST(Guarded, AnExceptionIsAnInternalErrorWithItsReason) {
  const Outcome no_memory = guarded([]() -> Outcome { throw std::bad_alloc(); });
  EXPECT_EQ(no_memory.code, ExitCode::kInternal);
  EXPECT_EQ(no_memory.reason, "out of memory");
  const Outcome no_thread = guarded([]() -> Outcome { throw std::runtime_error("no thread"); });
  EXPECT_EQ(no_thread.code, ExitCode::kInternal);
  EXPECT_EQ(no_thread.reason, "no thread");
}

}  // namespace
}  // namespace miner
