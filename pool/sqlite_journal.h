#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/owner_thread.h"
#include "pool/journal.h"
#include "pool/journal_file.h"

namespace pool {

/// A journal in an SQLite database (pool/journal_file.h). A thread of its own writes all that waits
/// as one transaction and lets it become durable: a record that comes while it is idle at once, the
/// others together; but what is not awaited (`is_awaited`) waits up to 50 ms for others. A disk
/// that fails loses nothing while this lives: the records wait in memory, are tried again every 0.1
/// to 1 s, and meanwhile none is reported.
///
/// Opened, emptied by `take_saved` and started by one thread; `write` then belongs to one, too.
class SqliteJournal final : public Journal {
 public:
  /// Opens the database, or makes it, and reads what is saved; `pool_name` must be the one it was
  /// made for. Errors are one line that names the file and what to do. `sink` outlives the journal.
  static base::Result<std::unique_ptr<SqliteJournal>> open(const std::string& path,
                                                           const std::string& pool_name,
                                                           base::UnixTime now, base::LogSink& sink,
                                                           const RandomSource& random);
  /// Writes what waits. A disk that fails has 2 s more for that (one that hangs, as long as it
  /// hangs); then the log says how many records are lost.
  ~SqliteJournal() override;

  /// What earlier runs left; once, before `start`.
  Saved take_saved() { return std::move(saved_); }

  /// Starts the thread, which calls `report` with the number of the newest record that is durable:
  /// all before it are, too. What `report` touches outlives the journal. Every `prune_every` what
  /// is too old is deleted, in small steps between records.
  void start(std::function<void(std::uint64_t written)> report,
             base::Micros prune_every = std::chrono::hours(1));

  std::uint64_t write(Record record) override;

 private:
  /// What the log is told of failures: one line each 10 s, and one when it works again.
  class FaultLog {
   public:
    FaultLog(const base::Log& log, const std::string& path) : log_(log), path_(path) {}
    void failed(base::SteadyTime now, std::string_view reason);
    void works();

   private:
    const base::Log log_;
    const std::string path_;
    std::optional<base::SteadyTime> said_at_;
    bool failing_ = false;  // as far as the log knows
  };

  SqliteJournal(std::unique_ptr<JournalFile> file, Saved saved, base::UnixTime now,
                const base::Log& log);
  void run();
  std::optional<std::vector<Record>> take();
  bool commit(std::span<const Record> records);
  bool pause(base::Micros delay);
  void prune_if_due();
  void lose(std::size_t records);

  const base::SystemClock clock_;
  const base::SteadyWallClock pool_time_;
  const base::Log log_;
  const std::unique_ptr<JournalFile> file_;
  Saved saved_;
  base::OwnerThread writer_;         // who calls `write`
  std::uint64_t numbers_given_ = 0;  // the writer's

  // The thread's.
  std::function<void(std::uint64_t)> report_;
  base::Micros prune_every_{};
  base::SteadyTime prune_at_;
  std::uint64_t written_ = 0;
  FaultLog faults_;

  base::Mutex mutex_;
  base::CondVar changed_;
  std::deque<Record> queue_ GUARDED_BY(mutex_);
  base::SteadyTime commit_at_ GUARDED_BY(mutex_);  // what is in the queue, if there is anything
  std::optional<base::SteadyTime> give_up_at_ GUARDED_BY(mutex_);  // once it ends
  std::thread thread_;
};

}  // namespace pool
