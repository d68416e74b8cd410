#include "tests/pool/small_http.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace tests {

SmallHttp::SmallHttp() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ending_ = eventfd(0, EFD_CLOEXEC);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener_, generic, size), 0);
  EXPECT_EQ(listen(listener_, 8), 0);
  EXPECT_EQ(getsockname(listener_, generic, &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

SmallHttp::~SmallHttp() {
  eventfd_write(ending_, 1);
  thread_.join();
  close(listener_);
  close(ending_);
}

void SmallHttp::set(const std::string& path, const std::string& body, int status) {
  set_raw(path, fmt::format("HTTP/1.1 {} Said\r\nContent-Type: application/json\r\n"
                            "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                            status, body.size(), body));
}

void SmallHttp::set_raw(const std::string& path, const std::string& answer) {
  const std::lock_guard lock(mutex_);
  answers_[path] = answer;
}

std::size_t SmallHttp::asked(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(path);
  return found == asked_.end() ? 0 : found->second;
}

bool SmallHttp::wait_readable(int fd) const {
  std::array<pollfd, 2> waits{{{fd, POLLIN, 0}, {ending_, POLLIN, 0}}};
  poll(waits.data(), waits.size(), -1);
  return waits[1].revents == 0;
}

void SmallHttp::run() {
  while (wait_readable(listener_)) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    serve(fd);
    close(fd);
  }
}

void SmallHttp::serve(int fd) {
  std::string request;
  std::array<char, 4096> some{};
  while (request.find("\r\n\r\n") == std::string::npos) {
    if (!wait_readable(fd)) return;
    const ssize_t count = read(fd, some.data(), some.size());
    if (count <= 0) return;
    request.append(some.data(), static_cast<std::size_t>(count));
  }
  const std::size_t from = request.find(' ') + 1;
  const std::string path = request.substr(from, request.find(' ', from) - from);
  std::string answer = "HTTP/1.1 404 None\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  {
    const std::lock_guard lock(mutex_);
    ++asked_[path];
    if (const auto found = answers_.find(path); found != answers_.end()) answer = found->second;
  }
  if (answer.empty()) {  // until the peer has enough of it
    while (wait_readable(fd) && read(fd, some.data(), some.size()) > 0) continue;
    return;
  }
  send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
}

}  // namespace tests
