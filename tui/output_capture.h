#pragma once

#include <memory>
#include <string>
#include <vector>

namespace tui {

/// While it lives, what the process prints to stdout and (if that is a terminal) to stderr goes
/// into a pipe, so that a library's words do not stand across the screen. A full pipe loses words
/// and holds nobody up. One thread, but for the printing.
class OutputCapture {
 public:
  /// Null when there are no descriptors left for it.
  static std::unique_ptr<OutputCapture> begin();
  /// Prints go where they went before; what was not taken goes there too.
  ~OutputCapture();
  OutputCapture(const OutputCapture&) = delete;
  OutputCapture& operator=(const OutputCapture&) = delete;

  /// Readable when something was printed. Non-blocking.
  int fd() const { return read_fd_; }
  /// The stderr of before.
  int stderr_fd() const { return stderr_; }

  /// The lines that are complete, without their newlines; not more than a few at a time, so that
  /// one who prints without end does not keep the caller.
  std::vector<std::string> take();

 private:
  OutputCapture(int read_fd, int out, int err) : read_fd_(read_fd), stdout_(out), stderr_(err) {}

  const int read_fd_;
  const int stdout_;  // of before
  const int stderr_;
  bool took_stderr_ = false;
  std::string begun_;  // a line without its end
};

}  // namespace tui
