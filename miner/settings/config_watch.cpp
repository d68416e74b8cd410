#include "miner/settings/config_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "miner/settings/file_paths.h"

namespace miner {
namespace {

// A file is complete when its writer closes it, or when it is renamed into its place.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

// inotify may be refused: a user has only so many.
ConfigWatch::ConfigWatch(std::string path)
    : path_(std::move(path)),
      ask_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      folder_fd_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      end_fd_(eventfd(0, EFD_CLOEXEC)) {
  CHECK(ask_fd_ >= 0 && end_fd_ >= 0);
}

ConfigWatch::~ConfigWatch() {
  stop();
  close(ask_fd_);
  close(end_fd_);
  if (folder_fd_ >= 0) close(folder_fd_);
}

base::Status ConfigWatch::start(std::function<void(bool)> changed) {
  CHECK(!thread_.joinable());
  base::Status watched = watch_folders();
  try {
    thread_ = std::thread([this, changed = std::move(changed)] { run(changed); });
  } catch (const std::system_error& error) {
    return base::io_error("no thread to watch " + base::printable(path_) + ": " + error.what());
  }
  pthread_setname_np(thread_.native_handle(), "m-config");
  return watched;
}

void ConfigWatch::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  CHECK(write(end_fd_, &one, sizeof one) == sizeof one);
  thread_.join();
  std::uint64_t count = 0;
  CHECK(read(end_fd_, &count, sizeof count) == sizeof count);
}

/// Watches the folders as they are now; watching one again changes nothing.
base::Status ConfigWatch::watch_folders() {
  if (folder_fd_ < 0) return base::io_error("no changes are seen of " + base::printable(path_));
  for (const std::string& path : {path_, behind_links(path_)}) {
    const std::string folder = folder_of(path);
    if (inotify_add_watch(folder_fd_, folder.c_str(), kEvents) >= 0) continue;
    return base::io_error("no changes are seen of " + base::printable(folder) + ": " +
                          std::strerror(errno));
  }
  return base::Ok{};
}

void ConfigWatch::run(const std::function<void(bool)>& changed) {
  changed(false);  // since the file was read and before it was watched
  for (;;) {
    std::array<pollfd, 3> waits = {pollfd{end_fd_, POLLIN, 0}, pollfd{ask_fd_, POLLIN, 0},
                                   pollfd{folder_fd_, POLLIN, 0}};  // one below 0 is left out
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[0].revents != 0) return;
    const bool asked = was_asked();
    if (!folder_changed() && !asked) continue;
    (void)watch_folders().ok();  // they may be new ones by now
    changed(asked);
  }
}

void ConfigWatch::ask() {
  const std::uint64_t one = 1;
  CHECK(write(ask_fd_, &one, sizeof one) == sizeof one);
}

bool ConfigWatch::was_asked() {
  std::uint64_t count = 0;
  return read(ask_fd_, &count, sizeof count) == sizeof count;
}

/// Takes what inotify has to tell. Names do not matter: a link may have changed what the path
/// means.
bool ConfigWatch::folder_changed() {
  std::array<char, 4096> events;
  bool changed = false;
  while (folder_fd_ >= 0 && read(folder_fd_, events.data(), events.size()) > 0) changed = true;
  return changed;
}

}  // namespace miner
