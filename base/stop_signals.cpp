#include "base/stop_signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace base {
namespace {

constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells report it

void watch(int signal_fd, int end_fd, const std::function<void()>& on_stop) {
  bool asked = false;
  for (;;) {
    pollfd waits[2] = {{signal_fd, POLLIN, 0}, {end_fd, POLLIN, 0}};
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) return;
    if ((waits[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo info{};
    if (read(signal_fd, &info, sizeof info) != sizeof info) continue;
    if (asked) _exit(kExitInterrupted);
    asked = true;
    on_stop();
  }
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_stop) {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  CHECK(pthread_sigmask(SIG_BLOCK, &stops, nullptr) == 0);
  const int signal_fd = signalfd(-1, &stops, SFD_CLOEXEC);
  CHECK(signal_fd >= 0);
  CHECK(pipe(end_pipe_) == 0);
  thread_ = std::thread([signal_fd, end_fd = end_pipe_[0], on_stop = std::move(on_stop)] {
    watch(signal_fd, end_fd, on_stop);
    close(signal_fd);
  });
}

StopSignals::~StopSignals() {
  close(end_pipe_[1]);  // the watcher sees the hang-up
  thread_.join();
  close(end_pipe_[0]);
}

}  // namespace base
