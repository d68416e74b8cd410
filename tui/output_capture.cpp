#include "tui/output_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/check.h"

namespace tui {
namespace {

constexpr std::size_t kLongestLine = 1000;

void flush_all() {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(stdout);
  std::fflush(stderr);
}

}  // namespace

OutputCapture::OutputCapture() {
  flush_all();
  int ends[2];
  CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  read_fd_ = ends[0];
  stdout_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  stderr_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  CHECK(stdout_ >= 0 && stderr_ >= 0);
  took_stderr_ = isatty(STDERR_FILENO) == 1;
  dup2(ends[1], STDOUT_FILENO);
  if (took_stderr_) dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
}

OutputCapture::~OutputCapture() {
  flush_all();
  dup2(stdout_, STDOUT_FILENO);
  if (took_stderr_) dup2(stderr_, STDERR_FILENO);
  for (const std::string& line : take()) std::cerr << line << '\n';
  std::cerr << begun_ << std::flush;
  close(read_fd_);
  close(stdout_);
  close(stderr_);
}

std::vector<std::string> OutputCapture::take() {
  std::vector<std::string> lines;
  char text[4096];
  ssize_t count = 0;
  while ((count = read(read_fd_, text, sizeof text)) > 0) {
    for (ssize_t i = 0; i < count; ++i) {
      if (text[i] != '\n') begun_ += text[i];
      if (text[i] != '\n' && begun_.size() < kLongestLine) continue;
      lines.push_back(std::move(begun_));
      begun_.clear();
    }
  }
  return lines;
}

}  // namespace tui
