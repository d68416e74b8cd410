#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/queue.h"
#include "pool/audit_record.h"

namespace pool {

/// Writes audits into a folder, on a thread of its own: whatever the disk does, no pool waits for
/// it. One that cannot be written is left out, and told to the log.
class AuditWriter final : public AuditKeeper {
 public:
  static constexpr std::size_t kMaxWaiting = 16;

  struct Options {
    std::string folder;
    std::uint32_t days = 0;             ///< an audit is deleted when its file is older; 0: none is
    std::uint64_t keep_free_bytes = 0;  ///< of the folder's disk: none is written beyond that
  };
  /// Makes the folder, and starts. Fails with one line that names the folder. `sink` and what
  /// `clock` reads outlive the writer.
  static base::Result<std::unique_ptr<AuditWriter>> open(const Options& options,
                                                         base::LogSink& sink,
                                                         base::SteadyWallClock clock);
  /// Writes what waits, and ends the thread; a disk that hangs, as long as it hangs.
  ~AuditWriter() override;

  void keep(std::shared_ptr<const AuditRecord> record) override;

 private:
  /// What the log is told of failures: one line each 10 s, with how many there were since.
  class FaultLog {
   public:
    explicit FaultLog(const base::Log& log) : log_(log) {}
    void failed(base::UnixTime now, std::uint64_t audits, std::string_view reason);
    /// Those that were not told yet.
    void finish();

   private:
    void say();

    const base::Log log_;
    std::optional<base::UnixTime> said_at_;
    std::uint64_t untold_ = 0;
    std::string reason_;  // of the last
  };

  AuditWriter(Options options, base::LogSink& sink, base::SteadyWallClock clock);
  void run();
  void write(const AuditRecord& record);
  bool has_room() const;
  void count_turned_away();
  void prune_if_due();

  const Options options_;
  const base::SteadyWallClock clock_;
  const base::Log log_;
  base::Queue<std::shared_ptr<const AuditRecord>> queue_{kMaxWaiting};
  std::atomic<std::uint64_t> turned_away_{0};  // the queue was full

  // The thread's.
  FaultLog faults_{log_};
  std::optional<base::UnixTime> prune_at_;
  std::thread thread_;
};

/// Deletes the audits in a folder, finished or not, whose files were written last before a time.
/// Nothing else in it is touched. How many it deleted; fails where that cannot be done.
base::Result<std::size_t> prune_audits(const std::string& folder, base::UnixTime before);

}  // namespace pool
