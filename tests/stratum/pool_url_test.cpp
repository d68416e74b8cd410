#include "stratum/pool_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stratum {
namespace {

struct GoodUrl {
  const char* text;
  const char* host;
  std::uint16_t port;
  const char* shown;
  bool loopback;
};

const GoodUrl kGoodUrls[] = {
    {"stratum+tcp://pool.example:4000", "pool.example", 4000, "stratum+tcp://pool.example:4000",
     false},
    {"stratum+tcp://pool.example", "pool.example", 3333, "stratum+tcp://pool.example:3333", false},
    {"stratum+tcp://pool.example/", "pool.example", 3333, "stratum+tcp://pool.example:3333", false},
    {"stratum+tcp://pool.example.:1", "pool.example.", 1, "stratum+tcp://pool.example.:1", false},
    {"stratum+tcp://127.0.0.1:65535", "127.0.0.1", 65535, "stratum+tcp://127.0.0.1:65535", true},
    {"stratum+tcp://127.9.9.9", "127.9.9.9", 3333, "stratum+tcp://127.9.9.9:3333", true},
    {"stratum+tcp://localhost", "localhost", 3333, "stratum+tcp://localhost:3333", true},
    {"stratum+tcp://127.evil.example", "127.evil.example", 3333,
     "stratum+tcp://127.evil.example:3333", false},
    {"stratum+tcp://[::1]:5", "::1", 5, "stratum+tcp://[::1]:5", true},
    {"stratum+tcp://[2001:db8::7]", "2001:db8::7", 3333, "stratum+tcp://[2001:db8::7]:3333", false},
    {"stratum+tcp://a-b_c:0080", "a-b_c", 80, "stratum+tcp://a-b_c:80", false},
    {"stratum+ssl://pool.example", "pool.example", 3443, "stratum+ssl://pool.example:3443", false},
    {"stratum+ssl://pool.example:1/", "pool.example", 1, "stratum+ssl://pool.example:1", false},
    {"stratum+tls://[::1]", "::1", 3443, "stratum+ssl://[::1]:3443", true},
    {"pool.example", "pool.example", 3443, "pool.example:3443", false},
    {"pool.example:3333", "pool.example", 3333, "pool.example:3333", false},
    {"[2001:db8::7]:5", "2001:db8::7", 5, "[2001:db8::7]:5", false},
    {"localhost", "localhost", 3443, "localhost:3443", true},
    {"http://127.0.0.1", "127.0.0.1", 4091, "http://127.0.0.1:4091", true},
    {"http://node.example:80/", "node.example", 80, "http://node.example:80", false},
    {"https://node.example", "node.example", 4091, "https://node.example:4091", false},
    {"https://[::1]:443", "::1", 443, "https://[::1]:443", true},
};

TEST(PoolUrl, Good) {
  for (const GoodUrl& c : kGoodUrls) {
    const auto url = parse_pool_url(c.text);
    ASSERT_TRUE(url.ok()) << c.text << ": " << url.message();
    EXPECT_EQ(url->host, c.host);
    EXPECT_EQ(url->port, c.port);
    EXPECT_EQ(url->text(), c.shown);
    EXPECT_EQ(url->is_loopback(), c.loopback) << c.text;
    EXPECT_EQ(parse_pool_url(url->text()).value(), *url) << "it reads back";
  }
}

TEST(PoolUrl, TheSchemeDecidesOnEncryption) {
  EXPECT_EQ(parse_pool_url("stratum+tcp://p").value().security, Security::kPlain);
  EXPECT_EQ(parse_pool_url("stratum+ssl://p").value().security, Security::kTls);
  EXPECT_EQ(parse_pool_url("stratum+tls://p").value().security, Security::kTls);
  EXPECT_EQ(parse_pool_url("p").value().security, Security::kTlsFirst);
  EXPECT_EQ(parse_pool_url("http://p").value().security, Security::kPlain);
  EXPECT_EQ(parse_pool_url("https://p").value().security, Security::kTls);
}

TEST(PoolUrl, TheSchemeTellsANodeFromAPool) {
  EXPECT_TRUE(parse_pool_url("http://p").value().by_http);
  EXPECT_TRUE(parse_pool_url("https://p").value().by_http);
  EXPECT_FALSE(parse_pool_url("stratum+tcp://p").value().by_http);
  EXPECT_FALSE(parse_pool_url("p").value().by_http);
}

TEST(PoolUrl, PlainTextKeepsAPortThatWasChosen) {
  EXPECT_EQ(parse_pool_url("p").value().in_plain_text().text(), "stratum+tcp://p:3333");
  EXPECT_EQ(parse_pool_url("p:4000").value().in_plain_text().text(), "stratum+tcp://p:4000");
}

struct BadUrl {
  std::string text;
  const char* says;
};

const BadUrl kBadUrls[] = {
    {"", "not a host name"},
    {"ftp://pool.example", "write stratum+ssl://pool.example, or stratum+tcp://"},
    {"http://", "not a host name"},
    {"http://node.example/lp", "not a host name"},
    {"https://token@node.example", "not a host name"},
    {"STRATUM+TCP://pool.example", "write stratum+ssl://pool.example, or stratum+tcp://"},
    {"stratum+tcp://http://pool.example", "write stratum+ssl://pool.example, or"},
    {"--solo", "not a host name"},
    {"stratum+ssl://pool.example:0", "port must be"},
    {"pool.example:", "port must be"},
    {"user@pool.example", "not a host name"},
    {"::1", "stands in brackets"},
    {"stratum+tcp://", "not a host name"},
    {"stratum+tcp://:3333", "not a host name"},
    {"stratum+tcp://pool..example", "not a host name"},
    {"stratum+tcp://-a b", "not a host name"},
    {"stratum+tcp://user@pool.example", "not a host name"},
    {"stratum+tcp://pool.example/path", "not a host name"},
    {"stratum+tcp://1.2.3", "not a host name"},
    {"stratum+tcp://1.2.3.256", "not a host name"},
    {"stratum+tcp://p\xc3\xb6ol.example", "not a host name"},
    {"stratum+tcp://" + std::string(64, 'a'), "not a host name"},
    {std::string("stratum+tcp://127.0.0.1\0.example", 32), "not a host name"},
    {std::string("stratum+tcp://[::1\0x]:5", 23), "not a host name"},
    {"stratum+tcp://::1", "stands in brackets"},
    {"stratum+tcp://[::1", "without ']'"},
    {"stratum+tcp://[::g]", "not a host name"},
    {"stratum+tcp://[127.0.0.1]", "not a host name"},
    {"stratum+tcp://[::1]5", "port must be"},
    {"stratum+tcp://pool.example:", "port must be"},
    {"stratum+tcp://pool.example:0", "port must be"},
    {"stratum+tcp://pool.example:65536", "port must be"},
    {"stratum+tcp://pool.example:-1", "port must be"},
    {"stratum+tcp://pool.example:1e3", "port must be"},
    {"stratum+tcp://pool.example:3.0", "port must be"},
    {"stratum+tcp://pool.example: 80", "port must be"},
    {"stratum+tcp://pool.example:99999999999999999999", "port must be"},
};

TEST(PoolUrl, BadNamesWhatIsWrong) {
  for (const BadUrl& c : kBadUrls) {
    const auto url = parse_pool_url(c.text);
    ASSERT_FALSE(url.ok()) << c.text;
    EXPECT_THAT(url.message(), testing::HasSubstr(c.says)) << c.text;
    EXPECT_THAT(url.message(), testing::StartsWith("pool '"));
  }
}

TEST(PoolUrl, BadShowsNoPassword) {
  for (const std::string scheme : {"stratum+tcp://", "stratum+ssl://", "http://", ""}) {
    const auto url = parse_pool_url(scheme + "alice:secret@pool.example:3333");
    ASSERT_FALSE(url.ok()) << scheme;
    EXPECT_THAT(url.message(), testing::HasSubstr("..@pool.example:3333"));
    EXPECT_THAT(url.message(), testing::Not(testing::HasSubstr("secret")));
  }
}

TEST(PoolUrl, HostLengths) {
  const auto host_of = [](std::size_t length) {
    std::string host;
    while (host.size() < length) host += host.size() % 50 == 49 ? '.' : 'a';
    if (host.ends_with('.')) host.back() = 'a';
    return "stratum+tcp://" + host;
  };
  EXPECT_TRUE(parse_pool_url(host_of(1)).ok());
  EXPECT_TRUE(parse_pool_url(host_of(253)).ok());
  EXPECT_FALSE(parse_pool_url(host_of(254)).ok());
  EXPECT_FALSE(parse_pool_url(host_of(4096)).ok());
  EXPECT_FALSE(parse_pool_url(host_of(1 << 20)).ok());
}

TEST(PoolUrl, WhatIsShownIsPrintable) {
  const auto url = parse_pool_url("\x1b[31mred");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.message().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace stratum
