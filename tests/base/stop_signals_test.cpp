// Each test runs in a process of its own (a death test that execs), since the class owns the
// process's signals. What the process says goes to its stderr, where the test reads it.

#include "base/stop_signals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/queue.h"

namespace base {
namespace {

constexpr unsigned kHangSeconds = 60;  // then the process dies by SIGALRM, and the test fails

void say(const char* line) {
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

 private:
  std::atomic<int> calls_ = 0;
  Queue<std::thread::id> stops_{8};
  StopSignals signals_;
};

void send(int signal) {
  kill(getpid(), signal);
}

class StopSignalsDeathTest : public testing::Test {
 protected:
  StopSignalsDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

/// Receives one signal, ends the watch, and exits with the number of calls.
[[noreturn]] void stop_once(int signal) {
  int calls = 0;
  {
    Counted stops;
    send(signal);
    const bool elsewhere = stops.wait() != std::this_thread::get_id();
    if (!elsewhere) say("called on the main thread");
    calls = stops.calls();
  }
  say("went on");
  std::_Exit(calls);
}

TEST_F(StopSignalsDeathTest, TheFirstSignalCallsBackOnAThreadOfItsOwn) {
  EXPECT_EXIT(stop_once(SIGINT), testing::ExitedWithCode(1), "^stop asked\nwent on\n$");
  EXPECT_EXIT(stop_once(SIGTERM), testing::ExitedWithCode(1), "^stop asked\nwent on\n$");
}

/// Receives two signals, the second when the first has been answered, and again until it is no
/// longer taken for the same wish.
[[noreturn]] void stop_twice(int first, int second) {
  Counted stops;
  send(first);
  stops.wait();
  for (;;) {  // whatever the program does: it is ended from elsewhere
    send(second);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_F(StopSignalsDeathTest, TheSecondSignalEndsTheProcess) {
  for (const int first : {SIGINT, SIGTERM}) {
    for (const int second : {SIGINT, SIGTERM}) {
      EXPECT_EXIT(stop_twice(first, second), testing::ExitedWithCode(130),
                  "^stop asked\nended at once\n$");
    }
  }
}

/// Joins the watcher without a signal.
[[noreturn]] void never_stopped() {
  int calls = 0;
  {
    const Counted stops;
    calls = stops.calls();
  }
  say("went on");
  std::_Exit(calls);
}

TEST_F(StopSignalsDeathTest, EndsWithoutASignal) {
  EXPECT_EXIT(never_stopped(), testing::ExitedWithCode(0), "^went on\n$");
}

[[noreturn]] void look_at_a_later_thread() {
  const Counted stops;
  bool blocked = false;
  std::thread([&blocked] {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1;
  }).join();
  std::_Exit(blocked ? 0 : 1);
}

TEST_F(StopSignalsDeathTest, ReachesNoThreadThatStartsLater) {
  EXPECT_EXIT(look_at_a_later_thread(), testing::ExitedWithCode(0), "");
}

/// Other threads keep the processor while the signal comes.
[[noreturn]] void stop_amid_work() {
  Counted stops;
  std::atomic<bool> go_on = true;
  std::thread worker([&go_on] {
    while (go_on) std::this_thread::yield();
  });
  send(SIGTERM);
  stops.wait();
  go_on = false;
  worker.join();
  std::_Exit(stops.calls());
}

TEST_F(StopSignalsDeathTest, ReachesTheCallAmidWork) {
  EXPECT_EXIT(stop_amid_work(), testing::ExitedWithCode(1), "^stop asked\n$");
}

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

/// The pipe behind stderr is full, and nobody reads it.
[[noreturn]] void stop_twice_with_a_full_pipe() {
  int ends[2];
  if (pipe2(ends, O_NONBLOCK) != 0) std::_Exit(2);
  const std::string page(4096, 'x');
  while (write(ends[1], page.data(), page.size()) > 0) {
  }
  if (fcntl(ends[1], F_SETFL, 0) != 0 || dup2(ends[1], STDERR_FILENO) < 0) std::_Exit(2);
  const StopSignals signals([] {}, "ended at once");
  alarm(kHangSeconds);
  for (;;) {
    send(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_F(StopSignalsDeathTest, TheSecondSignalDoesNotWaitForAReaderOfStderr) {
  EXPECT_EXIT(stop_twice_with_a_full_pipe(), testing::ExitedWithCode(130), "");
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

/// With a terminal as stderr, which then goes away.
[[noreturn]] void lose_the_terminal() {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (grantpt(terminal) != 0 || unlockpt(terminal) != 0) std::_Exit(2);
  const int stderr_of_it = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  if (dup2(stderr_of_it, STDERR_FILENO) < 0) std::_Exit(2);
  bool right = true;
  {
    CountedHangups calls;
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
  EXPECT_EXIT(lose_the_terminal(), testing::ExitedWithCode(0), "");
}

[[noreturn]] void write_to_a_closed_pipe() {
  const Counted stops;
  int ends[2];
  if (pipe(ends) != 0) std::_Exit(2);
  close(ends[0]);
  const bool told = write(ends[1], "x", 1) == -1 && errno == EPIPE;
  std::_Exit(told ? 0 : 1);
}

TEST_F(StopSignalsDeathTest, ABrokenPipeIsAnErrorAndNotTheEnd) {
  EXPECT_EXIT(write_to_a_closed_pipe(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace base
