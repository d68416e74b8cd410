#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/result.h"

namespace miner {

/// Tells when a configuration file may have changed: something in its folder (and in that of the
/// file behind a symbolic link) was written or renamed, or somebody asked. Does not look at the
/// file itself, and does not poll.
class ConfigWatch {
 public:
  explicit ConfigWatch(std::string path);
  ~ConfigWatch();
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;

  /// Calls `changed` once at first and then whenever something happens, on a thread of the watch's
  /// own, one call at a time; `asked` means that `ask` was called. An error when the folder cannot
  /// be watched: then only `ask` counts; or when there is no thread to be had: then nothing does.
  base::Status start(std::function<void(bool asked)> changed);
  /// Ends the thread after a call that is under way; nothing when it does not run.
  void stop();
  /// Has the file read again. Any thread, also before `start`.
  void ask();

 private:
  base::Status watch_folders();
  void run(const std::function<void(bool)>& changed);
  bool was_asked();
  bool folder_changed();

  const std::string path_;
  int ask_fd_ = -1;     // readable: somebody asked
  int folder_fd_ = -1;  // inotify
  int end_fd_ = -1;     // readable: the thread is to end
  std::thread thread_;
};

}  // namespace miner
