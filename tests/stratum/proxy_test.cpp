// Pools behind proxies: the addresses, and connections through small proxies on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/stratum/certificates.h"
#include "tests/stratum/peer_server.h"
#include "tests/stratum/proxy_server.h"
#include "tests/stratum/stream_support.h"

namespace stratum {
namespace {

using Kind = ProxyUrl::Kind;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::connect_and_log_in;
using tests::PeerServer;
using tests::ProxyServer;
using tests::TlsServer;
using tests::to_loopback;

struct GoodProxy {
  const char* text;
  ProxyUrl proxy;
  const char* shown;
};

TEST(ProxyUrl, Good) {
  const GoodProxy cases[] = {
      {"socks5://127.0.0.1:9050", {Kind::kSocks5, "127.0.0.1", 9050}, "socks5://127.0.0.1:9050"},
      {"socks5h://p.example:1/", {Kind::kSocks5h, "p.example", 1}, "socks5h://p.example:1"},
      {"http://[::1]:8080", {Kind::kHttp, "::1", 8080}, "http://[::1]:8080"},
      {"http://al:s3@p:1", {Kind::kHttp, "p", 1, "al", "s3"}, "http://p:1"},
      {"socks5://al@p:1", {Kind::kSocks5, "p", 1, "al", ""}, "socks5://p:1"},
      {"socks5://a%3Ab:%40%2f%25@p:1", {Kind::kSocks5, "p", 1, "a:b", "@/%"}, "socks5://p:1"},
      {"http://al:p@ss:word@p:1", {Kind::kHttp, "p", 1, "al", "p@ss:word"}, "http://p:1"},
  };
  for (const GoodProxy& c : cases) {
    const auto proxy = parse_proxy_url(c.text);
    ASSERT_TRUE(proxy.ok()) << c.text << ": " << proxy.message();
    EXPECT_TRUE(*proxy == c.proxy) << c.text;
    EXPECT_EQ(proxy->text(), c.shown);
  }
}

TEST(ProxyUrl, BadNamesWhatIsWrongAndShowsNoPassword) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "write socks5://HOST:PORT"},
      {"127.0.0.1:9050", "write socks5://HOST:PORT"},
      {"https://secret@p:1", "write socks5://HOST:PORT"},
      {"socks4://p:1", "write socks5://HOST:PORT"},
      {"socks5://p", "port is missing"},
      {"socks5://p:0", "port must be"},
      {"socks5://:1", "not a host name"},
      {"socks5://al:secret@", "not a host name"},
      {"socks5://:secret@p:1", "no user before '@'"},
      {"socks5://al:secret%@p:1", "write %"},
      {"socks5://al:secret%0d%0a@p:1", "write %"},
      {"socks5://al:secret%00@p:1", "write %"},
      {"http://a%3ab:secret@p:1", "cannot hold ':'"},
      {"socks5://al:secret" + std::string(256, 'x') + "@p:1", "longer than 255"},
  };
  for (const auto& [text, says] : cases) {
    const auto proxy = parse_proxy_url(text);
    ASSERT_FALSE(proxy.ok()) << text;
    EXPECT_THAT(proxy.message(), AllOf(StartsWith("proxy '"), HasSubstr(says)));
    EXPECT_THAT(proxy.message(), Not(HasSubstr("secret")));
  }
}

constexpr Kind kAllKinds[] = {Kind::kSocks5, Kind::kSocks5h, Kind::kHttp};

/// A pool in plain text and one with TLS, on loopback.
class Proxies : public ::testing::Test {
 protected:
  const tests::Identity identity_ = tests::self_signed();
  const tests::TempFile ca_{identity_.certificate};
  const TlsServer pool_{{.identity = identity_}};

  TransportOptions through(const ProxyServer& proxy) const {
    TransportOptions options = to_loopback(pool_.port());
    options.ca_path = ca_.path();
    options.proxy = proxy.url();
    return options;
  }
  std::string refusal(const ProxyServer& proxy, const TransportOptions& options,
                      base::Micros timeout = std::chrono::seconds(60)) const {
    const auto stream = connect_and_log_in(pool_.url(), options, timeout);
    EXPECT_FALSE(stream.ok());
    if (stream.ok()) return "";
    EXPECT_THAT(stream.message(),
                StartsWith(pool_.url().text() + " through " + proxy.url().text() + ": "));
    EXPECT_THAT(stream.message(), Not(HasSubstr("secret")));
    EXPECT_EQ(pool_.heard(), "");
    return stream.message();
  }
};

TEST_F(Proxies, TlsGoesThroughEachKindWithAndWithoutAPassword) {
  for (const Kind kind : kAllKinds) {
    for (const char* user : {"", "alice"}) {
      const ProxyServer proxy({.kind = kind,
                               .target_port = pool_.port(),
                               .user = user,
                               .password = user[0] != '\0' ? "secret@:%" : ""});
      const auto stream = connect_and_log_in(pool_.url(), through(proxy));
      ASSERT_TRUE(stream.ok()) << stream.message();
      EXPECT_TRUE((*stream)->encrypted());
      const char* host = kind == Kind::kSocks5 ? "127.0.0.1" : "pool.test";
      EXPECT_THAT(proxy.asked(), ElementsAre(host + (":" + std::to_string(pool_.port()))));
    }
  }
}

TEST_F(Proxies, PlainTextGoesThroughEachKind) {
  for (const Kind kind : kAllKinds) {
    const PeerServer pool([](int fd) {
      char buffer[64];
      const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
      if (got > 0) send(fd, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL);
      tests::read_to_end(fd);
    });
    const ProxyServer proxy({.kind = kind, .target_port = pool.port()});
    TransportOptions options = to_loopback(pool.port());
    options.proxy = proxy.url();
    const auto stream = connect_and_log_in({"pool.test", pool.port()}, options);
    ASSERT_TRUE(stream.ok()) << stream.message();
    EXPECT_EQ(tests::read_bytes(**stream, 19), "login alice secret\n");
  }
}

TEST_F(Proxies, AWrongPasswordIsSaidAndNotShown) {
  for (const Kind kind : kAllKinds) {
    const ProxyServer proxy(
        {.kind = kind, .target_port = pool_.port(), .user = "alice", .password = "right"});
    TransportOptions options = through(proxy);
    options.proxy->password = "secret";
    refusal(proxy, options);
    options.proxy->user.clear();
    refusal(proxy, options);
    EXPECT_TRUE(proxy.asked().empty());
  }
}

TEST_F(Proxies, WhatGoesWrongWithTheProxyNamesIt) {
  using Fault = ProxyServer::Behaviour::Fault;
  for (const Kind kind : kAllKinds) {
    for (const Fault fault : {Fault::kRefuses, Fault::kTalksNonsense, Fault::kHangsUp}) {
      const ProxyServer proxy({.kind = kind, .target_port = pool_.port(), .fault = fault});
      refusal(proxy, through(proxy), milliseconds(2000));
    }
    const ProxyServer gone({.kind = kind});
    TransportOptions options = through(gone);
    options.proxy->port = 1;
    const auto stream = connect_and_log_in(pool_.url(), options);
    ASSERT_FALSE(stream.ok());
    EXPECT_THAT(stream.message(), HasSubstr(" through " + options.proxy->text() + ": "));
  }
  EXPECT_EQ(pool_.connections(), 0);
}

TEST_F(Proxies, AProxyThatMeddlesIsCaughtByTheCertificate) {
  const TlsServer meddler({.identity = tests::self_signed()});
  const ProxyServer proxy({.target_port = meddler.port()});
  EXPECT_THAT(refusal(proxy, through(proxy)), HasSubstr("self-signed"));
  EXPECT_EQ(meddler.heard(), "");
}

TEST_F(Proxies, ABadProxyIsNoReasonForPlainText) {
  using Fault = ProxyServer::Behaviour::Fault;
  for (const Fault fault : {Fault::kRefuses, Fault::kHangsUp}) {
    const ProxyServer proxy({.target_port = pool_.port(), .fault = fault});
    TransportOptions options = through(proxy);
    options.allow_plaintext = true;
    const auto stream =
        connect_and_log_in({"pool.test", pool_.port(), Security::kTlsFirst}, options);
    ASSERT_FALSE(stream.ok());
    EXPECT_THAT(stream.message(), Not(HasSubstr("stratum+tcp")));
  }
}

}  // namespace
}  // namespace stratum
