// Peers that must not hear a byte of ours: "S9" of the faults of others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>

#include "tests/stratum/certificates.h"
#include "tests/stratum/peer_server.h"
#include "tests/stratum/stream_support.h"

namespace stratum {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::connect_and_log_in;
using tests::Identity;
using tests::PeerServer;
using tests::self_signed;
using tests::TempFile;
using tests::TlsServer;
using tests::to_loopback;

class BadPeer : public ::testing::Test {
 protected:
  const Identity authority_ = self_signed({.subject = "Test CA", .names = "", .authority = true});
  const TempFile ca_{authority_.certificate};

  TransportOptions options(std::uint16_t port) const {
    TransportOptions options = to_loopback(port);
    options.ca_path = ca_.path();
    return options;
  }

  /// The pool is refused with these words, by a URL with scheme and by one without, and heard
  /// nothing.
  void expect_refused(const TlsServer& server, TransportOptions options, const std::string& says) {
    options.allow_plaintext = true;  // it must not matter
    for (const Security security : {Security::kTls, Security::kTlsFirst}) {
      PoolUrl url = server.url();
      url.security = security;
      const int before = server.connections();
      const auto stream = connect_and_log_in(url, options);
      ASSERT_FALSE(stream.ok());
      EXPECT_THAT(stream.message(), AllOf(StartsWith(url.text() + ": "), HasSubstr(says)));
      EXPECT_THAT(stream.message(), Not(HasSubstr("\n")));
      EXPECT_EQ(server.connections(), before + 1) << "one try, none in plain text";
    }
    EXPECT_EQ(server.heard(), "");
  }
};

TEST_F(BadPeer, S9_SelfSigned) {
  const TlsServer server({.identity = self_signed()});
  expect_refused(server, options(server.port()), "its certificate is self-signed: ");
  expect_refused(server, to_loopback(server.port()), "--tls-ca FILE");
}

TEST_F(BadPeer, S9_Expired) {
  const TlsServer server(
      {.identity = signed_by(authority_, {.begins = -hours(48), .ends = -hours(24)})});
  expect_refused(server, options(server.port()), "its certificate expired on 20");
}

TEST_F(BadPeer, NotValidYet) {
  const TlsServer server(
      {.identity = signed_by(authority_, {.begins = hours(24), .ends = hours(48)})});
  expect_refused(server, options(server.port()), "its certificate is not valid before 20");
}

TEST_F(BadPeer, S9_WrongName) {
  const TlsServer server(
      {.identity = signed_by(authority_, {.names = "DNS:other.example,DNS:*.third.example"})});
  expect_refused(server, options(server.port()),
                 "its certificate is for other.example, *.third.example, not pool.test");
}

TEST_F(BadPeer, WrongNameThatHoldsAnEscapeSequence) {
  const TlsServer server(
      {.identity = signed_by(authority_, {.subject = "\x1b[31mred", .names = ""})});
  expect_refused(server, options(server.port()), "\\x1b[31mred, not pool.test");
}

TEST_F(BadPeer, S9_WrongAuthority) {
  const Identity other = self_signed({.subject = "Somebody", .names = "", .authority = true});
  const TlsServer server({.identity = signed_by(other)});
  expect_refused(server, options(server.port()), "its certificate is signed by 'Somebody', which");
}

TEST_F(BadPeer, S9_WrongPin) {
  const Identity identity = signed_by(authority_);
  const TlsServer server({.identity = identity});
  TransportOptions pinned = options(server.port());
  pinned.pins = authority_.pin;
  expect_refused(
      server, pinned,
      "its key does not match --tls-pin: expected " + authority_.pin + ", got " + identity.pin);
}

TEST_F(BadPeer, S9_ARightPinDoesNotReplaceVerification) {
  const Identity identity = self_signed();
  const TlsServer server({.identity = identity});
  TransportOptions pinned = options(server.port());
  pinned.pins = identity.pin;
  expect_refused(server, pinned, "self-signed");
}

TEST_F(BadPeer, S9_OldVersionsOnly) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const TlsServer server({.identity = signed_by(authority_), .version = version});
    expect_refused(server, options(server.port()), "TLS");
    expect_refused(server, options(server.port()), "1.2");
  }
}

/// Peers that speak no TLS, and what they heard.
class NoTls : public BadPeer {
 protected:
  /// Answers with a line of the protocol, whatever it hears.
  void answer_in_plain_text(int fd) {
    const std::string_view answer = "{\"id\":null,\"result\":null,\"error\":[20,\"what?\",null]}\n";
    char first = 0;
    recv(fd, &first, 1, MSG_PEEK);
    send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    keep(tests::read_to_end(fd));
  }
  void keep(const std::string& heard) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(heard);
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  /// Nothing but the records of a handshake and of alerts (RFC 8446, 5.1) came.
  void expect_no_application_data() {
    for (const std::string& bytes : heard()) {
      EXPECT_EQ(bytes.find("login"), std::string::npos);
      for (std::size_t at = 0; at + 5 <= bytes.size();) {
        EXPECT_THAT(bytes[at], testing::AnyOf(21, 22)) << at;
        at += 5U + static_cast<unsigned>(static_cast<std::uint8_t>(bytes[at + 3]) << 8) +
              static_cast<std::uint8_t>(bytes[at + 4]);
      }
    }
  }
  void expect_refused(std::uint16_t port, const std::string& says,
                      base::Micros timeout = seconds(60)) {
    const auto stream =
        connect_and_log_in({"pool.test", port, Security::kTls}, options(port), timeout);
    ASSERT_FALSE(stream.ok());
    EXPECT_THAT(stream.message(), HasSubstr(says));
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> heard_;
};

TEST_F(NoTls, S9_AnAnswerInPlainText) {
  {
    const PeerServer server([&](int fd) { answer_in_plain_text(fd); });
    expect_refused(server.port(), "the pool does not speak TLS on this port");
  }
  EXPECT_EQ(heard().size(), 1U);
  expect_no_application_data();
}

TEST_F(NoTls, AnEndWithoutAWord) {
  {
    const PeerServer server([&](int fd) {
      char byte = 0;
      recv(fd, &byte, 1, 0);  // and a reset, since the rest was not read
    });
    expect_refused(server.port(), "the pool does not speak TLS on this port");
  }
  {
    const PeerServer server([&](int fd) {
      shutdown(fd, SHUT_WR);
      keep(tests::read_to_end(fd));
    });
    expect_refused(server.port(), "the pool does not speak TLS on this port");
  }
  expect_no_application_data();
}

TEST_F(NoTls, S9_NoAnswerAtAll) {
  {
    const PeerServer server([&](int fd) { keep(tests::read_to_end(fd)); });
    expect_refused(server.port(), "no answer to the TLS handshake", milliseconds(300));
  }
  EXPECT_EQ(heard().size(), 1U);
  expect_no_application_data();
}

TEST_F(NoTls, AStopEndsAHandshakeThatHangs) {
  const PeerServer server([&](int fd) { tests::read_to_end(fd); });
  int asked = 0;
  const auto stream = connect_stream({"127.0.0.1", server.port(), Security::kTls}, {}, hours(1),
                                     [&] { return ++asked > 5; });
  ASSERT_FALSE(stream.ok());
  EXPECT_THAT(stream.message(), HasSubstr("stopped"));
}

// ---- URLs without scheme ------------------------------------------------------------------------

TEST_F(NoTls, AUrlWithoutSchemeTakesTlsWhereItIs) {
  const TlsServer server({.identity = signed_by(authority_)});
  for (const bool allowed : {false, true}) {
    TransportOptions with = options(server.port());
    with.allow_plaintext = allowed;
    const auto stream = connect_and_log_in({"pool.test", server.port(), Security::kTlsFirst}, with);
    ASSERT_TRUE(stream.ok()) << stream.message();
    EXPECT_TRUE((*stream)->encrypted());
    EXPECT_EQ((*stream)->why_plain(), "");
  }
}

TEST_F(NoTls, AUrlWithoutSchemeGoesOnInPlainTextOnlyWhereThatIsAllowed) {
  const PeerServer server([&](int fd) { answer_in_plain_text(fd); });
  const PoolUrl url{"pool.test", server.port(), Security::kTlsFirst};
  TransportOptions with = options(server.port());

  const auto refused = connect_and_log_in(url, with);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.message(),
              AllOf(HasSubstr("does not speak TLS on this port"), HasSubstr("--allow-plaintext"),
                    HasSubstr("write stratum+tcp://pool.test:")));
  EXPECT_EQ(server.connections(), 1);

  with.allow_plaintext = true;
  const auto stream = connect_and_log_in(url, with);
  ASSERT_TRUE(stream.ok()) << stream.message();
  EXPECT_FALSE((*stream)->encrypted());
  EXPECT_THAT((*stream)->why_plain(), HasSubstr("does not speak TLS"));
  // The server counts on its own thread, which may not have come to the last one yet.
  for (int i = 0; i < 1000 && server.connections() < 3; ++i) usleep(5000);
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(NoTls, ASilentPeerIsTriedInPlainTextToo) {
  const PeerServer server([&](int fd) { tests::read_to_end(fd); });
  TransportOptions with = options(server.port());
  with.allow_plaintext = true;
  const auto stream = connect_and_log_in({"pool.test", server.port(), Security::kTlsFirst}, with,
                                         milliseconds(500));
  ASSERT_TRUE(stream.ok()) << stream.message();
  EXPECT_FALSE((*stream)->encrypted());
}

TEST_F(NoTls, NobodyThereIsNobodyInPlainTextEither) {
  std::uint16_t port = 0;
  {
    const PeerServer server([](int) {});
    port = server.port();
  }
  TransportOptions with = options(port);
  with.allow_plaintext = true;
  EXPECT_FALSE(connect_and_log_in({"pool.test", port, Security::kTlsFirst}, with).ok());
}

TEST_F(NoTls, S9_AnExplicitSchemeIsNeverLeft) {
  const PeerServer server([&](int fd) { answer_in_plain_text(fd); });
  TransportOptions with = options(server.port());
  with.allow_plaintext = true;
  const auto stream = connect_and_log_in({"pool.test", server.port(), Security::kTls}, with);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(NoTls, CertificatesThatCannotBeReadConnectNowhere) {
  const TlsServer server({.identity = signed_by(authority_)});
  TransportOptions with = options(server.port());
  with.ca_path = "/nowhere/ca.pem";
  const auto stream = connect_and_log_in(server.url(), with);
  ASSERT_FALSE(stream.ok());
  EXPECT_THAT(stream.message(), HasSubstr("--tls-ca: '/nowhere/ca.pem' "));
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace stratum
