#include "logging/rotating_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/bytes.h"
#include "logging/write_all.h"

namespace logging {
namespace {

constexpr mode_t kMode = 0640;  // a log is not for everybody
// Without waiting: a pipe that nobody reads is an error and not the end of all work.
constexpr int kOpenFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

base::Error fault_at(const std::string& path, int error) {
  return base::io_error("log file '" + base::printable(path) +
                        "' cannot be written: " + std::generic_category().message(error));
}

bool exists(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

}  // namespace

base::Result<std::unique_ptr<RotatingFile>> RotatingFile::open(const std::string& path,
                                                               Limits limits) {
  std::unique_ptr<RotatingFile> file(new RotatingFile(path, limits));
  RETURN_IF_ERROR(file->reopen());
  return file;
}

base::Status RotatingFile::try_open(const std::string& path) {
  const int fd = ::open(path.c_str(), kOpenFlags);
  if (fd >= 0) {
    close(fd);
    return base::Ok{};
  }
  const int error = errno;
  std::string folder = path.substr(0, path.rfind('/') + 1);
  if (folder.empty()) folder = ".";
  const bool can_make = error == ENOENT && access(folder.c_str(), W_OK | X_OK) == 0;
  return can_make ? base::Status(base::Ok{}) : fault_at(path, error);
}

RotatingFile::~RotatingFile() {
  if (fd_ >= 0) close(fd_);
}

base::Status RotatingFile::reopen() {
  const int fd = ::open(path_.c_str(), kOpenFlags | O_CREAT, kMode);
  if (fd < 0) return fault(errno);
  struct stat info {};
  if (fstat(fd, &info) != 0) {
    const int error = errno;
    close(fd);
    return fault(error);
  }
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  regular_ = S_ISREG(info.st_mode);
  size_ = regular_ ? static_cast<std::uint64_t>(info.st_size) : 0;
  full_at_ = limits_.bytes;
  return base::Ok{};
}

bool RotatingFile::full_for(std::size_t bytes) const {
  return regular_ && limits_.bytes != 0 && size_ != 0 && size_ + bytes > full_at_;
}

base::Status RotatingFile::rotate() {
  full_at_ = size_ + limits_.bytes;
  return limits_.files == 1 ? empty() : move_aside();
}

base::Status RotatingFile::empty() {
  if (ftruncate(fd_, 0) != 0) return fault(errno);
  size_ = 0;
  full_at_ = limits_.bytes;
  return base::Ok{};
}

/// Moves each file to the next number, from the first number that is free: a gap that a failure
/// left costs nothing, and only when there is none does the oldest fall off.
base::Status RotatingFile::move_aside() {
  std::uint32_t free = 1;
  while (free + 1 < limits_.files && exists(name(free))) ++free;
  for (; free > 0; --free) {
    const bool moved = std::rename(name(free - 1).c_str(), name(free).c_str()) == 0;
    if (!moved && errno != ENOENT) return fault(errno);
  }
  base::Status opened = reopen();
  if (!opened.ok()) std::rename(name(1).c_str(), path_.c_str());
  return opened;
}

base::Status RotatingFile::write(std::string_view line) {
  std::size_t written = 0;
  const int error = write_all(fd_, line, written);
  if (error == 0) {
    size_ += line.size();
    return base::Ok{};
  }
  // Half a line would spoil the next one. If it cannot be taken back it stays.
  if (written != 0 && regular_ && ftruncate(fd_, static_cast<off_t>(size_)) != 0) size_ += written;
  return fault(error);
}

std::string RotatingFile::name(std::uint32_t number) const {
  return number == 0 ? path_ : path_ + "." + std::to_string(number);
}

base::Error RotatingFile::fault(int error) const {
  return fault_at(path_, error);
}

}  // namespace logging
