#include "tui/terminal.h"

#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>

namespace tui {
namespace {

using std::chrono::milliseconds;

// A terminal that takes nothing does not keep the program from its end.
constexpr auto kLeaveWithin = milliseconds(500);
constexpr Size kUnknownSize{80, 24};

/// Keys at once and without echo; signals by key, and the way lines are written, stay.
termios raw(termios modes) {
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  modes.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IXON);
  modes.c_cc[VMIN] = 0;
  modes.c_cc[VTIME] = 0;
  return modes;
}

/// The console's font on Linux has boxes and blocks, and no braille.
Look look_of(std::string_view term) {
  const bool unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  return {unicode, unicode && term != "linux"};
}

}  // namespace

bool Terminal::usable(const char* term) {
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && term != nullptr &&
         *term != '\0' && std::string_view(term) != "dumb";
}

base::Result<std::unique_ptr<Terminal>> Terminal::open(bool colours) {
  const char* term = std::getenv("TERM");
  if (!usable(term)) return base::unavailable("there is no terminal for a screen");
  // Opened anew: being non-blocking must not become a property of the shell's own descriptors.
  const char* path = ttyname(STDOUT_FILENO);
  const int fd =
      ::open(path == nullptr ? "/dev/tty" : path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return base::io_error(std::string("the terminal: ") + std::strerror(errno));
  termios modes{};
  if (tcgetattr(fd, &modes) != 0) {
    close(fd);
    return base::io_error(std::string("the terminal: ") + std::strerror(errno));
  }
  std::unique_ptr<Terminal> terminal(new Terminal(fd, modes));
  RETURN_IF_ERROR(terminal->start(term, colours));
  return terminal;
}

Terminal::Terminal(int fd, const termios& modes) : fd_(fd), modes_(modes) {}

base::Status Terminal::start(const std::string& term, bool colours) {
  look_ = look_of(term);
  ASSIGN_OR_RETURN(curses_, CursesScreen::open(term, fd_, colours));
  capture_ = std::make_unique<OutputCapture>();
  restore_.terminal_fd = fd_;
  restore_.modes = modes_;
  const std::string sequence = curses_->emergency_sequence();
  restore_.length = std::min(sequence.size(), sizeof restore_.sequence);
  std::memcpy(restore_.sequence, sequence.data(), restore_.length);
  restore_.captured_fd = capture_->fd();
  restore_.stderr_fd = capture_->stderr_fd();
  signals_.emplace(restore_);
  if (in_foreground()) enter();
  return base::Ok{};
}

Terminal::~Terminal() {
  if (shown_) leave();
  signals_.reset();
  capture_.reset();
  curses_.reset();
  close(fd_);
}

/// Nobody but the foreground may set modes or read: the system would stop us.
bool Terminal::in_foreground() const {
  return tcgetpgrp(fd_) == getpgrp();
}

void Terminal::enter() {
  const termios modes = raw(modes_);
  tcsetattr(fd_, TCSANOW, &modes);
  shown_ = true;
  signals_->arm(true);
}

void Terminal::leave() {
  shown_ = false;
  pending_ += curses_->leave();
  push_all();
  tcsetattr(fd_, TCSANOW, &modes_);
  signals_->arm(false);
}

void Terminal::heed_signals() {
  const TerminalNews news = signals_->take();
  if (news.suspend) {
    if (shown_) leave();
    signals_->stop_process();
  }
  if (!shown_ && !gone_ && in_foreground()) enter();
  if (news.continued && shown_) repaint();
}

void Terminal::wait(base::Micros timeout, int other_fd) {
  const auto millis = std::chrono::duration_cast<milliseconds>(timeout).count();
  const auto wanted = static_cast<short>(pending_.empty() ? POLLIN : POLLIN | POLLOUT);
  pollfd waits[] = {{other_fd, POLLIN, 0},
                    {signals_->fd(), POLLIN, 0},
                    {capture_->fd(), POLLIN, 0},
                    {shown_ && !gone_ ? fd_ : -1, wanted, 0}};
  poll(waits, std::size(waits), static_cast<int>(std::max<std::int64_t>(millis, 0)));
  const short terminal = waits[3].revents;
  if ((terminal & (POLLHUP | POLLERR | POLLNVAL)) != 0) gone_ = true;
  if ((terminal & POLLOUT) != 0) push();
}

std::vector<Key> Terminal::keys() {
  if (!shown_ || gone_) return {};
  std::vector<Key> keys = curses_->keys();
  return keys;
}

Size Terminal::size() const {
  winsize size{};
  if (ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return kUnknownSize;
  }
  return {size.ws_col, size.ws_row};
}

void Terminal::draw(const Canvas& canvas) {
  pending_ += curses_->draw(canvas);
  push();
}

/// Writes as much as the terminal takes now.
void Terminal::push() {
  while (!pending_.empty()) {
    const ssize_t wrote = write(fd_, pending_.data(), pending_.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno != EAGAIN) gone_ = true;
    if (wrote <= 0) return;
    pending_.erase(0, static_cast<std::size_t>(wrote));
  }
}

void Terminal::push_all() {
  const auto end = std::chrono::steady_clock::now() + kLeaveWithin;
  for (push(); !pending_.empty() && !gone_; push()) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= milliseconds(0)) break;
    pollfd wait{fd_, POLLOUT, 0};
    poll(&wait, 1, static_cast<int>(left / milliseconds(1)) + 1);
  }
  pending_.clear();
}

}  // namespace tui
