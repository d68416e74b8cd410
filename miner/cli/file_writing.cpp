#include "miner/cli/file_writing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace miner {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

base::Error last_error() {
  return base::io_error(std::strerror(errno));
}

base::Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return last_error();
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (fsync(fd) != 0 && errno != EINVAL) return last_error();  // what is no file has no disk
  return base::Ok{};
}

/// Makes a new file one for whom the file `like` is. What cannot be given it does not have: then it
/// stays its maker's, for fewer.
void make_like(int fd, const std::string& like) {
  struct stat before {};
  struct stat now {};
  if (fd < 0 || stat(like.c_str(), &before) != 0 || !S_ISREG(before.st_mode)) return;
  // Only root gives files away; anybody gives them to a group of their own. The owner first: until
  // the mode is set nobody else has it open.
  if (fchown(fd, before.st_uid, before.st_gid) != 0) {
    [[maybe_unused]] const int group_only = fchown(fd, static_cast<uid_t>(-1), before.st_gid);
  }
  if (fstat(fd, &now) != 0) return;
  const bool same_owner = now.st_uid == before.st_uid;
  const bool same_group = now.st_gid == before.st_gid;
  [[maybe_unused]] const int mode = fchmod(fd, kept_mode(before.st_mode, same_owner, same_group));
}

/// Fills the file just made at `path`, and takes it away if that fails.
base::Status fill(int fd, const std::string& path, std::string_view text) {
  if (fd < 0) return last_error();
  base::Status status = write_all(fd, text);
  if (close(fd) != 0 && status.ok()) status = last_error();
  if (!status.ok()) unlink(path.c_str());
  return status;
}

/// So that the folder, too, knows the new name after a loss of power. A file system that cannot do
/// that has the file all the same.
void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

base::Status write_new_file(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  RETURN_IF_ERROR(fill(fd, path, text));
  sync_folder_of(path);
  return base::Ok{};
}

mode_t kept_mode(mode_t mode, bool same_owner, bool same_group) {
  const mode_t owner = (mode >> 6) & 7;
  mode_t group = (mode >> 3) & 7;
  mode_t others = mode & 7;
  if (!same_owner) {  // the owner before is one of the group now, or of the others
    group &= owner;
    others &= owner;
  }
  if (!same_group) group = others = group & others;  // either may be in the other's place now
  return owner << 6 | group << 3 | others;
}

base::Status replace_file(const std::string& path, std::string_view text, const std::string& like) {
  std::string beside = path + ".XXXXXX";
  const int fd = mkostemp(beside.data(), O_CLOEXEC);
  make_like(fd, like);
  RETURN_IF_ERROR(fill(fd, beside, text));
  if (rename(beside.c_str(), path.c_str()) != 0) {
    const base::Error error = last_error();
    unlink(beside.c_str());
    return error;
  }
  sync_folder_of(path);
  return base::Ok{};
}

base::Status make_folder_of(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return last_error();
  }
  return base::Ok{};
}

}  // namespace miner
