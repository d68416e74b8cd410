#pragma once

#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "miner/spool_disk.h"

namespace miner::spool {

/// Has files on the disk some time after they were written, on a thread of its own: a disk takes up
/// to tens of milliseconds for that, and the next share is not to wait for it.
class SyncThread {
 public:
  /// From the first write that is to be synced to the call of fdatasync; real time. What is written
  /// meanwhile shares the call.
  static constexpr base::Micros kDelay = std::chrono::milliseconds(20);

  explicit SyncThread(DiskCalls disk);
  /// Syncs what is still wanted, and waits for the thread: for ever, while the disk hangs.
  ~SyncThread();
  SyncThread(const SyncThread&) = delete;
  SyncThread& operator=(const SyncThread&) = delete;

  /// What was written to the file is to be synced; an error is left in the file. Any thread.
  void want(FilePtr file) EXCLUDES(mutex_);

 private:
  void run();
  std::vector<FilePtr> next() EXCLUDES(mutex_);

  const DiskCalls disk_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<FilePtr> wanted_ GUARDED_BY(mutex_);  // each once
  base::SteadyTime due_ GUARDED_BY(mutex_);         // of the first of them; real time
  bool ending_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace miner::spool
