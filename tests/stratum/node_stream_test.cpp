#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>

#include "stratum/client_session.h"
#include "stratum/stream.h"

// What a node's stream says by HTTP, heard on a loopback socket.
namespace stratum {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

const base::SystemClock kClock;

/// A listening socket that hears what a stream says first.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&any), sizeof(any)), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    socklen_t size = sizeof(any);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &size);
    port_ = ntohs(any.sin_port);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }
  /// A request's head; `step` lets its sender go on. What came after 10 s.
  std::string head(const std::function<void()>& step) const {
    std::string got;
    int peer = -1;
    for (int i = 0; i < 1000 && got.find("\r\n\r\n") == std::string::npos; ++i) {
      step();
      pollfd wait{peer < 0 ? socket_ : peer, POLLIN, 0};
      if (::poll(&wait, 1, 10) != 1) continue;
      std::array<char, 4096> bytes;
      if (peer < 0) {
        peer = ::accept(socket_, nullptr, nullptr);
      } else if (const auto size = ::read(peer, bytes.data(), bytes.size()); size > 0) {
        got.append(bytes.data(), static_cast<std::size_t>(size));
      }
    }
    ::close(peer);
    return got;
  }

 private:
  const int socket_;
  std::uint16_t port_ = 0;
};

TEST(NodeStream, AMachinesCookieGoesToANodeOfThisMachineThatHasNoPassword) {
  std::string file = testing::TempDir() + "cookieXXXXXX";
  ::close(::mkstemp(file.data()));
  std::ofstream(file) << "a-token-of-this-machine\n";
  const auto head_of = [&](const std::string& host, const std::string& password) {
    Listener node;
    TransportOptions options;
    options.node_cookie = file;
    options.resolve = {fmt::format("{}:{}:127.0.0.1", host, node.port())};
    auto stream =
        connect_stream({host, node.port(), Security::kPlain, true}, options, seconds(5), [] {
          return false;
        }).value();
    ClientSession session({"tester/1", "alice", password}, kClock.now());
    EXPECT_TRUE(stream->write(session.output()).ok());
    return node.head([&] {
      std::array<char, 64> bytes;
      (void)stream->read(bytes);
    });
  };
  EXPECT_THAT(head_of("127.0.0.1", ""), HasSubstr("Bearer a-token-of-this-machine\r\n"));
  EXPECT_THAT(head_of("127.0.0.1", "own"), HasSubstr("Bearer own\r\n"));
  const std::string elsewhere = head_of("pool.example", "");
  EXPECT_THAT(elsewhere, HasSubstr("POST / HTTP/1.1"));
  EXPECT_THAT(elsewhere, testing::Not(HasSubstr("Authorization")));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace stratum
