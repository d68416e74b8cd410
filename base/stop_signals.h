#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace base {

/// Turns SIGINT and SIGTERM into a call: the first one calls `on_stop` (on a thread of its own), a
/// second one, from 100 ms later on, ends the process at once with exit code 130, even while
/// `on_stop` runs, with `last_line` on stderr. (Sooner it is the same wish, passed on twice.)
/// SIGPIPE is ignored from then on.
///
/// SIGHUP calls `on_hangup` (on another thread of its own), each time; once for all that come while
/// such a call is under way. But when stderr was a terminal and is no longer, because the terminal
/// is gone, it is a stop like SIGINT that never ends the process at once. Without `on_hangup`
/// SIGHUP is left alone.
///
/// Construct on the main thread before any other thread starts: the mask is inherited, so that the
/// signals reach nobody else. The destructor waits for calls under way, and while it does a second
/// SIGINT still ends the process.
///
/// "stderr" is what it was at construction, even when its number leads elsewhere by now.
class StopSignals {
 public:
  StopSignals(std::function<void()> on_stop, std::string last_line,
              std::function<void()> on_hangup = {});
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Called just before a second signal ends the process, and before `last_line`; null: nothing. It
  /// runs on the watcher's thread beside all others, whatever they hold or are about: what a signal
  /// handler may do is allowed. One that takes longer than a second is not waited for.
  void before_forced_end(void (*call)()) { before_forced_end_ = call; }

 private:
  int end_fd_ = -1;     // readable: the watcher is to end
  int stderr_fd_ = -1;  // of our own; -1: there is none
  std::atomic<void (*)()> before_forced_end_ = nullptr;
  std::thread thread_;
};

}  // namespace base
