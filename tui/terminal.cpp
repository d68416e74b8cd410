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

/// Keys at once and without echo; signals by key, and the way lines are written, stay. But Ctrl-Z
/// is a key: by itself the terminal would stop our parents before we have left the screen, and what
/// their shell then says would be on it.
termios raw(termios modes) {
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  modes.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IXON);
  modes.c_cc[VMIN] = 0;
  modes.c_cc[VTIME] = 0;
  modes.c_cc[VSUSP] = _POSIX_VDISABLE;
  return modes;
}

/// The console's font on Linux has boxes and blocks, and no braille.
Look look_of(std::string_view term) {
  const bool unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  return {unicode, unicode && term != "linux"};
}

/// Being non-blocking must not become a property of the shell's own descriptor. A terminal that is
/// another user's (after su) opens by its general name only.
int open_anew() {
  constexpr int kFlags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const char* path = ttyname(STDOUT_FILENO);
  const int fd = path == nullptr ? -1 : ::open(path, kFlags);
  return fd >= 0 ? fd : ::open("/dev/tty", kFlags);
}

}  // namespace

bool Terminal::usable(const char* term) {
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && term != nullptr &&
         *term != '\0' && std::string_view(term) != "dumb";
}

base::Result<std::unique_ptr<Terminal>> Terminal::open(bool colours) {
  const char* term = std::getenv("TERM");
  if (!usable(term)) return base::unavailable("there is no terminal for a screen");
  const int fd = open_anew();
  termios modes{};
  if (fd < 0 || tcgetattr(fd, &modes) != 0) {
    const int fault = errno;
    if (fd >= 0) close(fd);
    return base::io_error(std::string("the terminal: ") + std::strerror(fault));
  }
  std::unique_ptr<Terminal> terminal(new Terminal(fd, modes));
  RETURN_IF_ERROR(terminal->start(term, colours));
  return terminal;
}

Terminal::Terminal(int fd, const termios& modes) : fd_(fd), modes_(modes) {}

base::Status Terminal::start(const std::string& term, bool colours) {
  look_ = look_of(term);
  ASSIGN_OR_RETURN(curses_, CursesScreen::open(term, fd_, colours));
  restore_.terminal_fd = fd_;
  restore_.modes = modes_;
  const std::string sequence = curses_->emergency_sequence();
  restore_.length = std::min(sequence.size(), sizeof restore_.sequence);
  std::memcpy(restore_.sequence, sequence.data(), restore_.length);
  signals_.emplace(restore_);
  if (in_foreground()) enter();
  return base::Ok{};
}

Terminal::~Terminal() {
  step_aside();
  signals_.reset();
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
  capture_ = OutputCapture::begin();
  restore_.captured_fd = capture_ ? capture_->fd() : -1;
  restore_.stderr_fd = capture_ ? capture_->stderr_fd() : -1;
  shown_ = true;
  signals_->arm(true);
  curses_->repaint();
}

/// The modes are set only while they are ours to set: a shell that has the terminal again has its
/// own by now.
void Terminal::leave() {
  shown_ = false;
  pending_ += curses_->leave();
  push_all();
  if (in_foreground()) tcsetattr(fd_, TCSANOW, &modes_);
  signals_->arm(false);
  capture_.reset();
}

/// Another process of the job (make, a shell) stops by itself, and perhaps has been told to go on
/// before we come to stop: then we must not.
void Terminal::suspend() {
  step_aside();
  if (!signals_->take().continued) signals_->stop_process();
}

void Terminal::step_aside() {
  if (shown_) leave();
}

void Terminal::heed_signals() {
  const TerminalNews news = signals_->take();
  if (news.suspend) {
    suspend();
  } else if (news.continued && shown_) {
    leave();  // whoever had it meanwhile may have changed modes and picture
  }
  const bool ours = !gone_ && in_foreground();
  if (!shown_ && ours) enter();
  if (shown_ && !ours && !gone_) leave();
}

void Terminal::wait(base::Micros timeout, int other_fd) {
  const auto millis = std::chrono::duration_cast<milliseconds>(timeout).count();
  const auto wanted = static_cast<short>(pending_.empty() ? POLLIN : POLLIN | POLLOUT);
  pollfd waits[] = {{other_fd, POLLIN, 0},
                    {signals_->fd(), POLLIN, 0},
                    {capture_ ? capture_->fd() : -1, POLLIN, 0},
                    {shown_ && !gone_ ? fd_ : -1, wanted, 0}};
  poll(waits, std::size(waits), static_cast<int>(std::max<std::int64_t>(millis, 0)));
  const short terminal = waits[3].revents;
  if ((terminal & (POLLHUP | POLLERR | POLLNVAL)) != 0) gone_ = true;
  if ((terminal & POLLOUT) != 0) push();
}

std::vector<Key> Terminal::keys() {
  if (!shown() || !in_foreground()) return {};
  return curses_->keys();
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
