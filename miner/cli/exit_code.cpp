#include "miner/cli/exit_code.h"

#include <exception>
#include <new>

namespace miner {

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

}  // namespace miner
