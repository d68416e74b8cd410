#include "pool/cli/exit_code.h"

namespace pool {

const char* meaning_of(ExitCode code) {
  switch (code) {
    case ExitCode::kClean:
      return "clean";
    case ExitCode::kFailed:
      return "failed";
    case ExitCode::kBadArguments:
      break;
  }
  return "bad flags or configuration";
}

}  // namespace pool
