#include "pool/beacon_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace pool {
namespace {

constexpr std::size_t kMaxBeaconFile = 16U << 20U;

/// What stands after the name in its first whole line.
std::optional<std::string> value_in(std::string_view lines, const std::string& name) {
  while (true) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    if (line.starts_with(' ')) return std::string(line.substr(1));
  }
}

base::Result<std::string> read_all(int fd) {
  struct stat about {};
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return base::io_error("not a file");
  std::string text;
  std::array<char, 65536> some{};
  while (true) {
    const ssize_t count = ::read(fd, some.data(), some.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::io_error(std::strerror(errno));
    if (count == 0) return text;
    text.append(some.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxBeaconFile) return base::io_error("more than 16 MiB");
  }
}

}  // namespace

base::Result<std::string> BeaconFile::ask(const BeaconQuestion& question, const BeaconPatience&) {
  ASSIGN_OR_RETURN(const std::string lines, read());
  auto value = value_in(lines, question.name);
  if (!value) return base::unavailable(base::printable(path_) + ": no such line yet");
  return std::move(*value);
}

base::Result<std::string> BeaconFile::read() const {
  // A pipe without a writer must not hold us up.
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const std::string shown = base::printable(path_);
  if (fd < 0 && errno == ENOENT) return base::unavailable(shown + ": no such file yet");
  if (fd < 0) return base::io_error(shown + ": " + std::strerror(errno));
  auto text = read_all(fd);
  ::close(fd);
  if (!text.ok()) return base::io_error(shown + ": " + text.message());
  return text;
}

}  // namespace pool
