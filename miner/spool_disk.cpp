#include "miner/spool_disk.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "miner/cli/file_writing.h"

namespace miner::spool {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
// Without waiting, and never through a link: what lies under our names may be anything.
constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
constexpr int kTries = 16;  // at a name under which files are exchanged while we look

base::Error last_error() {
  return base::io_error(reason_of(errno));
}

/// How much of the text was written, and what stopped it, or 0.
struct Wrote {
  std::size_t bytes = 0;
  int error = 0;
};

Wrote write_all(const DiskCalls& disk, int fd, std::string_view text) {
  Wrote wrote;
  while (wrote.bytes < text.size()) {
    const ssize_t n = disk.write(fd, text.data() + wrote.bytes, text.size() - wrote.bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      wrote.error = n < 0 ? errno : EIO;
      break;
    }
    wrote.bytes += static_cast<std::size_t>(n);
  }
  return wrote;
}

/// Null when somebody else has the lock.
base::Result<FilePtr> locked(FilePtr file) {
  if (flock(file->fd(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno == EWOULDBLOCK) return FilePtr();
  return last_error();
}

base::Status fill(const DiskCalls& disk, const OpenFile& file, std::string_view text) {
  const Wrote wrote = write_all(disk, file.fd(), text);
  if (wrote.error != 0) return base::io_error(reason_of(wrote.error));
  if (disk.fsync(file.fd()) != 0) return last_error();
  return base::Ok{};
}

}  // namespace

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

base::Result<FilePtr> lock_existing(const std::string& path) {
  for (int i = 0; i < kTries; ++i) {
    const int fd = open(path.c_str(), O_RDWR | kFlags);
    const bool none = fd < 0 && (errno == ENOENT || errno == ELOOP || errno == EISDIR);
    if (none || (fd < 0 && errno == ENXIO)) return FilePtr();
    if (fd < 0) return last_error();
    const auto file = std::make_shared<OpenFile>(fd);
    struct stat info {};
    if (fstat(fd, &info) != 0) return last_error();
    if (!S_ISREG(info.st_mode)) return FilePtr();
    ASSIGN_OR_RETURN(FilePtr mine, locked(file));
    // Between opening and locking, its owner may have put another file in its place, or removed it.
    if (!mine || is_at(*mine, path)) return mine;
  }
  return FilePtr();
}

base::Result<FilePtr> create_locked(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | kFlags, kOwnerOnly);
  if (fd < 0 && errno == EEXIST) return FilePtr();
  if (fd < 0) return last_error();
  ASSIGN_OR_RETURN(FilePtr mine, locked(std::make_shared<OpenFile>(fd)));
  // Somebody may have adopted it, and be done with it.
  return mine && is_at(*mine, path) ? mine : FilePtr();
}

void unlock(const OpenFile& file) {
  flock(file.fd(), LOCK_UN);
}

bool is_at(const OpenFile& file, const std::string& path) {
  struct stat held {};
  struct stat there {};
  return fstat(file.fd(), &held) == 0 && lstat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

base::Result<FilePtr> write_locked(const DiskCalls& disk, const std::string& path,
                                   std::string_view text) {
  const int flags = O_RDWR | O_APPEND | O_CREAT | O_TRUNC | kFlags;
  const int fd = open(path.c_str(), flags, kOwnerOnly);
  if (fd < 0) return last_error();
  ASSIGN_OR_RETURN(FilePtr mine, locked(std::make_shared<OpenFile>(fd)));
  if (!mine) return base::io_error(reason_of(EWOULDBLOCK));
  const base::Status filled = fill(disk, *mine, text);
  if (filled.ok()) return mine;
  unlink(path.c_str());
  return filled.error();
}

base::Status append(const DiskCalls& disk, const OpenFile& file, std::size_t size,
                    std::string_view text) {
  const Wrote wrote = write_all(disk, file.fd(), text);
  if (wrote.error == 0) return base::Ok{};
  truncate_to(file, size);
  return base::io_error(reason_of(wrote.error));
}

base::Status append_bounded(const DiskCalls& disk, const std::string& path, std::string_view text,
                            std::size_t max) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | kFlags, kOwnerOnly);
  if (fd < 0) return last_error();
  const OpenFile file(fd);
  const std::size_t room = max - std::min(max, size_of(file));
  const Wrote wrote = write_all(disk, fd, text.substr(0, room));
  if (wrote.error != 0) return base::io_error(reason_of(wrote.error));
  return base::Ok{};
}

base::Status put_in_place(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return base::Ok{};
  const base::Error error = last_error();
  unlink(from.c_str());
  return error;
}

bool truncate_to(const OpenFile& file, std::size_t size) {
  return ftruncate(file.fd(), static_cast<off_t>(size)) == 0;
}

base::Result<std::string> read_up_to(const OpenFile& file, std::size_t max) {
  std::string text(std::min(size_of(file), max), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t n =
        pread(file.fd(), text.data() + have, text.size() - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return last_error();
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  text.resize(have);
  return text;
}

std::size_t size_of(const OpenFile& file) {
  struct stat info {};
  return fstat(file.fd(), &info) == 0 ? static_cast<std::size_t>(info.st_size) : 0;
}

void sync_folder(const DiskCalls& disk, const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  disk.fsync(fd);
  close(fd);
}

base::Status make_folder(const std::string& folder) {
  RETURN_IF_ERROR(make_folder_of(folder + "/"));
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) return last_error();
  if (!S_ISDIR(info.st_mode)) return base::io_error(reason_of(ENOTDIR));
  if (access(folder.c_str(), W_OK | X_OK) != 0) return last_error();
  return base::Ok{};
}

}  // namespace miner::spool
