#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

// What the spool needs of files. Errors say what went wrong, not with which file. Blocking; any
// thread.
namespace miner::spool {

/// The calls in which a full or a broken disk shows, with the behaviour of the system's. Tests put
/// others in their place. Called on two threads.
struct DiskCalls {
  std::function<ssize_t(int, const void*, std::size_t)> write = ::write;
  std::function<int(int)> fsync = ::fsync;
  std::function<int(int)> fdatasync = ::fdatasync;
};

/// An open file: closed, and with that unlocked, by its last owner.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() { close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

  /// The system's number of what went wrong when another thread synced the file.
  void set_sync_error(int error) { sync_error_ = error; }
  int take_sync_error() { return sync_error_.exchange(0); }

 private:
  const int fd_;
  std::atomic<int> sync_error_{0};
};
using FilePtr = std::shared_ptr<OpenFile>;

/// The text for one of the system's error numbers.
std::string reason_of(int error);

/// Opens a file that is there and locks it against other processes that do the same, for as long as
/// it is open. Null when it is not there, not a file, or locked by somebody else.
base::Result<FilePtr> lock_existing(const std::string& path);
/// Makes a file for its owner only, and locks it. Null when there is one, or somebody else was
/// quicker with the lock.
base::Result<FilePtr> create_locked(const std::string& path);
/// Unlocks a file that others hold open, too.
void unlock(const OpenFile& file);
/// Whether this file is what one finds under that name now: it may have been removed, or another
/// put in its place.
bool is_at(const OpenFile& file, const std::string& path);

/// Writes a file for its owner only, synced and locked, in place of what may be there; its
/// descriptor appends. What is half written is taken away.
base::Result<FilePtr> write_locked(const DiskCalls& disk, const std::string& path,
                                   std::string_view text);
/// Appends all of the text, or nothing, unless the disk refuses to take back what it has of it.
base::Status append(const DiskCalls& disk, const OpenFile& file, std::size_t size,
                    std::string_view text);
/// Appends to a file that need not be there, for its owner only, as much of the text as leaves it
/// within `max` bytes.
base::Status append_bounded(const DiskCalls& disk, const std::string& path, std::string_view text,
                            std::size_t max);
/// Gives a file the name of another, whose place it takes; or else removes it.
base::Status put_in_place(const std::string& from, const std::string& to);
/// Cuts a file; false when that cannot be done.
bool truncate_to(const OpenFile& file, std::size_t size);
/// The first `max` bytes of a file, or all.
base::Result<std::string> read_up_to(const OpenFile& file, std::size_t max);
/// How long a file is.
std::size_t size_of(const OpenFile& file);

/// Has the folder know of new names in it after a loss of power, where it can.
void sync_folder(const DiskCalls& disk, const std::string& folder);
/// Makes a folder, for its owner only, and those above it, and looks whether files can be made in
/// it.
base::Status make_folder(const std::string& folder);

}  // namespace miner::spool
