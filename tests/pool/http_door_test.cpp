// Whom a door for HTTP lets in, and for how long, by a clock turned by hand; on a loopback socket.
#include "pool/http_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <list>
#include <thread>
#include <vector>

#include "pool/web/page_rules.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::LogBook;
using tests::seconds;
using Tcp = boost::asio::ip::tcp;

constexpr std::size_t kOfAddress = 3;
constexpr std::uint64_t kLong = std::uint64_t{64} << 20;  // more than sockets hold

/// An answer without an end in sight.
class LongBody final : public HttpBody {
 public:
  std::uint64_t size() const override { return kLong; }
  std::string next() override { return std::string(65'536, 'x'); }
};

/// "/long" is answered with a LongBody, "/later" never, all else at once.
class PlainService final : public HttpService {
 public:
  void handle(const HttpRequest& request, const void* from, Reply reply) override {
    if (request.target == "/later") return later.push_back(from);
    HttpAnswer said{200, "", "here"};
    if (request.target == "/long") said.rest = std::make_shared<LongBody>();
    reply(std::move(said));
  }
  void let_go(const void* from) override { gone.push_back(from); }
  void heard_all(const void*) override {}
  HttpAnswer refusal(const HttpRefusal& refusal) override { return {refusal.status}; }

  std::vector<const void*> later;  // who asks for it
  std::vector<const void*> gone;
};

class HttpDoorTest : public testing::Test {
 protected:
  HttpDoorTest() {
    EXPECT_TRUE(door.bind("127.0.0.1", 0).ok());
    door.sweep();
  }
  static HttpLimits limits() {
    return {.connections = 8,
            .idle = seconds(30),
            .answered = seconds(30),
            .slowest = 1 << 20,
            .life = std::chrono::minutes(10),
            .peers = Doorkeeper::Limits{kOfAddress}};
  }
  /// Serves until `done`, at most half a minute.
  template <class Done>
  bool serve_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io.poll();
      io.restart();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  Tcp::socket& connect() {
    Tcp::socket& peer = peers.emplace_back(io);
    peer.connect({boost::asio::ip::address_v4::loopback(), door.port()});
    peer.non_blocking(true);
    return peer;
  }
  /// What comes until `text`, or, if it is empty, until the door closes.
  std::string receive(Tcp::socket& peer, const std::string& text) {
    std::string got;
    EXPECT_TRUE(serve_until([&] {
      std::vector<char> bytes(65'536);
      boost::system::error_code error;
      const std::size_t size = peer.read_some(boost::asio::buffer(bytes), error);
      got.append(bytes.data(), size);
      if (error && error != boost::asio::error::would_block) return true;
      return !text.empty() && got.find(text) != std::string::npos;
    })) << got;
    return got;
  }
  std::string get(Tcp::socket& peer, const std::string& path) {
    boost::system::error_code error;
    peer.write_some(boost::asio::buffer("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                    error);
    return path == "/" ? receive(peer, "here") : "";
  }
  /// Time passes, and the door looks who takes too long.
  void pass(base::Micros time) {
    io.poll();
    io.restart();
    clock.advance(time);
    door.sweep();
  }

  boost::asio::io_context io;
  base::ManualClock clock;
  LogBook log;
  PlainService service;
  const web::PageRules rules{{}};
  HttpDoor door{{io, service, rules, clock, log, limits()}};
  std::list<Tcp::socket> peers;
};

TEST_F(HttpDoorTest, OneAddressHasSoManyConnections) {
  for (std::size_t i = 0; i < kOfAddress; ++i) {
    EXPECT_THAT(get(connect(), "/"), HasSubstr("200"));
  }
  EXPECT_EQ(receive(connect(), ""), "") << "one too many is closed";
  peers.front().close();
  ASSERT_TRUE(serve_until([&] { return !service.gone.empty(); }));
  EXPECT_THAT(get(connect(), "/"), HasSubstr("200")) << "there is room again";
}

TEST_F(HttpDoorTest, AConnectionThatIsKeptBusyEndsAllTheSame) {
  Tcp::socket& peer = connect();
  for (int i = 0; i < 21; ++i) {
    EXPECT_THAT(get(peer, "/"), testing::Not(HasSubstr("Connection: close"))) << i;
    pass(seconds(29));
  }
  EXPECT_THAT(get(peer, "/"), HasSubstr("Connection: close"));
  EXPECT_EQ(receive(peer, ""), "");
}

TEST_F(HttpDoorTest, WhoReadsALongAnswerTooSlowlyLosesIt) {
  Tcp::socket& peer = connect();
  get(peer, "/long");
  const auto most = std::chrono::seconds(30 + 64);  // at 1 MiB a second
  for (base::Micros passed{0}; passed <= most; passed += seconds(2)) {
    ASSERT_TRUE(service.gone.empty()) << base::in_seconds(passed) << " s";
    for (int i = 0; i < 4; ++i) receive(peer, "x");
    pass(seconds(2));
  }
  EXPECT_EQ(service.gone.size(), 1u);
}

TEST_F(HttpDoorTest, TheServiceHearsOfAPeerThatIsGone) {
  get(connect(), "/later");
  ASSERT_TRUE(serve_until([&] { return !service.later.empty(); }));
  pass(seconds(29));
  EXPECT_TRUE(service.gone.empty());
  pass(seconds(2));
  EXPECT_EQ(service.gone, service.later);
}

}  // namespace
}  // namespace pool
