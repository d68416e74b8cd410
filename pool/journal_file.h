#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/owner_thread.h"
#include "pool/database.h"
#include "pool/journal.h"
#include "pool/journal_records.h"

namespace pool {

/// Rows are kept for so long after the end of their sprint.
constexpr base::Micros kJournalKept = std::chrono::hours(24);

/// The database of a journal: records go in, what earlier runs left comes out, what is old is
/// deleted. No other journal can use the file meanwhile; a person's sqlite3 shell can read it.
/// Belongs to one thread at a time. Every call may take as long as the disk does.
///
/// For that person: texts that the protocol writes in hexadecimal (seeds, digests, nonces,
/// sessions) are written so here; times are microseconds since 1970 UTC on the pool's clock.
/// `mac_key`, and the secrets of sprints that have not begun, are for nobody else: the file is made
/// with mode 0600.
class JournalFile {
 public:
  /// Opens the file, or makes it; its folder must be there. Deletes what is too old. Errors are one
  /// line that names the file and what to do.
  static base::Result<std::unique_ptr<JournalFile>> open(const std::string& path,
                                                         const std::string& pool_name,
                                                         base::UnixTime now,
                                                         const RandomSource& random);

  /// What is saved; errors as of `open`. Rows that make no sense are left out and counted in
  /// `bad_rows`; every session that a race names is there, and no nonce has two shares that are
  /// stored or right. Sessions that no race names are deleted. What is known of accounts, and held
  /// of theirs, is there as it was written, or the file is refused.
  base::Result<Saved> load(std::size_t& bad_rows);

  // Errors of these two leave out the file's name.

  /// Writes all of them, durably, or none.
  base::Status write(std::span<const Record> records);

  /// Deletes at most so many rows of what is too old, in one transaction (each row may cost a page
  /// of the disk); false when nothing is left to delete.
  base::Result<bool> prune(base::UnixTime now, std::int64_t rows);

  /// The path as it was given.
  const std::string& path() const { return path_; }
  /// From now on the file is another thread's.
  void hand_over() { owner_.rebind(); }

 private:
  /// The lock's file, which outlives the database's handle.
  class Lock {
   public:
    static base::Result<Lock> take(const std::string& path);
    Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

   private:
    explicit Lock(int fd) : fd_(fd) {}
    int fd_;
  };

  JournalFile(std::string path, Lock lock, Database database)
      : path_(std::move(path)), lock_(std::move(lock)), database_(std::move(database)) {}
  static base::Result<std::unique_ptr<JournalFile>> open_locked(const std::string& path);
  base::Status prepare(const std::string& pool_name, base::UnixTime now,
                       const RandomSource& random);
  base::Result<Saved> load_rows(std::size_t& bad_rows);
  /// Runs `work` as one transaction.
  base::Status transact(const std::function<base::Status()>& work);
  base::Status delete_old(base::UnixTime before, std::int64_t& budget);
  base::Status forget(std::span<const SessionId> sessions);

  const std::string path_;
  const Lock lock_;
  Database database_;
  std::optional<JournalRecords> records_;  // once the tables are there
  base::OwnerThread owner_;
};

}  // namespace pool
