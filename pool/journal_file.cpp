#include "pool/journal_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "pool/journal_schema.h"

namespace pool {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRowsAtOpening = 20'000;  // of a transaction: nobody waits for another one

base::Error system_error(int code) {
  const std::string why = std::generic_category().message(code);
  switch (code) {
    case ENOENT:
      return base::io_error("its folder is missing: make it, or name another file");
    case ENOSPC:
    case EDQUOT:
      return base::io_error("the disk is full: make room");
    default:
      return base::io_error("it cannot be written (" + why +
                            "): let the pool's user write it and its folder");
  }
}

/// The one path of the file, whatever links lead to it; it need not be there.
base::Result<std::string> canonical(const std::string& path) {
  std::error_code failed;
  const fs::path full = fs::weakly_canonical(fs::absolute(path, failed), failed);
  if (failed) return system_error(failed.value());
  return full.string();
}

/// Makes the file if it is not there. (One that is there is not opened: closing it would drop the
/// locks that SQLite holds on it for a connection of this process.)
base::Status make_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno == EEXIST ? base::Status(base::Ok{}) : base::Status(system_error(errno));
  close(fd);
  return base::Ok{};
}

base::Error about(const std::string& path, const base::Error& error) {
  return {error.fault, "journal " + base::printable(path) + ": " + error.message};
}

}  // namespace

base::Result<JournalFile::Lock> JournalFile::Lock::take(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return system_error(errno);
  Lock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return system_error(errno);
  return base::unavailable("another sprintpool uses it: stop that one, or name another file");
}

JournalFile::Lock::~Lock() {
  if (fd_ >= 0) close(fd_);
}

base::Result<std::unique_ptr<JournalFile>> JournalFile::open(const std::string& path,
                                                             const std::string& pool_name,
                                                             base::UnixTime now,
                                                             const RandomSource& random) {
  auto file = open_locked(path);
  if (!file.ok()) return about(path, file.error());
  const base::Status prepared = (*file)->prepare(pool_name, now, random);
  if (!prepared.ok()) return about(path, prepared.error());
  return file;
}

base::Result<std::unique_ptr<JournalFile>> JournalFile::open_locked(const std::string& path) {
  if (path.empty()) return base::invalid("it has no name: name a file");
  ASSIGN_OR_RETURN(const std::string full, canonical(path));
  ASSIGN_OR_RETURN(Lock lock, Lock::take(full + "-lock"));
  RETURN_IF_ERROR(make_file(full));
  ASSIGN_OR_RETURN(Database database, Database::open(full));
  return std::unique_ptr<JournalFile>(new JournalFile(path, std::move(lock), std::move(database)));
}

base::Status JournalFile::prepare(const std::string& pool_name, base::UnixTime now,
                                  const RandomSource& random) {
  RETURN_IF_ERROR(open_schema(database_, pool_name, random));
  ASSIGN_OR_RETURN(records_, JournalRecords::prepare(database_));
  // A disk that is full, or that cannot be written, is to be known before the first sprint.
  ASSIGN_OR_RETURN(Statement opened,
                   database_.prepare("INSERT OR REPLACE INTO meta VALUES ('opened_us', ?1)"));
  RETURN_IF_ERROR(opened.run(now));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, prune(now, kRowsAtOpening));
    if (!more) return base::Ok{};
  }
}

base::Status JournalFile::transact(const std::function<base::Status()>& work) {
  owner_.assert_here();
  return database_.transact(work);
}

base::Result<Saved> JournalFile::load(std::size_t& bad_rows) {
  owner_.assert_here();
  auto saved = load_rows(bad_rows);
  return saved.ok() ? std::move(saved) : about(path_, saved.error());
}

base::Status JournalFile::write(std::span<const Record> records) {
  return transact([&]() -> base::Status {
    for (const Record& record : records) RETURN_IF_ERROR(records_->write(record));
    return base::Ok{};
  });
}

}  // namespace pool
