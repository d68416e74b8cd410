#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "pool/audit_file.h"

namespace pool {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;

base::Error last_error() {
  return base::io_error(std::generic_category().message(errno));
}

base::Error about(const std::string& path, const base::Error& error) {
  return {error.fault,
          "audit " + base::printable(path, 4096) + " cannot be written: " + error.message};
}

/// A file under its unfinished name: gone with this, unless it was finished.
class Output {
 public:
  explicit Output(std::string path)
      : path_(std::move(path)), unfinished_(path_ + std::string(kAuditUnfinished)) {}
  ~Output() {
    if (fd_ < 0) return;
    close(fd_);
    unlink(unfinished_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  base::Status open() {
    fd_ = ::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd_ < 0 ? base::Status(last_error()) : base::Ok{};
  }

  /// Takes text that the checksum covers.
  base::Status add(std::string_view text) {
    hash_.update(text.data(), text.size());
    buffer_ += text;
    return buffer_.size() < kBufferBytes ? base::Ok{} : write_buffer();
  }

  /// Ends the file, and gives it its name once it is durable.
  base::Status finish() {
    base::Bytes32 checksum{};
    hash_.finish(checksum.data());
    buffer_ += seal(checksum);
    RETURN_IF_ERROR(write_buffer());
    if (fsync(fd_) != 0) return last_error();
    if (rename(unfinished_.c_str(), path_.c_str()) != 0) return last_error();
    close(fd_);
    fd_ = -1;
    return base::Ok{};
  }

 private:
  base::Status write_buffer() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t wrote = write(fd_, rest.data(), rest.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return last_error();
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
    buffer_.clear();
    return base::Ok{};
  }

  const std::string path_;
  const std::string unfinished_;
  int fd_ = -1;
  std::string buffer_;
  poc::Sha256 hash_;
};

template <class Lines>
base::Status add_all(const Lines& lines, Output& to) {
  for (const auto& line : lines) RETURN_IF_ERROR(to.add(to_line(line)));
  return base::Ok{};
}

base::Status write_to(const std::string& path, const AuditRecord& record) {
  Output output(path);
  RETURN_IF_ERROR(output.open());
  RETURN_IF_ERROR(output.add(to_line(record.header)));
  RETURN_IF_ERROR(add_all(record.leases, output));
  RETURN_IF_ERROR(add_all(record.shares, output));
  RETURN_IF_ERROR(add_all(record.credits, output));
  RETURN_IF_ERROR(output.add(to_line(AuditEnd{record.leases.size(), record.shares.size(),
                                              record.credits.size(), record.outcome})));
  return output.finish();
}

/// So that the folder, too, knows the new name after a loss of power. A file system that cannot do
/// that has the file all the same.
void sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const int synced = fsync(fd);
  close(fd);
}

}  // namespace

base::Result<std::string> write_audit(const AuditRecord& record, const std::string& folder) {
  const std::string& sprint = record.header.sprint;
  if (!stratum::is_sprint_id(sprint)) return base::invalid("audit: no sprint's id to name it by");
  const std::string path = folder + "/" + sprint + std::string(kAuditEnding);
  const base::Status written = write_to(path, record);
  if (!written.ok()) return about(path, written.error());
  sync_folder(folder);
  return path;
}

}  // namespace pool
