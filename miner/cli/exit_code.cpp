#include "miner/cli/exit_code.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <new>

namespace miner {
namespace {

constexpr std::string_view kLastLine = "sprintminer: exit {} ({}): {}";

// std::set_terminate takes a function, which has no other way to it.
void (*before_last_line)() = nullptr;

/// There may be no memory left, so it takes none.
[[noreturn]] void leave_uncaught() {
  if (before_last_line != nullptr) before_last_line();
  const Outcome outcome = guarded([]() -> Outcome {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    return {ExitCode::kInternal, "terminated"};
  });
  std::array<char, 512> line;
  const auto end = fmt::format_to_n(line.data(), line.size() - 1, kLastLine, 1,
                                    describe(ExitCode::kInternal), outcome.reason);
  *end.out = '\n';
  [[maybe_unused]] const auto written =
      write(STDERR_FILENO, line.data(), static_cast<std::size_t>(end.out - line.data()) + 1);
  _exit(1);
}

}  // namespace

std::string_view describe(ExitCode code) {
  switch (code) {
    case ExitCode::kClean:
      return "clean";
    case ExitCode::kInternal:
      return "internal error";
    case ExitCode::kBadArguments:
      return "bad flags or configuration";
    case ExitCode::kNoDevice:
      return "no usable device";
    case ExitCode::kSelfTestFailed:
      return "self-test failed on every device";
    case ExitCode::kLoginRefused:
      return "login refused";
    case ExitCode::kNoPool:
      return "no pool reachable";
    case ExitCode::kCreditWrong:
      return "a pool's credit is wrong";
    case ExitCode::kEmergency:
      return "temperature or power emergency";
    case ExitCode::kDeviceHung:
      return "a device hung: start me again";
  }
  return "unknown";
}

Outcome guarded(const std::function<Outcome()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return {ExitCode::kInternal, "out of memory"};
  } catch (const std::exception& error) {
    return {ExitCode::kInternal, error.what()};
  }
}

std::string last_line(const Outcome& outcome) {
  return fmt::format(kLastLine, static_cast<int>(outcome.code), describe(outcome.code),
                     outcome.reason);
}

void end_with_last_line_on_uncaught(void (*before)()) {
  before_last_line = before;
  std::set_terminate(leave_uncaught);
}

}  // namespace miner
