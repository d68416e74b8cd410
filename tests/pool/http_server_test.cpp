#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "pool/http_reader.h"
#include "pool/http_token.h"
#include "pool/server.h"
#include "stratum/client_session.h"
#include "stratum/stream.h"
#include "tests/pool/line_client.h"
#include "tests/pool/rig.h"

// A pool on a real loopback socket, spoken to by HTTP.
namespace pool {
namespace {

using testing::HasSubstr;
using tests::LineClient;
using tests::milliseconds;
using tests::seconds;

const std::string kToken = "a-token-of-the-tests";
const base::SystemClock kClock;

class HttpServer : public testing::Test {
 protected:
  HttpServer() {
    std::string name = testing::TempDir() + "httpXXXXXX";
    folder_ = mkdtemp(name.data());
    std::ofstream(folder_ + "/token") << kToken;
    chmod((folder_ + "/token").c_str(), 0600);
    Config config = tests::rig_config();
    config.host.clear();
    config.http.host = "127.0.0.1";
    config.http.port = 0;
    token_file = folder_ + "/token";
    config.http.token_file = token_file;
    auto made = Server::listen(config, std::make_unique<poc::ReferenceVerifier>(1), log_, kClock);
    EXPECT_TRUE(made.ok()) << made.message();
    server = std::move(made).value();
    thread_ = std::thread([this] { server->run(); });
  }
  ~HttpServer() override {
    stop();
    std::filesystem::remove_all(folder_);
  }
  void stop() {
    if (server != nullptr) server->stop();
    if (thread_.joinable()) thread_.join();
  }
  static std::string post(const std::string& body, const std::string& more = "",
                          const std::string& token = kToken) {
    return fmt::format(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer {}\r\n{}Content-Length: {}\r\n\r\n{}",
        token, more, body.size(), body);
  }
  /// Has `client` wait for a change of the sprints, as call 2.
  static bool poll_of(LineClient& client) {
    const std::string params = R"(,"method":"getsprint","params":{"payout":"alice")";
    if (!client.send(post(R"({"id":1)" + params + "}}"))) return false;
    if (!client.wait_for(R"("upcoming":)")) return false;
    const std::string& got = client.received();
    const std::size_t at = got.find(R"("longpollid":")") + 14;
    const std::string id = got.substr(at, got.find('"', at) - at);
    return client.send(post(R"({"id":2)" + params + R"(,"longpollid":")" + id + R"("}})"));
  }
  /// What is answered before the pool closes the connection.
  std::string refused(const std::string& request) const {
    LineClient client(server->http_port());
    EXPECT_TRUE(client.send(request));
    EXPECT_TRUE(client.wait_for("\r\n\r\n"));
    EXPECT_TRUE(client.wait_for_close());
    return client.received().substr(9, 3);
  }

  std::unique_ptr<Server> server;
  std::string token_file;

 private:
  tests::LogBook log_;
  std::string folder_;
  std::thread thread_;
};

/// A session over a stream, as the miner's network thread serves it.
struct HttpMiner {
  HttpMiner(std::uint16_t port, const std::string& token)
      : stream(stratum::connect_stream({"127.0.0.1", port, stratum::Security::kPlain, true}, {},
                                       seconds(5), [] { return false; })
                   .value()),
        session({"tester/1", "alice.rig", token}, kClock.now()) {}

  /// Until `done`, the end of the session, or 30 s.
  bool until(const std::function<bool()>& done) {
    const base::SteadyTime end = kClock.now() + seconds(30);
    while (over.ok() && !done() && kClock.now() < end) {
      serve();
      pollfd wait{stream->fd(), POLLIN, 0};
      if (over.ok() && !done()) ::poll(&wait, 1, 100);
    }
    return done();
  }
  void serve() {
    while (over.ok() && !session.output().empty()) {
      const auto sent = stream->write(session.output());
      if (!sent.ok()) over = sent.error();
      if (!sent.ok() || *sent == 0) break;
      session.consume(*sent);
    }
    std::array<char, 4096> bytes;
    for (;;) {
      const auto got = stream->read(bytes);
      if (!got.ok()) over = got.error();
      if (!got.ok() || *got == 0) break;
      over = session.feed({bytes.data(), *got}, kClock.now());
      if (!over.ok()) break;
    }
    if (over.ok()) over = session.tick(kClock.now());
    while (const auto event = session.next_event()) {
      if (std::holds_alternative<stratum::client::Announced>(*event)) ++announced;
      if (std::holds_alternative<stratum::client::LoginRefused>(*event)) ++refused;
    }
  }

  std::unique_ptr<stratum::Stream> stream;
  stratum::ClientSession session;
  base::Status over = base::Ok{};
  int announced = 0;
  int refused = 0;
};

TEST_F(HttpServer, AnswersOneCallAfterAnotherOverOneConnection) {
  LineClient client(server->http_port());
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(client.send(post(fmt::format(R"({{"id":{},"method":"gettime"}})", i))));
    ASSERT_TRUE(client.wait_for(fmt::format(R"("id":{},"result":{{"c0":0,"s1":)", i)));
  }
  EXPECT_FALSE(client.closed());
}

TEST_F(HttpServer, S6_RefusesWhoMayNotCallAndCloses) {
  EXPECT_EQ(refused(post("{}", "", "another-token-of-the")), "401");
  EXPECT_EQ(refused(post("{}", "Origin: http://evil.example\r\n")), "403");
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "403");
  EXPECT_EQ(
      refused("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + kToken + "\r\n\r\n"),
      "405");
  EXPECT_EQ(refused(fmt::format("POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                                kToken, HttpReader::kMaxBody + 1)),
            "413");
  EXPECT_EQ(refused("mining.subscribe\n\n"), "400");
}

TEST_F(HttpServer, AMinersSessionLogsInAndHearsOfASprint) {
  HttpMiner alice(server->http_port(), kToken);
  EXPECT_TRUE(alice.until([&] {
    return alice.announced > 0 && alice.session.pool_clock().exchanges() >= 4;
  })) << alice.over.message();
  EXPECT_TRUE(alice.over.ok());
  EXPECT_FALSE(alice.stream->encrypted());
  alice.session.bye();
  EXPECT_TRUE(alice.until([&] { return !alice.over.ok(); }));
}

TEST_F(HttpServer, WhatIsAnsweredWithinAWriteWakesItsReader) {
  HttpMiner alice(server->http_port(), kToken);
  ASSERT_TRUE(alice.until([&] {
    return alice.announced > 0 && alice.session.pool_clock().exchanges() >= 4;
  })) << alice.over.message();
  const std::uint64_t seq = 1;  // of no share: the bridge itself knows the answer
  alice.session.withdraw("no-such-sprint", {&seq, 1});
  ASSERT_TRUE(alice.stream->write(alice.session.output()).ok());
  pollfd wait{alice.stream->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 1000), 1);
}

TEST_F(HttpServer, AWrongTokenIsALoginRefused) {
  HttpMiner mallory(server->http_port(), "another-token-of-the");
  EXPECT_TRUE(mallory.until([&] { return mallory.refused > 0; }));
  EXPECT_TRUE(mallory.until([&] { return !mallory.over.ok(); }));
  EXPECT_THAT(mallory.over.message(), HasSubstr("HTTP 401"));
}

TEST_F(HttpServer, APollIsHeldAndAnsweredWhenThePoolStops) {
  LineClient client(server->http_port());
  ASSERT_TRUE(poll_of(client));
  EXPECT_EQ(client.receive(milliseconds(200)), "");
  std::thread stopping([this] { server->stop(); });
  EXPECT_TRUE(client.wait_for(R"("id":2,"result")"));
  stopping.join();
}

TEST_F(HttpServer, WhoSaysNoMoreIsAnsweredAndClosed) {
  LineClient caller(server->http_port());
  ASSERT_TRUE(caller.send(post(R"({"id":1,"method":"gettime"})")));
  caller.end_output();
  EXPECT_TRUE(caller.wait_for(R"("id":1,"result")"));
  EXPECT_TRUE(caller.wait_for_close());
  LineClient poller(server->http_port());
  ASSERT_TRUE(poll_of(poller));
  EXPECT_EQ(poller.receive(milliseconds(100)), "");
  poller.end_output();
  EXPECT_TRUE(poller.wait_for(R"("id":2,"result")"));
  EXPECT_TRUE(poller.wait_for_close());
}

TEST_F(HttpServer, WhatIsSentBeforeAnAnswerClosesTheConnectionAfterIt) {
  LineClient client(server->http_port());
  const std::string call = post(R"({"id":1,"method":"gettime"})");
  ASSERT_TRUE(client.send(call + call));
  EXPECT_TRUE(client.wait_for("Connection: close"));
  EXPECT_TRUE(client.wait_for_close());
  LineClient poller(server->http_port());
  ASSERT_TRUE(poll_of(poller));
  EXPECT_EQ(poller.receive(milliseconds(100)), "");
  ASSERT_TRUE(poller.send(post(R"({"id":3,"method":"gettime"})")));
  EXPECT_EQ(poller.receive(milliseconds(100)), "");
  std::thread stopping([this] { server->stop(); });
  EXPECT_TRUE(poller.wait_for("Connection: close"));
  EXPECT_TRUE(poller.wait_for_close());
  stopping.join();
  EXPECT_THAT(poller.received(), testing::Not(HasSubstr(R"("id":3)")));
}

TEST_F(HttpServer, APoolThatCannotListenLeavesTheCookieOfTheOneThatDoes) {
  Config config = tests::rig_config();
  config.host.clear();
  config.http.host = "127.0.0.1";
  config.http.port = 0;
  config.http.cookie_file = token_file + ".cookie";
  tests::LogBook log;
  const auto listen = [&] {
    return Server::listen(config, std::make_unique<poc::ReferenceVerifier>(1), log, kClock);
  };
  auto first = listen();
  ASSERT_TRUE(first.ok()) << first.message();
  const std::string cookie = read_http_token(config.http.cookie_file).value();
  config.http.port = (*first)->http_port();
  EXPECT_FALSE(listen().ok());
  const auto still = read_http_token(config.http.cookie_file);
  ASSERT_TRUE(still.ok()) << still.message();
  EXPECT_EQ(*still, cookie);
}

TEST_F(HttpServer, NobodyThereIsToldWithTheNodesName) {
  const std::uint16_t port = server->http_port();
  stop();
  server.reset();
  HttpMiner alice(port, kToken);
  EXPECT_TRUE(alice.until([&] { return !alice.over.ok(); }));
  EXPECT_THAT(alice.over.message(), HasSubstr(fmt::format("http://127.0.0.1:{}: ", port)));
}

}  // namespace
}  // namespace pool
