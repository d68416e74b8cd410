#include "pool/http_token.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/bytes.h"

namespace pool {
namespace {

constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 256;

base::Error fault(const std::string& path, std::string_view what, int number) {
  return base::unavailable(
      fmt::format("cannot {} '{}': {}", what, base::printable(path), std::strerror(number)));
}

base::Status write_private(const std::string& path, const std::string& text) {
  ::unlink(path.c_str());  // a half of an earlier run; its mode may be another
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fault(path, "write", errno);
  const bool written = ::fchmod(fd, 0600) == 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int number = errno;
  ::close(fd);
  if (written) return base::Ok{};
  ::unlink(path.c_str());
  return fault(path, "write", number);
}

}  // namespace

base::Result<std::string> read_http_token(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return fault(path, "read", errno);
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return base::invalid(fmt::format("'{0}' is open to others than its owner: chmod 600 '{0}'",
                                     base::printable(path)));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return fault(path, "read", errno);
  std::string text(kLongest + 2, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.ends_with('\n')) text.pop_back();
  const bool fits =
      text.size() >= kShortest && text.size() <= kLongest &&
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
  if (fits) return text;
  return base::invalid(fmt::format("'{}' holds no token: one line of {}..{} printable characters",
                                   base::printable(path), kShortest, kLongest));
}

base::Result<std::string> draw_http_token(const RandomSource& random) {
  base::Bytes32 secret{};
  if (!random(secret)) return base::unavailable("the random generator failed");
  return base::to_hex(secret);
}

base::Result<std::unique_ptr<CookieFile>> CookieFile::write(const std::string& path,
                                                            const std::string& token) {
  const std::string fresh = path + ".new";
  RETURN_IF_ERROR(write_private(fresh, token + "\n"));
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    const int number = errno;
    ::unlink(fresh.c_str());
    return fault(path, "write", number);
  }
  return std::unique_ptr<CookieFile>(new CookieFile(path, token));
}

CookieFile::~CookieFile() {
  const auto there = read_http_token(path_);
  if (there.ok() && *there == token_) ::unlink(path_.c_str());
}

}  // namespace pool
