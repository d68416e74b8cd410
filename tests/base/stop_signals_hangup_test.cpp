// SIGHUP: it opens files anew, or tells that the terminal is gone.

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/stop_signals.h"
#include "tests/base/stop_signals_rig.h"

namespace base {
namespace {

/// Stop signals with a call for hangups, and the order in which the calls came.
class CountedHangups {
 public:
  CountedHangups()
      : signals_([this] { calls_.push("stop"); }, "ended", [this] { calls_.push("hangup"); }) {
    alarm(kHangSeconds);
  }
  std::string next() { return calls_.pop().value(); }

 private:
  Queue<std::string> calls_{8};
  StopSignals signals_;
};

[[noreturn]] void hang_up_twice_then_stop() {
  CountedHangups calls;
  bool right = true;
  for (const int signal : {SIGHUP, SIGHUP, SIGTERM}) {
    send(signal);
    right = right && calls.next() == (signal == SIGHUP ? "hangup" : "stop");
  }
  std::_Exit(right ? 0 : 1);
}

TEST_F(StopSignalsDeathTest, AHangupHasACallOfItsOwnEachTime) {
  EXPECT_EXIT(hang_up_twice_then_stop(), testing::ExitedWithCode(0), "");
}

/// A hangup's call never returns; then a stop, the end of the watch and a second stop.
[[noreturn]] void stop_while_a_hangup_hangs() {
  Queue<std::string> calls(8);
  std::thread second;
  {
    const StopSignals signals([&calls] { calls.push("stop"); }, "ended at once",
                              [&calls] {
                                calls.push("hangup");
                                for (;;) pause();
                              });
    alarm(kHangSeconds);
    send(SIGHUP);
    bool right = calls.pop().value() == "hangup";
    send(SIGINT);
    right = right && calls.pop().value() == "stop";
    if (!right) std::_Exit(1);
    second = std::thread([] {
      for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        send(SIGINT);
      }
    });
  }
  std::_Exit(2);  // the destructor waits for the call that hangs
}

TEST_F(StopSignalsDeathTest, AHangupThatHangsMakesNobodyDeaf) {
  EXPECT_EXIT(stop_while_a_hangup_hangs(), testing::ExitedWithCode(130), "^ended at once\n$");
}

[[noreturn]] void hang_up_without_a_call() {
  const Counted stops;
  send(SIGHUP);
  pause();
  std::_Exit(0);
}

TEST_F(StopSignalsDeathTest, AHangupWithoutACallIsLeftAlone) {
  EXPECT_EXIT(hang_up_without_a_call(), testing::KilledBySignal(SIGHUP), "");
}

void wait_until_heard(int signal) {
  sigset_t waiting;
  do {
    std::this_thread::yield();
    sigpending(&waiting);
  } while (sigismember(&waiting, signal) == 1);
}

/// With a terminal as stderr, which then goes away; `meanwhile` is called between the two.
[[noreturn]] void lose_the_terminal(void (*meanwhile)()) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (grantpt(terminal) != 0 || unlockpt(terminal) != 0) std::_Exit(2);
  const int stderr_of_it = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  if (dup2(stderr_of_it, STDERR_FILENO) < 0) std::_Exit(2);
  bool right = true;
  {
    CountedHangups calls;
    meanwhile();
    send(SIGHUP);
    right = calls.next() == "hangup";
    close(terminal);
    send(SIGHUP);
    right = right && calls.next() == "stop";
    std::this_thread::sleep_for(std::chrono::milliseconds(120));  // no longer the same wish
    send(SIGHUP);  // as a shell does, too: it does not end the process
    wait_until_heard(SIGHUP);
  }
  std::_Exit(right ? 0 : 1);
}

TEST_F(StopSignalsDeathTest, AHangupThatTookTheTerminalIsAStop) {
  EXPECT_EXIT(lose_the_terminal([] {}), testing::ExitedWithCode(0), "");
}

TEST_F(StopSignalsDeathTest, AScreenThatHasStderrChangesNothingInThat) {
  EXPECT_EXIT(lose_the_terminal(redirect_stderr), testing::ExitedWithCode(0), "");
}

[[noreturn]] void stop_without_stderr() {
  close(STDERR_FILENO);
  CountedHangups calls;
  send(SIGHUP);
  const bool right = calls.next() == "hangup";
  std::_Exit(right ? 0 : 1);
}

TEST_F(StopSignalsDeathTest, AProcessWithoutStderrHearsAllTheSame) {
  EXPECT_EXIT(stop_without_stderr(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace base
