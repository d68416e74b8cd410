#pragma once

#include <string>

namespace pool {

/// How sprintpool ends.
enum class ExitCode : int {
  kClean = 0,
  kFailed = 1,  ///< a fault of ours, or of what a command works with
  kBadArguments = 2,
};

/// "bad flags or configuration"
const char* meaning_of(ExitCode code);

/// An end with its reason, for a person.
struct End {
  ExitCode code = ExitCode::kClean;
  std::string reason;
};

}  // namespace pool
