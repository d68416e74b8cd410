#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/owner_thread.h"
#include "base/result.h"
#include "miner/spool.h"
#include "miner/spool_disk.h"
#include "miner/spool_sync.h"

namespace miner::spool {

/// Open shares of one pool, in memory and in a file that no other process has. Blocks on the disk;
/// belongs to the spool's thread. A fault of the disk is one warning a minute and reason, and what
/// could not be written is written with the next share. Sync thread, sink and clock outlive it.
class SpoolFile {
 public:
  /// `pool`: its name, of any length.
  SpoolFile(std::string folder, std::string pool, SyncThread& sync, DiskCalls disk,
            base::LogSink& sink, base::SteadyWallClock clock);
  /// Has the sync thread sync what was written.
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  /// Claims a file, takes over what lies in files of this pool that nobody has open, and returns
  /// the shares in them that ended less than 24 h ago, under new ids. Once, before anything else.
  std::vector<std::pair<SpoolId, SpooledShare>> open(const std::function<SpoolId()>& new_id);

  /// For the next `flush`. Ids are new ones.
  void found(SpoolId id, const SpooledShare& share);
  /// An id that is not open is ignored.
  void settled(SpoolId id);
  /// Writes what was gathered, by one write(2).
  void flush();
  /// Shortens the file when that is worth it; for when nobody waits.
  void tidy();

  /// Where it is; empty while there is none.
  const std::string& path() const { return path_; }

 private:
  std::vector<SpooledShare> adopt();
  std::vector<SpooledShare> read(const OpenFile& file, const std::string& path, bool& foreign);
  void keep_damaged(const std::string& path, std::string_view text, std::size_t lines);
  base::Status write();
  base::Status make();
  base::Status claim();
  void drop_adopted();
  std::string whole_text() const;
  void fault(const std::string& reason, std::uint64_t shares);
  void recovered();

  const std::string folder_;
  const std::string pool_;
  const std::string header_;
  SyncThread& sync_;
  const DiskCalls disk_;
  const base::Log log_;
  const base::SteadyWallClock clock_;

  std::map<SpoolId, SpooledShare> open_;
  std::string batch_;  // records that are not in the file
  std::string path_;
  FilePtr file_;           // locked; what is under path_, unless somebody took it away
  bool made_ = false;      // file_ is written by us, and nothing in it is lost
  std::size_t size_ = 0;   // of file_
  std::size_t whole_ = 0;  // its size when it was made
  bool unsynced_ = false;
  std::vector<std::pair<std::string, FilePtr>> adopted_;  // go once all is in our file

  std::uint64_t gathered_ = 0;  // shares since the last flush
  std::uint64_t unkept_ = 0;    // shares since the last warning
  bool failing_ = false;
  std::map<std::string, base::UnixTime> told_;  // reasons
  base::OwnerThread owner_;
};

}  // namespace miner::spool
