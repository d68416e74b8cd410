// The transport against real sockets on loopback.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "stratum/stream.h"
#include "tests/stratum/stream_support.h"

namespace stratum {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using tests::never;
using tests::read_bytes;
using tests::wait_for;

/// Owns a file descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A listening socket on a free port of 127.0.0.1.
class Listener {
 public:
  explicit Listener(int backlog) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = loopback(0);
    CHECK(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    CHECK(listen(fd_.get(), backlog) == 0);
  }
  PoolUrl url() const { return {"127.0.0.1", port()}; }
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    CHECK(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
  }
  Fd accept_one() const { return Fd(accept(fd_.get(), nullptr, nullptr)); }

 private:
  Fd fd_;
};

std::unique_ptr<Stream> connect_to(const Listener& listener) {
  auto stream = connect_stream(listener.url(), {}, seconds(60), never);
  CHECK(stream.ok());
  return std::move(stream).value();
}

TEST(CurlStream, ConnectsWritesAndReads) {
  const Listener listener(8);
  auto stream = connect_to(listener);
  const Fd peer = listener.accept_one();
  char byte = 0;
  const auto nothing = stream->read({&byte, 1});
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(*nothing, 0u);
  EXPECT_EQ(*stream->write(""), 0u);

  ASSERT_EQ(*stream->write("hello\n"), 6u);
  char heard[6];
  ASSERT_EQ(recv(peer.get(), heard, sizeof(heard), MSG_WAITALL), 6);
  EXPECT_EQ(std::string(heard, 6), "hello\n");
  ASSERT_EQ(send(peer.get(), heard, sizeof(heard), 0), 6);
  EXPECT_EQ(read_bytes(*stream, 6), "hello\n");
}

TEST(CurlStream, TheSocketIsSetUpForShortLines) {
  const Listener listener(8);
  auto stream = connect_to(listener);
  int on = 0;
  socklen_t size = sizeof(on);
  ASSERT_EQ(getsockopt(stream->fd(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
  EXPECT_NE(on, 0);
  ASSERT_EQ(getsockopt(stream->fd(), SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
  EXPECT_NE(on, 0);
  EXPECT_NE(fcntl(stream->fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(CurlStream, T10_MoreThanTheBuffersHoldGoesThroughInOrder) {
  const Listener listener(8);
  auto stream = connect_to(listener);
  const Fd peer = listener.accept_one();
  std::string sent(8 << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 3);
  std::string heard(sent.size(), '\0');
  std::thread reader([&] {
    std::size_t at = 0;
    while (at < heard.size()) {
      const ssize_t got = recv(peer.get(), heard.data() + at, heard.size() - at, 0);
      if (got <= 0) return;
      at += static_cast<std::size_t>(got);
    }
  });
  std::size_t at = 0;
  while (at < sent.size()) {
    const auto count = stream->write(std::string_view(sent).substr(at));
    ASSERT_TRUE(count.ok()) << count.message();
    at += *count;
    if (*count == 0) wait_for(*stream, POLLOUT);
  }
  reader.join();
  EXPECT_TRUE(heard == sent);
}

TEST(CurlStream, ThePeersEndIsAnErrorAfterItsLastBytes) {
  const Listener listener(8);
  auto stream = connect_to(listener);
  {
    const Fd peer = listener.accept_one();
    ASSERT_EQ(send(peer.get(), "last\n", 5, 0), 5);
  }
  base::Status error = base::Ok{};
  EXPECT_EQ(read_bytes(*stream, 100, &error), "last\n");
  ASSERT_FALSE(error.ok());
  EXPECT_EQ(error.message(), "the pool closed the connection");
}

TEST(CurlStream, AResetIsAnError) {
  const Listener listener(8);
  auto stream = connect_to(listener);
  {
    const Fd peer = listener.accept_one();
    const linger at_once{1, 0};
    ASSERT_EQ(setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
  }
  wait_for(*stream, POLLIN);
  base::Status error = base::Ok{};
  EXPECT_EQ(read_bytes(*stream, 100, &error), "");
  EXPECT_FALSE(error.ok());
}

TEST(CurlStream, ARefusedConnectionIsAnErrorThatNamesThePool) {
  std::uint16_t port = 0;
  {
    const Listener listener(1);
    port = listener.port();
  }
  const auto stream = connect_stream({"127.0.0.1", port}, {}, seconds(60), never);
  ASSERT_FALSE(stream.ok());
  EXPECT_THAT(stream.message(),
              HasSubstr("stratum+tcp://127.0.0.1:" + std::to_string(port) + ": "));
  EXPECT_EQ(stream.error().fault, base::Fault::kIo);
}

TEST(CurlStream, ANameThatDoesNotExistIsAnError) {
  const auto stream = connect_stream({"pool.invalid", 3333}, {}, seconds(60), never);
  ASSERT_FALSE(stream.ok());
  EXPECT_THAT(stream.message(), HasSubstr("stratum+tcp://pool.invalid:3333: "));
}

/// A listener whose queue is full: Linux drops further SYNs, so that a connection hangs.
class BlackHole {
 public:
  BlackHole() : listener_(0) {
    for (int i = 0; i < 4; ++i) {
      Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      const sockaddr_in address = loopback(listener_.port());
      const int result =
          connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
      CHECK(result == 0 || errno == EINPROGRESS);
      fillers_.push_back(std::move(fd));
    }
  }
  PoolUrl url() const { return listener_.url(); }

 private:
  Listener listener_;
  std::vector<Fd> fillers_;
};

TEST(CurlStream, StopEndsAHangingConnect) {
  const BlackHole hole;
  int asked = 0;
  const auto stream = connect_stream(hole.url(), {}, seconds(3600), [&] { return ++asked > 3; });
  ASSERT_FALSE(stream.ok());
  EXPECT_THAT(stream.message(), HasSubstr("stopped"));
  EXPECT_EQ(asked, 4);
}

TEST(CurlStream, ATimeoutEndsAHangingConnect) {
  const BlackHole hole;
  const auto stream = connect_stream(hole.url(), {}, std::chrono::milliseconds(250), never);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().fault, base::Fault::kIo);
}

TEST(CurlStream, StopBeforeTheStartConnectsNowhere) {
  const Listener listener(8);
  EXPECT_FALSE(connect_stream(listener.url(), {}, seconds(60), [] { return true; }).ok());
}

TEST(CurlStream, ProxiesOfTheEnvironmentAreNotUsed) {
  const Listener listener(8);
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
    setenv(name, "http://127.0.0.1:1", 1);
  }
  const auto stream = connect_stream(listener.url(), {}, seconds(60), never);
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  EXPECT_TRUE(stream.ok());
}

TEST(CurlStream, SeveralThreadsConnectAtOnce) {
  const Listener listener(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { connect_to(listener); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace stratum
