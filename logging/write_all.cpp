#include "logging/write_all.h"

#include <unistd.h>

#include <cerrno>

namespace logging {

int write_all(int fd, std::string_view bytes, std::size_t& written) {
  written = 0;
  while (written < bytes.size()) {
    const ssize_t size = write(fd, bytes.data() + written, bytes.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    if (size == 0) return EIO;
    written += static_cast<std::size_t>(size);
  }
  return 0;
}

}  // namespace logging
