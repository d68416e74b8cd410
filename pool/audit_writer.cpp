#include "pool/audit_writer.h"

#include <pthread.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/thread_priority.h"
#include "pool/audit_file.h"

namespace pool {
namespace {

namespace fs = std::filesystem;

constexpr base::Micros kQuiet = std::chrono::seconds(10);
constexpr base::Micros kPruneEvery = std::chrono::hours(1);

base::Error about(const std::string& folder, const std::string& why) {
  return base::io_error("folder of audits " + base::printable(folder, 4096) + ": " + why);
}

bool is_audit(std::string_view name) {
  if (name.ends_with(kAuditUnfinished)) name.remove_suffix(kAuditUnfinished.size());
  return name.ends_with(kAuditEnding) &&
         stratum::is_sprint_id(name.substr(0, name.size() - kAuditEnding.size()));
}

/// Whether a file is there, and was written last before this.
bool older(const std::string& path, base::UnixTime before) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
  return base::UnixTime(std::chrono::seconds(found.st_mtim.tv_sec)) < before;
}

}  // namespace

void AuditWriter::FaultLog::failed(base::UnixTime now, std::uint64_t audits,
                                   std::string_view reason) {
  untold_ += audits;
  reason_ = reason;
  if (said_at_ && now - *said_at_ < kQuiet) return;
  said_at_ = now;
  say();
}

void AuditWriter::FaultLog::finish() {
  if (untold_ > 0) say();
}

void AuditWriter::FaultLog::say() {
  log_.warn("audits are left out", {{"audits", std::exchange(untold_, 0)}, {"reason", reason_}});
}

base::Result<std::unique_ptr<AuditWriter>> AuditWriter::open(const Options& options,
                                                             base::LogSink& sink,
                                                             base::SteadyWallClock clock) {
  std::error_code failed;
  fs::create_directories(options.folder, failed);
  if (failed) return about(options.folder, failed.message());
  if (access(options.folder.c_str(), W_OK | X_OK) != 0) {
    return about(options.folder, std::generic_category().message(errno));
  }
  return std::unique_ptr<AuditWriter>(new AuditWriter(options, sink, clock));
}

AuditWriter::AuditWriter(Options options, base::LogSink& sink, base::SteadyWallClock clock)
    : options_(std::move(options)), clock_(clock), log_(sink, "pool"), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "p-audit");
}

AuditWriter::~AuditWriter() {
  queue_.close();
  thread_.join();
}

void AuditWriter::keep(std::shared_ptr<const AuditRecord> record) {
  if (!queue_.push(std::move(record))) ++turned_away_;
}

void AuditWriter::run() {
  base::step_back();
  prune_if_due();
  while (const auto record = queue_.pop()) {
    write(**record);
    count_turned_away();
    prune_if_due();
  }
  count_turned_away();
  faults_.finish();
}

/// What a pool must write shares into is not filled by what can be left out.
bool AuditWriter::has_room() const {
  struct statvfs disk {};
  if (options_.keep_free_bytes == 0 || statvfs(options_.folder.c_str(), &disk) != 0) return true;
  return std::uint64_t{disk.f_bavail} * disk.f_frsize >= options_.keep_free_bytes;
}

void AuditWriter::write(const AuditRecord& record) {
  if (!has_room()) {
    return faults_.failed(clock_.now(), 1,
                          "too little of the disk is free: make room, or keep "
                          "them for fewer days");
  }
  const auto written = write_audit(record, options_.folder);
  if (!written.ok()) return faults_.failed(clock_.now(), 1, written.message());
  log_.debug("audit written", {{"sprint", record.header.sprint}, {"file", *written}});
}

void AuditWriter::count_turned_away() {
  const std::uint64_t audits = turned_away_.exchange(0);
  if (audits > 0) faults_.failed(clock_.now(), audits, "too many waited for the disk");
}

void AuditWriter::prune_if_due() {
  const base::UnixTime now = clock_.now();
  if (options_.days == 0 || (prune_at_ && now < *prune_at_)) return;
  prune_at_ = now + kPruneEvery;
  const auto deleted = prune_audits(options_.folder, now - std::chrono::hours(24) * options_.days);
  if (!deleted.ok()) {
    log_.warn("old audits cannot be deleted", {{"reason", deleted.message()}});
  } else if (*deleted > 0) {
    log_.info("old audits deleted", {{"audits", *deleted}, {"older_than_days", options_.days}});
  }
}

base::Result<std::size_t> prune_audits(const std::string& folder, base::UnixTime before) {
  std::error_code failed;
  std::size_t deleted = 0;
  int refused = 0;
  for (fs::directory_iterator at(folder, failed); !failed && at != fs::directory_iterator();
       at.increment(failed)) {
    const std::string path = at->path().string();
    if (!is_audit(at->path().filename().string()) || !older(path, before)) continue;
    if (unlink(path.c_str()) == 0) {
      ++deleted;
    } else {
      refused = errno;
    }
  }
  if (failed) return about(folder, failed.message());
  if (refused != 0) return about(folder, std::generic_category().message(refused));
  return deleted;
}

}  // namespace pool
