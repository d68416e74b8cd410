#include "settings/config_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace settings {
namespace {

base::Error unreadable(const std::string& path, const std::string& why) {
  return base::invalid("configuration " + base::printable(path) + ": " + why);
}

/// All bytes of a file, up to one more than is allowed.
base::Result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  std::array<char, 65536> buffer;
  while (text.size() <= kMaxConfigBytes) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, std::strerror(errno));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return unreadable(path, "it is larger than 1 MiB");
}

}  // namespace

base::Result<ConfigText> load_config(const std::string& path) {
  // Not blocking: a pipe without a writer would be waited for.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return unreadable(path, std::strerror(errno));
  struct stat about {};
  const bool known = fstat(fd, &about) == 0;
  base::Result<std::string> text = unreadable(path, "it is not a file");
  if (known && S_ISDIR(about.st_mode)) text = unreadable(path, "it is a folder, not a file");
  if (known && S_ISREG(about.st_mode)) text = read_all(fd, path);
  close(fd);
  if (!text.ok()) return text.error();
  return ConfigText{std::move(text).value(), (about.st_mode & S_IROTH) != 0};
}

}  // namespace settings
