#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/queue.h"
#include "base/stop_signals.h"

// What the tests of StopSignals share. Each runs in a process of its own (a death test that execs),
// since the class owns the process's signals. What the process says goes to its stderr, where the
// test reads it.
namespace base {

constexpr unsigned kHangSeconds = 60;  // then the process dies by SIGALRM, and the test fails

inline void say(const char* line) {
  std::fprintf(stderr, "%s\n", line);
}

/// Stop signals that are counted, and a way to wait for one.
class Counted {
 public:
  Counted()
      : signals_(
            [this] {
              ++calls_;
              say("stop asked");
              stops_.push(std::this_thread::get_id());
            },
            "ended at once") {
    alarm(kHangSeconds);
  }
  std::thread::id wait() { return stops_.pop().value(); }
  int calls() const { return calls_; }
  StopSignals& signals() { return signals_; }

 private:
  std::atomic<int> calls_ = 0;
  Queue<std::thread::id> stops_{8};
  StopSignals signals_;
};

inline void send(int signal) {
  kill(getpid(), signal);
}

class StopSignalsDeathTest : public testing::Test {
 protected:
  StopSignalsDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

/// A pipe takes the place of stderr, as under a screen.
inline void redirect_stderr() {
  int ends[2];
  if (pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0) std::_Exit(2);
}

}  // namespace base
