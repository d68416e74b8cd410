#include "pool/sqlite_journal.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace pool {
namespace {

constexpr std::size_t kMostRecords = 8192;  // records of a transaction
constexpr std::int64_t kRowsPruned = 250;   // of a transaction: records wait for some 10 ms
constexpr base::Micros kFirstPause = std::chrono::milliseconds(100);
constexpr base::Micros kLongestPause = std::chrono::seconds(1);
constexpr base::Micros kPatienceAtEnd = std::chrono::seconds(2);
constexpr base::Micros kTruthWaits = std::chrono::milliseconds(50);
constexpr base::Micros kQuiet = std::chrono::seconds(10);

}  // namespace

void SqliteJournal::FaultLog::failed(base::SteadyTime now, std::string_view reason) {
  if (said_at_ && now - *said_at_ < kQuiet) return;
  said_at_ = now;
  failing_ = true;
  log_.error("journal cannot be written, trying again", {{"file", path_}, {"reason", reason}});
}

void SqliteJournal::FaultLog::works() {
  if (std::exchange(failing_, false)) log_.info("journal works again", {{"file", path_}});
}

base::Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::string& path,
                                                                 const std::string& pool_name,
                                                                 base::UnixTime now,
                                                                 base::LogSink& sink,
                                                                 const RandomSource& random) {
  ASSIGN_OR_RETURN(auto file, JournalFile::open(path, pool_name, now, random));
  std::size_t bad_rows = 0;
  ASSIGN_OR_RETURN(Saved saved, file->load(bad_rows));
  const base::Log log(sink, "pool");
  if (bad_rows > 0) {
    log.warn("journal has rows that make no sense, left out", {{"file", path}, {"rows", bad_rows}});
  }
  return std::unique_ptr<SqliteJournal>(
      new SqliteJournal(std::move(file), std::move(saved), now, log));
}

SqliteJournal::SqliteJournal(std::unique_ptr<JournalFile> file, Saved saved, base::UnixTime now,
                             const base::Log& log)
    : pool_time_(clock_, now),
      log_(log),
      file_(std::move(file)),
      saved_(std::move(saved)),
      faults_(log, file_->path()) {}

SqliteJournal::~SqliteJournal() {
  if (!thread_.joinable()) start([](std::uint64_t) {});
  {
    base::MutexLock lock(mutex_);
    give_up_at_ = clock_.now() + kPatienceAtEnd;
  }
  changed_.notify_one();
  thread_.join();
}

void SqliteJournal::start(std::function<void(std::uint64_t)> report, base::Micros prune_every) {
  CHECK(!thread_.joinable());
  report_ = std::move(report);
  prune_every_ = prune_every;
  prune_at_ = clock_.now() + prune_every;
  file_->hand_over();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "p-journal");
}

std::uint64_t SqliteJournal::write(Record record) {
  writer_.assert_here();
  const base::SteadyTime now = clock_.now();
  const base::SteadyTime by = is_awaited(record) ? now : now + kTruthWaits;
  bool sooner = false;
  {
    base::MutexLock lock(mutex_);
    sooner = queue_.empty() || by < commit_at_;
    if (sooner) commit_at_ = by;
    queue_.push_back(std::move(record));
  }
  if (sooner) changed_.notify_one();
  return ++numbers_given_;
}

void SqliteJournal::run() {
  while (const auto records = take()) {
    if (!records->empty() && !commit(*records)) return lose(records->size());
    prune_if_due();
  }
}

/// Waits for records, or until it is time to prune; nothing once all is written and it ends.
std::optional<std::vector<Record>> SqliteJournal::take() {
  base::MutexLock lock(mutex_);
  while (!give_up_at_) {
    const base::SteadyTime due = queue_.empty() ? prune_at_ : std::min(commit_at_, prune_at_);
    if (clock_.now() >= due) break;
    changed_.wait_until(mutex_, due);
  }
  if (queue_.empty() && give_up_at_) return std::nullopt;
  const auto end =
      queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kMostRecords));
  std::vector<Record> taken(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return taken;
}

/// Tries until the records are durable, and reports them; false when there is no time left.
bool SqliteJournal::commit(std::span<const Record> records) {
  for (base::Micros delay = kFirstPause;; delay = std::min(delay * 2, kLongestPause)) {
    const base::Status written = file_->write(records);
    if (written.ok()) {
      faults_.works();
      written_ += records.size();
      report_(written_);
      return true;
    }
    faults_.failed(clock_.now(), written.message());
    if (!pause(delay)) return false;
  }
}

/// Waits; false when it ends and there is no time left. The end is a reason to try once more.
bool SqliteJournal::pause(base::Micros delay) {
  base::MutexLock lock(mutex_);
  const base::SteadyTime now = clock_.now();
  if (give_up_at_ && now >= *give_up_at_) return false;
  const base::SteadyTime until =
      give_up_at_ ? std::min(now + kFirstPause, *give_up_at_) : now + delay;
  const bool was_ending = give_up_at_.has_value();
  while (clock_.now() < until && (was_ending || !give_up_at_)) changed_.wait_until(mutex_, until);
  return true;
}

void SqliteJournal::prune_if_due() {
  if (clock_.now() < prune_at_) return;
  const auto more = file_->prune(pool_time_.now(), kRowsPruned);
  if (!more.ok()) faults_.failed(clock_.now(), more.message());
  if (!more.ok() || !*more) prune_at_ = clock_.now() + prune_every_;
}

void SqliteJournal::lose(std::size_t records) {
  {
    base::MutexLock lock(mutex_);
    records += queue_.size();
  }
  log_.error("journal could not be written, records are lost",
             {{"file", file_->path()}, {"records", records}});
}

}  // namespace pool
