#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "pool/sqlite_journal.h"
#include "tests/pool/rig.h"

// What the tests of the journal share: a folder, a log of reports, records, and the obvious journal
// in memory that the one on disk is compared with.
namespace tests {

/// A folder for one journal; gone with this.
class JournalFolder {
 public:
  JournalFolder();
  ~JournalFolder();
  const std::string& path() const { return path_; }
  std::string file() const { return path_ + "/pool.db"; }

  /// Opens the journal of the pool "rig", which must succeed.
  std::unique_ptr<pool::SqliteJournal> open(base::UnixTime now = kNoon);
  /// The message of an open that must fail.
  std::string refusal(const std::string& pool_name = "rig");
  /// Runs SQL on the file, as a person with a shell would.
  void sql(const std::string& text);
  /// The first column of the first row, as text.
  std::string ask(const std::string& query);

  LogBook log;

 private:
  std::string path_;
};

/// What a journal reported. Any thread.
class Reports {
 public:
  std::function<void(std::uint64_t)> taker();
  /// False when that record was not reported within 30 s.
  bool wait_for(std::uint64_t record);
  std::uint64_t newest() const;
  std::size_t count() const;
  /// Every report was above the one before it.
  bool ascending() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> all_;
};

/// A sprint of the pool "rig" that ends 20 s after its planned start.
pool::Sprint a_sprint(std::uint64_t number, base::UnixTime t0 = kNoon);
poc::Digest a_digest(std::uint64_t n);

/// All of it, a line a thing: equal texts are equal states.
std::string text_of(const pool::Saved& saved);

/// The journal as the header describes it, in memory.
class JournalModel {
 public:
  void apply(const pool::Record& record);
  /// Forgets what a journal opened at `now` forgets, and returns what it tells.
  pool::Saved reopen(base::UnixTime now);

  const std::map<std::uint64_t, pool::Saved::Race>& races() const { return races_; }
  const std::map<pool::SessionId, pool::record::Joined>& sessions() const { return sessions_; }

  base::Bytes32 key{};

 private:
  std::map<std::uint64_t, pool::Saved::Race> races_;
  std::map<pool::SessionId, pool::record::Joined> sessions_;
  std::uint64_t last_sprint_ = 0;
};

/// What a pool might write down, one after another; `model` has all before it.
class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed) : random_(seed) {}
  pool::Record next(const JournalModel& model);

 private:
  pool::Record about(const pool::Saved::Race& race, const JournalModel& model);
  pool::Record grant(const pool::Saved::Race& race, pool::SessionId session);
  pool::Record share(const pool::Saved::Race& race, pool::SessionId session);
  pool::Record decision(const pool::Saved::Race& race);
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::mt19937_64 random_;
  std::uint64_t number_ = 0;
};

}  // namespace tests
