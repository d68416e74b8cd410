#include "tui/terminal_signals.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <iterator>

#include "base/check.h"

namespace tui {
namespace {

constexpr int kNews[] = {SIGWINCH, SIGTSTP, SIGCONT};
// What ends a process unless it is handled. Libraries (a compiler in a driver) handle some.
constexpr int kEnds[] = {SIGABRT, SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGQUIT,
                         SIGTRAP, SIGSYS,  SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2};
constexpr int kWriteTries = 5;
constexpr int kTryMs = 50;

// A handler has no other way to them: the kernel knows functions only.
std::atomic<int> news_fd{-1};   // write end of the pipe of all objects, one after the other
std::atomic<int> heard_fd{-1};  // its read end
std::atomic<bool> taken{false};
std::atomic<const TerminalRestore*> to_restore{nullptr};
struct sigaction before[std::size(kEnds)];

void on_news(int signal) {
  const int fault = errno;
  const char byte = static_cast<char>(signal);
  [[maybe_unused]] const auto written = write(news_fd.load(), &byte, 1);
  errno = fault;
}

/// Sent by somebody, or raised by abort: nothing brings it back once its handler returns.
bool comes_once(int signal) {
  return signal != SIGSEGV && signal != SIGBUS && signal != SIGFPE && signal != SIGILL;
}

void on_end(int signal) {
  TerminalSignals::restore_terminal();
  for (std::size_t i = 0; i < std::size(kEnds); ++i) {
    if (kEnds[i] == signal) sigaction(signal, &before[i], nullptr);
  }
  if (signal == SIGABRT) std::signal(signal, SIG_DFL);
  if (comes_once(signal)) raise(signal);
}

/// Writes to a descriptor that does not block, as long as it takes something within a moment.
void write_soon(int fd, const char* text, std::size_t length) {
  for (int tries = 0; length > 0 && tries < kWriteTries;) {
    const ssize_t wrote = write(fd, text, length);
    if (wrote > 0) {
      text += wrote;
      length -= static_cast<std::size_t>(wrote);
      continue;
    }
    pollfd room{fd, POLLOUT, 0};
    poll(&room, 1, kTryMs);
    ++tries;
  }
}

}  // namespace

TerminalSignals::TerminalSignals(const TerminalRestore& restore) : restore_(restore) {
  CHECK(!taken.exchange(true));
  // Never closed: a handler that runs on another thread right now may still write to it.
  int ends[2];
  if (news_fd < 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
    heard_fd = ends[0];
    news_fd = ends[1];
  }
  (void)take();  // of the one before
  struct sigaction action {};
  action.sa_handler = on_news;
  action.sa_flags = SA_RESTART;
  for (const int signal : kNews) sigaction(signal, &action, nullptr);
  action.sa_handler = on_end;
  action.sa_flags = SA_NODEFER | SA_ONSTACK;
  for (std::size_t i = 0; i < std::size(kEnds); ++i) sigaction(kEnds[i], &action, &before[i]);
}

TerminalSignals::~TerminalSignals() {
  arm(false);
  for (std::size_t i = 0; i < std::size(kEnds); ++i) {
    struct sigaction now {};
    const bool ours = sigaction(kEnds[i], nullptr, &now) == 0 && now.sa_handler == on_end;
    if (ours) sigaction(kEnds[i], &before[i], nullptr);
  }
  for (const int signal : kNews) std::signal(signal, SIG_DFL);
  taken = false;
}

int TerminalSignals::fd() const {
  return heard_fd;
}

TerminalNews TerminalSignals::take() {
  TerminalNews news;
  char signals[64];
  ssize_t count = 0;
  while ((count = read(heard_fd, signals, sizeof signals)) > 0) {
    for (ssize_t i = 0; i < count; ++i) {
      news.resized = news.resized || signals[i] == SIGWINCH;
      news.suspend = news.suspend || signals[i] == SIGTSTP;
      news.continued = news.continued || signals[i] == SIGCONT;
    }
  }
  return news;
}

void TerminalSignals::arm(bool armed) {
  to_restore = armed ? &restore_ : nullptr;
}

void TerminalSignals::stop_process() {
  struct sigaction action {};
  sigaction(SIGTSTP, nullptr, &action);
  std::signal(SIGTSTP, SIG_DFL);
  raise(SIGTSTP);
  sigaction(SIGTSTP, &action, nullptr);
}

void TerminalSignals::stop_job() {
  constexpr int kStopsWithinMs = 1000;
  (void)take();
  struct sigaction action {};
  sigaction(SIGTSTP, nullptr, &action);
  std::signal(SIGTSTP, SIG_DFL);
  kill(0, SIGTSTP);
  // Which thread takes it is the system's choice; ours waits here until it goes on.
  for (bool continued = false; !continued;) {
    pollfd news{heard_fd, POLLIN, 0};
    if (poll(&news, 1, kStopsWithinMs) == 0) break;  // a job without a shell is not stopped
    continued = take().continued;
  }
  sigaction(SIGTSTP, &action, nullptr);
}

void TerminalSignals::restore_terminal() {
  const TerminalRestore* restore = to_restore.exchange(nullptr);
  if (restore == nullptr) return;
  write_soon(restore->terminal_fd, restore->sequence, restore->length);
  tcsetattr(restore->terminal_fd, TCSANOW, &restore->modes);
  if (restore->captured_fd < 0) return;
  char text[1024];
  ssize_t count = 0;
  while ((count = read(restore->captured_fd, text, sizeof text)) > 0) {
    write_soon(restore->terminal_fd, text, static_cast<std::size_t>(count));
  }
  dup2(restore->stderr_fd, STDERR_FILENO);
}

}  // namespace tui
