#include "pool/web/audit_body.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/bytes.h"
#include "pool/audit_file.h"

namespace pool::web {
namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 16;
constexpr std::size_t kUniqueDigits = 12;

}  // namespace

std::optional<std::string> audit_file_name(std::string_view sprint) {
  const std::size_t dash = sprint.find('-');
  if (dash == std::string_view::npos || sprint.size() - dash - 1 != kUniqueDigits) {
    return std::nullopt;
  }
  const auto number = base::u64_from_decimal(sprint.substr(0, dash));
  const auto unique = base::u64_from_hex("0000" + std::string(sprint.substr(dash + 1)));
  if (!number || !unique) return std::nullopt;
  const std::string id = fmt::format("{}-{:012x}", *number, *unique);
  if (id != sprint) return std::nullopt;  // 007
  return id + std::string(kAuditEnding);
}

std::shared_ptr<AuditBody> AuditBody::open(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return nullptr;
  struct stat what {};
  if (fstat(fd, &what) != 0 || !S_ISREG(what.st_mode)) {
    close(fd);
    return nullptr;
  }
  const auto written =
      std::chrono::seconds(what.st_mtim.tv_sec) + std::chrono::nanoseconds(what.st_mtim.tv_nsec);
  return std::shared_ptr<AuditBody>(new AuditBody(fd, static_cast<std::uint64_t>(what.st_size),
                                                  static_cast<std::uint64_t>(written.count())));
}

AuditBody::~AuditBody() {
  close(fd_);
}

std::string AuditBody::next() {
  std::string piece(static_cast<std::size_t>(std::min(left_, kPieceBytes)), '\0');
  ssize_t some = -1;
  do {
    some = ::read(fd_, piece.data(), piece.size());
  } while (some < 0 && errno == EINTR);
  piece.resize(some < 0 ? 0 : static_cast<std::size_t>(some));
  left_ -= piece.size();
  return piece;
}

}  // namespace pool::web
