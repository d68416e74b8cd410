#pragma once

#include <string>
#include <vector>

namespace tui {

/// While it lives, what the process prints to stdout and (if that is a terminal) to stderr goes
/// into a pipe, so that a library's words do not stand across the screen. A full pipe loses words
/// and holds nobody up. One thread, but for the printing.
class OutputCapture {
 public:
  OutputCapture();
  /// Prints go where they went before; what was not taken goes there too.
  ~OutputCapture();
  OutputCapture(const OutputCapture&) = delete;
  OutputCapture& operator=(const OutputCapture&) = delete;

  /// Readable when something was printed. Non-blocking.
  int fd() const { return read_fd_; }
  /// The stderr of before.
  int stderr_fd() const { return stderr_; }

  /// The lines that are complete, without their newlines.
  std::vector<std::string> take();

 private:
  int read_fd_ = -1;
  int stdout_ = -1;  // of before
  int stderr_ = -1;
  bool took_stderr_ = false;
  std::string begun_;  // a line without its end
};

}  // namespace tui
