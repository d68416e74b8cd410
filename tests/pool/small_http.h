#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

/// A server on a loopback port that gives what a test says, one connection after another.
class SmallHttp {
 public:
  SmallHttp();
  ~SmallHttp();
  SmallHttp(const SmallHttp&) = delete;
  SmallHttp& operator=(const SmallHttp&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// Answers a path with a body from now on.
  void set(const std::string& path, const std::string& body, int status = 200);
  /// The same with all that goes over the wire; empty: nothing, and the connection stays open.
  void set_raw(const std::string& path, const std::string& answer);
  /// How often a path was asked for.
  std::size_t asked(const std::string& path) const;

 private:
  void run();
  void serve(int fd);
  bool wait_readable(int fd) const;

  int listener_ = -1;
  int ending_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::map<std::string, std::size_t> asked_;
  std::thread thread_;
};

}  // namespace tests
