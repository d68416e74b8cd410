#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace miner {

/// What the program's end means to a shell, a service manager or a rig. Stable.
enum class ExitCode : int {
  kClean = 0,
  kInternal = 1,
  kBadArguments = 2,  ///< flags or configuration
  kNoDevice = 3,
  kSelfTestFailed = 4,  ///< on every device
  kLoginRefused = 5,
  kNoPool = 6,       ///< none reachable, with --exit-on-loss
  kCreditWrong = 7,  ///< of --sprints: a pool's credits or proofs are not right
  kEmergency = 8,    ///< reserved: temperature or power
  kDeviceHung = 42,  ///< reserved: start me again
};

/// A few words for the last line: "clean", "no usable device".
std::string_view describe(ExitCode code);

/// How a command ended: the code and, for a person, why.
struct Outcome {
  ExitCode code = ExitCode::kClean;
  std::string reason;
};

/// Does `work`; an exception (no memory, no thread left) ends it as kInternal, with its reason.
Outcome guarded(const std::function<Outcome()>& work);

/// The last line of a program that ends so: its code, a few words, the reason.
std::string last_line(const Outcome& outcome);

/// From now on an exception that a thread does not catch ends the process with the last line and
/// kInternal, instead of a core. `before` is called first (null: nothing), as a signal handler is.
void end_with_last_line_on_uncaught(void (*before)() = nullptr);

}  // namespace miner
