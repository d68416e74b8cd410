#include "tui/terminal_signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/check.h"

namespace tui {
namespace {

constexpr int kNews[] = {SIGWINCH, SIGTSTP, SIGCONT};
constexpr int kFaults[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGQUIT};

// A handler has no other way to them: the kernel knows functions only.
std::atomic<int> news_fd{-1};
std::atomic<const TerminalRestore*> to_restore{nullptr};

void on_news(int signal) {
  const int fault = errno;
  const char byte = static_cast<char>(signal);
  [[maybe_unused]] const auto written = write(news_fd.load(), &byte, 1);
  errno = fault;
}

void on_fault(int signal) {
  TerminalSignals::restore_terminal();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

bool at_default(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
         now.sa_handler == SIG_DFL;
}

void take_over(int signal, void (*handler)(int), int flags) {
  if (!at_default(signal)) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

void give_back(int signal, void (*handler)(int)) {
  struct sigaction now {};
  if (sigaction(signal, nullptr, &now) == 0 && now.sa_handler == handler) {
    std::signal(signal, SIG_DFL);
  }
}

}  // namespace

TerminalSignals::TerminalSignals(const TerminalRestore& restore) : restore_(restore) {
  CHECK(pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0);
  CHECK(news_fd.exchange(pipe_[1]) == -1);
  for (const int signal : kNews) take_over(signal, on_news, SA_RESTART);
  for (const int signal : kFaults) take_over(signal, on_fault, SA_NODEFER);
}

TerminalSignals::~TerminalSignals() {
  arm(false);
  for (const int signal : kFaults) give_back(signal, on_fault);
  for (const int signal : kNews) give_back(signal, on_news);
  news_fd = -1;
  close(pipe_[0]);
  close(pipe_[1]);
}

TerminalNews TerminalSignals::take() {
  TerminalNews news;
  char signals[64];
  ssize_t count = 0;
  while ((count = read(pipe_[0], signals, sizeof signals)) > 0) {
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
  std::signal(SIGTSTP, SIG_DFL);
  raise(SIGTSTP);
  take_over(SIGTSTP, on_news, SA_RESTART);
}

void TerminalSignals::restore_terminal() {
  const TerminalRestore* restore = to_restore.exchange(nullptr);
  if (restore == nullptr) return;
  [[maybe_unused]] ssize_t done = write(restore->terminal_fd, restore->sequence, restore->length);
  tcsetattr(restore->terminal_fd, TCSANOW, &restore->modes);
  if (restore->captured_fd < 0) return;
  char text[1024];
  ssize_t count = 0;
  while ((count = read(restore->captured_fd, text, sizeof text)) > 0) {
    done = write(restore->stderr_fd, text, static_cast<std::size_t>(count));
  }
  dup2(restore->stderr_fd, STDERR_FILENO);
}

}  // namespace tui
