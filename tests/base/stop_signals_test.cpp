#include "base/stop_signals.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/base/stop_signals_rig.h"

namespace base {
namespace {

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

/// Says that it was called, also amid a lock or an allocation.
void say_restored() {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, "restored\n", 9);
}

[[noreturn]] void stop_twice_with_a_call(void (*call)()) {
  StopSignals signals([] { say("stop asked"); }, "ended at once");
  signals.before_forced_end(call);
  alarm(kHangSeconds);
  for (;;) {
    send(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_F(StopSignalsDeathTest, ACallComesBeforeTheForcedEnd) {
  EXPECT_EXIT(stop_twice_with_a_call(say_restored), testing::ExitedWithCode(130),
              "^stop asked\nrestored\nended at once\n$");
}

TEST_F(StopSignalsDeathTest, ACallThatHangsDoesNotHoldTheForcedEnd) {
  EXPECT_EXIT(stop_twice_with_a_call([] {
                say_restored();
                for (;;) pause();
              }),
              testing::ExitedWithCode(130), "^stop asked\nrestored\n$");
}

/// The call is for a forced end, and is not made when it was taken back.
[[noreturn]] void stop_with_a_call() {
  {
    Counted stops;
    stops.signals().before_forced_end(say_restored);
    send(SIGTERM);
    stops.wait();
  }
  stop_twice_with_a_call(nullptr);
}

TEST_F(StopSignalsDeathTest, TheCallIsForNothingElse) {
  EXPECT_EXIT(stop_with_a_call(), testing::ExitedWithCode(130),
              "^stop asked\nstop asked\nended at once\n$");
}

[[noreturn]] void stop_twice_with_stderr_elsewhere() {
  StopSignals signals([] {}, "ended at once");
  alarm(kHangSeconds);
  redirect_stderr();
  for (;;) {
    send(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_F(StopSignalsDeathTest, TheLastLineGoesWhereStderrWas) {
  EXPECT_EXIT(stop_twice_with_stderr_elsewhere(), testing::ExitedWithCode(130),
              "^ended at once\n$");
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
