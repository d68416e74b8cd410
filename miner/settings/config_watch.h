#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/result.h"

namespace miner {

/// Tells when a configuration file may have changed: something in its folder (and in that of the
/// file behind a symbolic link) was written or renamed, or SIGHUP came. Does not look at the file
/// itself, and does not poll.
///
/// Construct on the main thread before any other starts: SIGHUP is blocked from then on, so that it
/// reaches nobody else. A hang-up that comes because the terminal is gone asks the program to stop
/// (SIGTERM).
class ConfigWatch {
 public:
  explicit ConfigWatch(std::string path);
  ~ConfigWatch();
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;

  /// Calls `changed` once at first and then whenever something happens, on a thread of the watch's
  /// own, one call at a time; `asked` means that SIGHUP came. An error when the folder cannot be
  /// watched: then only SIGHUP counts.
  base::Status start(std::function<void(bool asked)> changed);
  /// Ends the thread after a call that is under way; nothing when it does not run.
  void stop();

 private:
  base::Status watch_folders();
  void run(const std::function<void(bool)>& changed);
  bool hung_up();
  bool folder_changed();

  const std::string path_;
  const bool on_terminal_;
  int signal_fd_ = -1;
  int folder_fd_ = -1;  // inotify
  int end_fd_ = -1;     // readable: the thread is to end
  std::thread thread_;
};

}  // namespace miner
