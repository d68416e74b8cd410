#include "tui/output_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace tui {
namespace {

constexpr std::size_t kLongestLine = 1000;
constexpr int kReadsAtOnce = 16;  // of 4 KiB: what a full pipe holds

void flush_all() {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(stdout);
  std::fflush(stderr);
}

}  // namespace

std::unique_ptr<OutputCapture> OutputCapture::begin() {
  flush_all();
  int ends[2] = {-1, -1};
  const int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  const int err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  if (out < 0 || err < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    if (out >= 0) close(out);
    if (err >= 0) close(err);
    return nullptr;
  }
  std::unique_ptr<OutputCapture> capture(new OutputCapture(ends[0], out, err));
  capture->took_stderr_ = isatty(STDERR_FILENO) == 1;
  dup2(ends[1], STDOUT_FILENO);
  if (capture->took_stderr_) dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  return capture;
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
  for (int reads = 0; reads < kReadsAtOnce; ++reads) {
    const ssize_t count = read(read_fd_, text, sizeof text);
    if (count <= 0) break;
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
