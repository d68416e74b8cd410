#include "base/stop_signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <utility>

#include "base/check.h"

namespace base {
namespace {

constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells report it
// A terminal and a parent (make, timeout) may both pass one wish on.
constexpr auto kSameWish = std::chrono::milliseconds(100);

/// Whatever the program is doing: no lock, no memory, no stream.
[[noreturn]] void leave(const std::string& line) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  _exit(kExitInterrupted);
}

bool is_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

void watch(int signal_fd, int end_fd, const std::function<void()>& on_stop,
           const std::string& last_line, const std::function<void()>& on_hangup) {
  const bool on_terminal = is_terminal();
  std::future<void> stopping;
  std::chrono::steady_clock::time_point first;
  for (;;) {
    pollfd waits[2] = {{signal_fd, POLLIN, 0}, {end_fd, POLLIN, 0}};
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) break;
    if ((waits[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo info{};
    if (read(signal_fd, &info, sizeof info) != sizeof info) continue;
    const bool hangup = info.ssi_signo == SIGHUP;
    if (hangup && (!on_terminal || is_terminal())) {
      on_hangup();
      continue;
    }
    if (hangup && stopping.valid()) continue;  // a shell passes on what its terminal said
    const auto now = std::chrono::steady_clock::now();
    if (stopping.valid() && now - first < kSameWish) continue;
    if (stopping.valid()) leave(last_line);
    first = now;
    // Detached: what is left of a thread that is never joined is a leak to the thread sanitizer.
    std::packaged_task<void()> call(on_stop);
    stopping = call.get_future();
    std::thread(std::move(call)).detach();
  }
  if (stopping.valid()) stopping.wait();
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_stop, std::string last_line,
                         std::function<void()> on_hangup) {
  last_line += '\n';
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  if (on_hangup) sigaddset(&stops, SIGHUP);
  CHECK(pthread_sigmask(SIG_BLOCK, &stops, nullptr) == 0);
  const int signal_fd = signalfd(-1, &stops, SFD_CLOEXEC);
  CHECK(signal_fd >= 0);
  end_fd_ = eventfd(0, EFD_CLOEXEC);
  CHECK(end_fd_ >= 0);
  thread_ = std::thread([signal_fd, end_fd = end_fd_, on_stop = std::move(on_stop),
                         last_line = std::move(last_line), on_hangup = std::move(on_hangup)] {
    watch(signal_fd, end_fd, on_stop, last_line, on_hangup);
    close(signal_fd);
  });
}

StopSignals::~StopSignals() {
  const std::uint64_t one = 1;
  CHECK(write(end_fd_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(end_fd_);
}

}  // namespace base
