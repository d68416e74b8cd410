#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <stdexcept>
#include <thread>

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

[[noreturn]] void throw_on_another_thread() {
  end_with_last_line_on_uncaught();
  std::thread([] { throw std::bad_alloc(); }).join();
  std::_Exit(0);
}

TEST(GuardedDeathTest, AnExceptionOnAnotherThreadEndsTheProgramWithItsLastLine) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(throw_on_another_thread(), testing::ExitedWithCode(1),
              "^sprintminer: exit 1 \\(internal error\\): out of memory\n$");
}

backends::DeviceInfo with_memory(std::uint32_t index, std::uint64_t bytes) {
  backends::DeviceInfo info = fakes::device("sim", index, backends::DeviceKind::kSimulated);
  info.memory_bytes = bytes;
  return info;
}

TEST(CheckDeviceMemory, RefusesAProfileThatFitsNoDevice) {
  const poc::Profile profile = poc::parse_profile("micro").value();
  const std::uint64_t needed = profile.weights_bytes();
  EXPECT_TRUE(check_device_memory(profile, {with_memory(0, 1), with_memory(1, needed)}).ok());
  EXPECT_TRUE(check_device_memory(profile, {with_memory(0, 1), with_memory(1, 0)}).ok())
      << "not known";
  const auto none = check_device_memory(profile, {with_memory(0, 1), with_memory(1, needed - 1)});
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.message(), HasSubstr("profile micro fits no device: its weights take "));
  EXPECT_THAT(none.message(), HasSubstr(", sim:1 has "));
  EXPECT_EQ(outcome_of(none.error()).code, ExitCode::kBadArguments);
}

}  // namespace
}  // namespace miner
