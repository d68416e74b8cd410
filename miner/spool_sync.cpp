#include "miner/spool_sync.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace miner::spool {

SyncThread::SyncThread(DiskCalls disk) : disk_(std::move(disk)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "m-spool-sync");
}

SyncThread::~SyncThread() {
  {
    base::MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SyncThread::want(FilePtr file) {
  {
    base::MutexLock lock(mutex_);
    if (std::find(wanted_.begin(), wanted_.end(), file) != wanted_.end()) return;
    if (wanted_.empty()) due_ = base::SystemClock().now() + kDelay;
    wanted_.push_back(std::move(file));
  }
  changed_.notify_all();
}

void SyncThread::run() {
  for (auto files = next(); !files.empty(); files = next()) {
    for (const FilePtr& file : files) {
      int result = 0;
      do {
        result = disk_.fdatasync(file->fd());
      } while (result != 0 && errno == EINTR);
      if (result != 0) file->set_sync_error(errno);
    }
  }
}

/// What is due, once it is; nothing at the end.
std::vector<FilePtr> SyncThread::next() {
  base::MutexLock lock(mutex_);
  while (wanted_.empty() && !ending_) changed_.wait(mutex_);
  while (!ending_ && base::SystemClock().now() < due_) changed_.wait_until(mutex_, due_);
  return std::exchange(wanted_, {});
}

}  // namespace miner::spool
