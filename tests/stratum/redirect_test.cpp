// Where a pool may send its miners: "client.reconnect" of the protocol's page.
#include "stratum/redirect.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

RedirectRule rule_of(const std::string& url, std::vector<std::string> allowed = {}) {
  return {*parse_pool_url(url), std::move(allowed)};
}

/// Where it leads, or "refused".
std::string led(const RedirectRule& rule, const codec::Reconnect& wish) {
  const auto found = redirect(rule, wish);
  return found.ok() ? found->to.text() : "refused";
}

std::string led(const std::string& home, const std::string& host) {
  return led(rule_of("stratum+tcp://" + home + ":3333"), {host, std::nullopt});
}

TEST(Redirect, LeadsToTheSameHostAndToItsRegistrableDomain) {
  EXPECT_EQ(led("pool.example", ""), "stratum+tcp://pool.example:3333");
  EXPECT_EQ(led("pool.example", "pool.example"), "stratum+tcp://pool.example:3333");
  EXPECT_EQ(led("eu1.pool.example", "eu2.pool.example"), "stratum+tcp://eu2.pool.example:3333");
  EXPECT_EQ(led("eu1.pool.example", "pool.example"), "stratum+tcp://pool.example:3333");
  EXPECT_EQ(led("eu1.pool.example", "a.b.pool.example"), "stratum+tcp://a.b.pool.example:3333");
  EXPECT_EQ(led("eu1.pool.example", "EU2.Pool.Example."), "stratum+tcp://EU2.Pool.Example.:3333");
  EXPECT_EQ(led("EU1.POOL.EXAMPLE.", "eu2.pool.example"), "stratum+tcp://eu2.pool.example:3333");
  EXPECT_EQ(led("a.pool.co.uk", "b.pool.co.uk"), "stratum+tcp://b.pool.co.uk:3333");
}

TEST(Redirect, LeadsToNoOtherDomain) {
  EXPECT_EQ(led("a.pool.co.uk", "evil.co.uk"), "refused");
  EXPECT_EQ(led("a.pool.co.uk", "co.uk"), "refused");
  EXPECT_EQ(led("co.uk", "pool.co.uk"), "refused");
  EXPECT_EQ(led("mine.github.io", "yours.github.io"), "refused") << "of different owners";
  EXPECT_EQ(led("pool.example", "evilpool.example"), "refused");
  EXPECT_EQ(led("pool.example", "pool.example.evil.com"), "refused");
  EXPECT_EQ(led("pool.example", "example"), "refused");
  EXPECT_EQ(led("pool", "other"), "refused") << "names without a dot have no domain";
  EXPECT_EQ(led("localhost", "a.localhost"), "refused");
}

TEST(Redirect, AnAddressIsOnlyItself) {
  EXPECT_EQ(led("192.0.2.1", "192.0.2.1"), "stratum+tcp://192.0.2.1:3333");
  EXPECT_EQ(led("192.0.2.1", "192.0.2.2"), "refused");
  EXPECT_EQ(led("1.192.0.2", "2.192.0.2"), "refused") << "'0.2' is nobody's domain";
  EXPECT_EQ(led("[2001:db8::1]", "2001:db8::1"), "stratum+tcp://[2001:db8::1]:3333");
  EXPECT_EQ(led("[2001:db8::1]", "[2001:db8::1]"), "stratum+tcp://[2001:db8::1]:3333");
  EXPECT_EQ(led("[2001:db8::1]", "[2001:db8::2]"), "refused");
  for (const char* local :
       {"127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0x7f000001", "2130706433", "10.1"}) {
    EXPECT_EQ(led("pool.example", local), "refused") << local;
  }
}

TEST(Redirect, WhatIsNoHostIsRefused) {
  for (const char* host : {"pool.example@evil.com", "pool.example/x", "pool.example:1", "..", "-x",
                           "pool.example%00a", "file:///etc", "po\xc3\xb3l.example", " "}) {
    EXPECT_EQ(led("pool.example", host), "refused") << host;
  }
}

TEST(Redirect, LeadsToWhomTheUserAllows) {
  const RedirectRule rule =
      rule_of("stratum+ssl://pool.example", {"Backup.Example", "192.0.2.7", "2001:db8::7"});
  EXPECT_EQ(led(rule, {"backup.example", std::nullopt}), "stratum+ssl://backup.example:3443");
  EXPECT_EQ(led(rule, {"192.0.2.7", 5}), "stratum+ssl://192.0.2.7:5");
  EXPECT_EQ(led(rule, {"[2001:db8::7]", 5}), "stratum+ssl://[2001:db8::7]:5");
  EXPECT_EQ(led(rule, {"other.backup.example", std::nullopt}), "refused") << "hosts, not domains";
}

TEST(Redirect, KeepsItsSecurityAndPort) {
  for (const char* home :
       {"stratum+ssl://pool.example:7", "stratum+tcp://pool.example:7", "pool.example:7"}) {
    const RedirectRule rule = rule_of(home);
    const auto found = redirect(rule, {"eu.pool.example", std::nullopt});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->to.security, rule.home.security);
    EXPECT_EQ(found->to.port, 7);
    EXPECT_EQ(redirect(rule, {"", 8})->to.port, 8);
  }
}

TEST(Redirect, WaitsAtMostAMinute) {
  const RedirectRule rule = rule_of("stratum+tcp://pool.example");
  const auto found = redirect(rule, {"", std::nullopt, std::chrono::minutes(1)});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->wait, std::chrono::minutes(1));
  EXPECT_FALSE(redirect(rule, {"", std::nullopt, base::Micros(60'000'001)}).ok());
}

TEST(Redirect, AllowedHostsAreNamesAndAddresses) {
  const auto hosts = parse_redirect_hosts("a.example,192.0.2.7,[::1],2001:db8::7");
  ASSERT_TRUE(hosts.ok()) << hosts.message();
  EXPECT_THAT(*hosts, ElementsAre("a.example", "192.0.2.7", "::1", "2001:db8::7"));
  for (const char* bad : {"", ",", "a.example,", "a.example:3333", "stratum+tcp://a.example", "a b",
                          "[::1", "*.example"}) {
    EXPECT_FALSE(parse_redirect_hosts(bad).ok()) << bad;
  }
}

/// A session whose pool is at eu1.pool.example.
ClientSession session_at_home(bool logged_in) {
  ClientConfig config{"tester/1", "alice.rig", "x"};
  config.redirects = rule_of("stratum+tcp://eu1.pool.example");
  ClientSession session(config, kOurNow);
  EXPECT_TRUE(session.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow).ok());
  if (logged_in) {
    EXPECT_TRUE(session.feed(codec::write_true(2), kOurNow).ok());
  }
  drain(session);
  return session;
}

std::vector<std::string> told(const std::string& params, bool logged_in = true) {
  auto session = session_at_home(logged_in);
  const std::string line = R"({"id":null,"method":"client.reconnect","params":)" + params + "}\n";
  EXPECT_TRUE(session.feed(line, kOurNow).ok()) << params;
  return drain(session);
}

TEST(Redirect, ASessionTellsItsOwnerWhereItLeads) {
  EXPECT_THAT(told(R"(["eu2.pool.example",4444,1500])"),
              ElementsAre("Redirected stratum+tcp://eu2.pool.example:4444 in 1500 ms"));
  for (const char* same : {R"(["",0,0])", R"(["",0])", R"(["",0,null])"}) {
    EXPECT_THAT(told(same), ElementsAre("Redirected stratum+tcp://eu1.pool.example:3333 in 0 ms"))
        << same;
  }
}

TEST(Redirect, WhatIsNotFollowedIsOneMessage) {
  constexpr const char* kNotFollowed = "Message asks to reconnect elsewhere: not followed";
  EXPECT_THAT(told(R"(["eu2.pool.example",3333,0])", /*logged_in=*/false),
              ElementsAre(kNotFollowed));
  for (const char* params : {R"(["evil.example",3333,0])", R"(["",65536,0])", R"(["",-1,0])",
                             R"(["","3333",0])", R"(["",3333,60001])", R"(["",3333,-1])",
                             R"([7,3333,0])", R"(["",1e3,0])", R"(["",3333,4294967296])"}) {
    EXPECT_THAT(told(params), ElementsAre(StartsWith(std::string(kNotFollowed) + ": "))) << params;
  }
  const std::string long_host = fmt::format(R"(["{}",3333,0])", std::string(254, 'a'));
  EXPECT_THAT(told(long_host), ElementsAre(StartsWith(kNotFollowed)));
}

TEST(Redirect, IsReadAsItIsWritten) {
  auto session = session_at_home(true);
  ASSERT_TRUE(
      session
          .feed(codec::write_reconnect({"eu2.pool.example", 1, std::chrono::seconds(2)}), kOurNow)
          .ok());
  ASSERT_TRUE(session.feed(codec::write_reconnect({}), kOurNow).ok());
  EXPECT_THAT(drain(session),
              ElementsAre("Redirected stratum+tcp://eu2.pool.example:1 in 2000 ms",
                          "Redirected stratum+tcp://eu1.pool.example:3333 in 0 ms"));
}

}  // namespace
}  // namespace stratum
