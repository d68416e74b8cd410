#pragma once

#include <poll.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/check.h"
#include "stratum/stream.h"

// Connecting and reading, for tests that have all the time.
namespace tests {

inline bool never() {
  return false;
}

inline void wait_for(const stratum::Stream& stream, short events) {
  pollfd waiting{stream.fd(), events, 0};
  CHECK(poll(&waiting, 1, 60'000) == 1);
}

/// Reads `count` bytes, or what came before an error.
inline std::string read_bytes(stratum::Stream& stream, std::size_t count,
                              base::Status* error = nullptr) {
  std::string all;
  std::vector<char> buffer(4096);
  while (all.size() < count) {
    const auto got = stream.read(buffer);
    if (!got.ok()) {
      if (error != nullptr) *error = got.error();
      break;
    }
    all.append(buffer.data(), *got);
    if (*got == 0) wait_for(stream, POLLIN);
  }
  return all;
}

/// Writes it all.
inline base::Status write_bytes(stratum::Stream& stream, std::string_view bytes) {
  while (!bytes.empty()) {
    ASSIGN_OR_RETURN(const std::size_t sent, stream.write(bytes));
    bytes.remove_prefix(sent);
    if (sent == 0) wait_for(stream, POLLOUT);
  }
  return base::Ok{};
}

/// Connects, and says at once what a miner says: what a peer that is refused must never hear.
inline base::Result<std::unique_ptr<stratum::Stream>> connect_and_log_in(
    const stratum::PoolUrl& url, const stratum::TransportOptions& options,
    base::Micros timeout = std::chrono::seconds(60)) {
  auto stream = stratum::connect_stream(url, options, timeout, never);
  if (stream.ok()) RETURN_IF_ERROR(write_bytes(**stream, "login alice secret\n"));
  return stream;
}

/// "pool.test" is this machine.
inline stratum::TransportOptions to_loopback(std::uint16_t port,
                                             const std::string& addresses = "127.0.0.1") {
  stratum::TransportOptions options;
  options.resolve = {"pool.test:" + std::to_string(port) + ":" + addresses};
  return options;
}

}  // namespace tests
