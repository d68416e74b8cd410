#include "stratum/messages.h"

#include <gtest/gtest.h>

#include "stratum/sprint_secret.h"
#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

// The protocol page, "A sprint".
TEST(SprintSecret, KnownAnswer) {
  base::Bytes32 secret;
  secret.fill(0x11);
  EXPECT_EQ(base::to_hex(commit_to(secret)),
            "66c18a1c966fdea82426c905f9f0b24f182d51123705c755c9770f27fd709773");
  EXPECT_EQ(base::to_hex(make_start_seed("pool.example", "s-0001", secret, "none")),
            "08b25c4b9bae4e89c9751d507696e2065c0a9bb8f269c15e365070245e60eeac");
}

TEST(SprintSecret, EveryInputChangesTheSeed) {
  base::Bytes32 secret{};
  const auto seed = make_start_seed("p", "s", secret, "b");
  EXPECT_NE(make_start_seed("q", "s", secret, "b"), seed);
  EXPECT_NE(make_start_seed("p", "t", secret, "b"), seed);
  EXPECT_NE(make_start_seed("p", "s", secret, "c"), seed);
  EXPECT_NE(make_start_seed("ps", "", secret, "b"), make_start_seed("p", "s", secret, "b"));
  secret[31] = 1;
  EXPECT_NE(make_start_seed("p", "s", secret, "b"), seed);
}

TEST(Messages, SprintIds) {
  for (const char* good : {"a", "0", "-", "s-0001", "abcdefghijklmnopqrstuvwxyz012345"}) {
    EXPECT_TRUE(is_sprint_id(good)) << good;
  }
  for (const char* bad :
       {"", "S-1", "s_1", "s 1", "s.1", "\xc3\xa4", "abcdefghijklmnopqrstuvwxyz0123456"}) {
    EXPECT_FALSE(is_sprint_id(bad)) << bad;
  }
  EXPECT_FALSE(is_sprint_id(std::string_view("a\0b", 3)));
}

TEST(Messages, AsciiNames) {
  EXPECT_TRUE(is_ascii_name("pool.example ~", 64));
  EXPECT_TRUE(is_ascii_name(std::string(64, 'x'), 64));
  EXPECT_FALSE(is_ascii_name(std::string(65, 'x'), 64));
  for (const char* bad : {"", "\x1f", "\x7f", "\xc3\xa4", "a\nb"}) {
    EXPECT_FALSE(is_ascii_name(bad, 64)) << bad;
  }
}

struct LoginCase {
  std::string text;
  std::optional<Login> login;
};

TEST(Messages, Logins) {
  const std::string account(96, 'a');
  const LoginCase cases[] = {
      {"alice", Login{"alice", ""}},
      {"alice.", Login{"alice", ""}},
      {"alice.rig", Login{"alice", "rig"}},
      {"alice.rig.7", Login{"alice", "rig.7"}},
      {"\xc3\xa4.rig", Login{"\xc3\xa4", "rig"}},
      {account + ".r", Login{account, "r"}},
      {account + "a.r", std::nullopt},
      {"", std::nullopt},
      {".rig", std::nullopt},
      {"alice.\xff", std::nullopt},
      {"a." + std::string(254, 'w'), Login{"a", std::string(254, 'w')}},
      {"a." + std::string(255, 'w'), std::nullopt},
  };
  for (const LoginCase& c : cases) {
    const auto login = parse_login(c.text);
    ASSERT_EQ(login.has_value(), c.login.has_value()) << c.text;
    if (!login) continue;
    EXPECT_EQ(login->account, c.login->account);
    EXPECT_EQ(login->worker, c.login->worker);
  }
}

TEST(Messages, CodesThatNeverLoseAShare) {
  for (int code = 20; code <= 41; ++code) {
    const bool kept = code == 26 || code == 29 || code == 31 || code == 40;
    EXPECT_EQ(is_final(static_cast<Code>(code)), !kept) << code;
  }
}

TEST(Messages, LeaseContainsItsNonces) {
  const Lease lease = sample_lease(3);
  EXPECT_EQ(lease.size(), 1ull << 32);
  EXPECT_FALSE(lease.contains((3ull << 32) - 1));
  EXPECT_TRUE(lease.contains(3ull << 32));
  EXPECT_TRUE(lease.contains((4ull << 32) - 1));
  EXPECT_FALSE(lease.contains(4ull << 32));
}

}  // namespace
}  // namespace stratum
