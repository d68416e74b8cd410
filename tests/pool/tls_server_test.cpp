// The pool's listener for TLS on real loopback sockets.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <string>
#include <thread>

#include "poc/verifier.h"
#include "pool/server.h"
#include "stratum/stream.h"
#include "tests/pool/line_client.h"
#include "tests/pool/rig.h"
#include "tests/stratum/certificates.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::Identity;
using tests::LineClient;
using tests::seconds;
using tests::TempFile;

constexpr const char* kLogin =
    "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n"
    "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"watcher\",\"\"]}\n";
constexpr const char* kPing = "{\"id\":77,\"method\":\"mining.ping\",\"params\":[]}\n";

/// The files of a pool for "127.0.0.1".
struct Files {
  Identity identity = tests::self_signed({.names = "IP:127.0.0.1"});
  TempFile certificate{identity.certificate};
  TempFile key{identity.key};
};

/// A server with both listeners, and the thread that it runs on.
class Running {
 public:
  explicit Running(const base::Clock& clock) {
    Config config = tests::rig_config();
    config.port = 0;
    config.tls_host = "127.0.0.1";
    config.tls_port = 0;
    config.tls = {files.certificate.path(), files.key.path()};
    config.start_when_ready = true;
    auto made = Server::listen(config, std::make_unique<poc::ReferenceVerifier>(2), log, clock);
    if (!made.ok()) {
      ADD_FAILURE() << made.message();
      return;
    }
    server = std::move(made).value();
    thread_ = std::thread([this] { server->run(); });
  }
  ~Running() {
    if (server != nullptr) server->stop();
    if (thread_.joinable()) thread_.join();
  }

  const Files files;
  tests::LogBook log;
  std::unique_ptr<Server> server;

 private:
  std::thread thread_;
};

/// A peer with TLS that waits for what it wants to hear.
class TlsClient {
 public:
  explicit TlsClient(const Running& pool) {
    const stratum::TransportOptions options{.ca_path = pool.files.certificate.path()};
    auto stream =
        stratum::connect_stream({"127.0.0.1", pool.server->tls_port(), stratum::Security::kTls},
                                options, seconds(60), [] { return false; });
    if (stream.ok()) {
      stream_ = std::move(stream).value();
    } else {
      ADD_FAILURE() << stream.message();
    }
  }

  /// False when the pool closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = stream_->write(bytes);
      if (!sent.ok()) return false;
      bytes.remove_prefix(*sent);
      if (*sent == 0) wait(POLLOUT);
    }
    return true;
  }
  bool wait_for(std::string_view text) {
    while (heard_.find(text) == std::string::npos) {
      if (!receive()) return false;
    }
    return true;
  }
  bool wait_for_close() {
    while (receive()) {
    }
    return closed_;
  }

 private:
  void wait(short events) const {
    pollfd waiting{stream_->fd(), events, 0};
    poll(&waiting, 1, 1000);
  }
  bool receive() {
    char buffer[4096];
    for (int i = 0; i < 30; ++i) {
      const auto got = stream_->read(buffer);
      closed_ = !got.ok();
      if (closed_) return false;
      heard_.append(buffer, *got);
      if (*got != 0) return true;
      wait(POLLIN);
    }
    return false;
  }

  std::unique_ptr<stratum::Stream> stream_;
  std::string heard_;
  bool closed_ = false;
};

TEST(TlsServer, SpeaksTheProtocolBesideThePlainListener) {
  const base::SystemClock clock;
  const Running pool(clock);
  EXPECT_NE(pool.server->port(), pool.server->tls_port());
  TlsClient encrypted(pool);
  LineClient plain(pool.server->port());
  ASSERT_TRUE(encrypted.send(kLogin));
  ASSERT_TRUE(plain.send(kLogin));
  EXPECT_TRUE(encrypted.wait_for("sprint.announce"));
  EXPECT_TRUE(plain.wait_for("sprint.announce"));
}

TEST(TlsServer, LinesOfManyRecordsAndManyLinesOfOneAreHeard) {
  const base::SystemClock clock;
  const Running pool(clock);
  TlsClient client(pool);
  for (const char* c = kPing; *c != '\0'; ++c) ASSERT_TRUE(client.send({c, 1}));
  EXPECT_TRUE(client.wait_for("\"id\":77"));
  std::string many;
  for (int i = 100; i < 400; ++i) {
    many += fmt::format("{{\"id\":{},\"method\":\"mining.ping\",\"params\":[]}}\n", i);
  }
  ASSERT_TRUE(client.send(many));
  EXPECT_TRUE(client.wait_for("\"id\":399,"));
}

TEST(TlsServer, AnswersByeAndCloses) {
  const base::SystemClock clock;
  const Running pool(clock);
  TlsClient client(pool);
  client.send(std::string(kLogin) + R"({"id":3,"method":"mining.bye","params":[]})" + "\n");
  EXPECT_TRUE(client.wait_for(R"({"id":3,"result":true)"));
  EXPECT_TRUE(client.wait_for_close());
}

TEST(TlsServer, ClosesWhoAsksAndDoesNotRead) {
  const base::SystemClock clock;
  const Running pool(clock);
  TlsClient greedy(pool);
  greedy.send(kLogin);
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += kPing;
  int sent = 0;
  while (sent < 2000 && greedy.send(pings)) ++sent;
  EXPECT_LT(sent, 2000) << "90 MB were answered into the void";
}

TEST(TlsServer, ClosesWhoDoesNotFinishTheHandshakeInTenSeconds) {
  base::ManualClock clock;
  const Running pool(clock);
  LineClient silent(pool.server->tls_port());
  LineClient slow(pool.server->tls_port());
  TlsClient quick(pool);
  ASSERT_TRUE(quick.send(kPing));
  ASSERT_TRUE(quick.wait_for("\"id\":77"));  // by now the others are there, too
  slow.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  clock.advance(seconds(11));
  EXPECT_TRUE(silent.wait_for_close());
  EXPECT_TRUE(slow.wait_for_close());
  EXPECT_TRUE(quick.send("{\"id\":78,\"method\":\"mining.ping\",\"params\":[]}\n"));
  EXPECT_TRUE(quick.wait_for("\"id\":78"));
  clock.advance(seconds(16));
  EXPECT_TRUE(quick.wait_for_close()) << "it never logged in";
}

TEST(TlsServer, PlainTextAndNonsenseAreClosedAndCostTheOthersNothing) {
  const base::SystemClock clock;
  const Running pool(clock);
  TlsClient honest(pool);
  for (const std::string_view bytes :
       {std::string_view(kLogin), std::string_view("GET / HTTP/1.1\r\n\r\n"),
        std::string_view("\x16\x03\x01\xff\xff\xff\xff\xff", 8)}) {
    LineClient hostile(pool.server->tls_port());
    ASSERT_TRUE(hostile.send(bytes));
    EXPECT_TRUE(hostile.wait_for_close());
    EXPECT_EQ(hostile.received().find("\"id\""), std::string::npos);
  }
  ASSERT_TRUE(honest.send(kLogin));
  EXPECT_TRUE(honest.wait_for("sprint.announce"));
}

TEST(TlsServer, ConnectionsThatAreCutLeaveTheServerStanding) {
  const base::SystemClock clock;
  const Running pool(clock);
  for (int i = 0; i < 20; ++i) {
    TlsClient client(pool);
    client.send(i % 2 == 0 ? kLogin : kPing);
  }
  TlsClient last(pool);
  ASSERT_TRUE(last.send(kLogin));
  EXPECT_TRUE(last.wait_for("sprint.announce"));
}

TEST(TlsServer, StopsWithATlsPeerThatNeverAnswers) {
  const base::SystemClock clock;
  Running pool(clock);
  TlsClient client(pool);
  ASSERT_TRUE(client.send(kLogin));
  ASSERT_TRUE(client.wait_for("sprint.announce"));
  const LineClient stuck(pool.server->tls_port());
  pool.server->stop();
  EXPECT_TRUE(client.wait_for_close());
}

// ---- what is refused at the start ---------------------------------------------------------------

void expect_refused(const TlsFiles& files, const char* says) {
  const auto made = make_tls_context(files);
  ASSERT_FALSE(made.ok()) << says;
  EXPECT_THAT(made.message(), HasSubstr(says));
}

TEST(TlsContext, GoodFilesAreTakenWithTheirChain) {
  const Identity authority = tests::self_signed({.subject = "CA", .authority = true});
  const Identity own = tests::signed_by(authority);
  const TempFile chain(own.certificate + authority.certificate), key(own.key);
  EXPECT_TRUE(make_tls_context({chain.path(), key.path()}).ok());
}

TEST(TlsContext, BadFilesAreRefusedWithWhatToDo) {
  const Files one, two;
  const TempFile expired_certificate(
      tests::self_signed({.begins = -std::chrono::hours(48), .ends = -std::chrono::hours(24)})
          .certificate);
  const TempFile early_certificate(
      tests::self_signed({.begins = std::chrono::hours(24), .ends = std::chrono::hours(48)})
          .certificate);
  const TempFile text("nothing");
  const std::string certificate = one.certificate.path(), key = one.key.path();
  expect_refused({"/nowhere/c.pem", key}, "--tls-cert /nowhere/c.pem: No such file");
  expect_refused({certificate, "/nowhere/k.pem"}, "--tls-key /nowhere/k.pem: No such file");
  expect_refused({text.path(), key}, "no certificate in it");
  expect_refused({certificate, text.path()}, "no private key without passphrase in it");
  expect_refused({certificate, two.key.path()}, "it is not the key of ");
  expect_refused({expired_certificate.path(), key}, "it has expired: renew it");
  expect_refused({early_certificate.path(), key}, "not valid yet");
}

}  // namespace
}  // namespace pool
