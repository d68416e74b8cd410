#include "miner/spool_record.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "miner/crc32c.h"
#include "tests/miner/spool_support.h"
#include "tests/miner/support.h"

namespace miner::spool {
namespace {

/// The line of a record, as a reader cuts it out.
std::string line_of(const Record& record) {
  std::string text = to_text(record);
  EXPECT_TRUE(text.ends_with('\n'));
  text.pop_back();
  return text.substr(text.find_first_not_of('\n'));
}

std::string sealed(const std::string& body) {
  return fmt::format("{} crc32c={:08x}", body, crc32c(body));
}

TEST(Crc32c, KnownAnswers) {  // RFC 3720, appendix B.4, and the check value of the polynomial
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(SpoolRecord, LooksLikeThis) {
  SpooledShare share = tests::make_share(1);
  share.claim.nonce = 0x0123456789abcdef;
  EXPECT_EQ(to_text(Found{7, share}),
            "\n" +
                sealed("found 7 s-1 1 0123456789abcdef 0101010101010101010101010101010101010101010"
                       "101010101010101010101 1001 1700000060000000") +
                "\n");
  EXPECT_EQ(to_text(Settled{7}), "\n" + sealed("settled 7") + "\n");
  EXPECT_EQ(to_text(Header{"stratum+tls://p.example alice\\\n"}),
            sealed("sprintminer-spool 1 stratum+tls://p.example\\x20alice\\x5c\\x0a") + "\n");
}

class SpoolRecordProperty : public tests::SeededTest {};

TEST_P(SpoolRecordProperty, ComesBackAsItWas) {
  std::mt19937_64 random(GetParam());
  for (int i = 0; i < 2000; ++i) {
    const Record found = Found{std::max<SpoolId>(1, random()), tests::random_share(random)};
    EXPECT_EQ(from_line(line_of(found)), found);
    const Record settled = Settled{std::max<SpoolId>(1, random())};
    EXPECT_EQ(from_line(line_of(settled)), settled);
    std::string name(random() % (kMaxNameBytes + 1), ' ');
    for (char& c : name) c = static_cast<char>(random());
    const std::string line = line_of(Header{name});
    EXPECT_LE(line.size(), kMaxLineBytes);
    EXPECT_EQ(from_line(line), Record(Header{name}));
  }
}

TEST_P(SpoolRecordProperty, IsRefusedWithAnyByteChanged) {
  std::mt19937_64 random(GetParam());
  const std::string line = line_of(Found{3, tests::random_share(random)});
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      std::string changed = line;
      changed[at] = static_cast<char>(changed[at] ^ change);
      EXPECT_FALSE(from_line(changed)) << changed;
    }
    EXPECT_FALSE(from_line(line.substr(0, at)));
    EXPECT_FALSE(from_line(line.substr(at + 1)));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpoolRecordProperty, ::testing::Values(1u, 2u, 3u));

TEST(SpoolRecord, ChecksTheRangeOfEveryField) {
  const std::string digest(64, 'a');
  const std::string nonce = "0123456789abcdef";
  const auto found = [&](const std::string& id, const std::string& sprint, const std::string& lease,
                         const std::string& hex, const std::string& rest) {
    return sealed("found " + id + " " + sprint + " " + lease + " " + hex + " " + rest);
  };
  ASSERT_TRUE(from_line(found("1", "s", "2", nonce, digest + " 1 5")));
  ASSERT_TRUE(from_line(found("18446744073709551615", std::string(32, 's'), "9007199254740991",
                              nonce, digest + " 9007199254740991 9007199254740991")));
  for (const std::string& line : {
           found("0", "s", "2", nonce, digest + " 1 5"),
           found("18446744073709551616", "s", "2", nonce, digest + " 1 5"),
           found("-1", "s", "2", nonce, digest + " 1 5"),
           found("01", "s", "2", nonce, digest + " 1 5"),  // to_text writes 1
           found("1", "s", "02", nonce, digest + " 1 5"),
           found("1", "s", "2", nonce, digest + " 01 5"),
           found("1", "s", "2", nonce, digest + " 1 05"),
           found("", "s", "2", nonce, digest + " 1 5"),
           found("1", "", "2", nonce, digest + " 1 5"),
           found("1", "S", "2", nonce, digest + " 1 5"),
           found("1", "../s", "2", nonce, digest + " 1 5"),
           found("1", std::string(33, 's'), "2", nonce, digest + " 1 5"),
           found("1", "s", "9007199254740992", nonce, digest + " 1 5"),
           found("1", "s", "2", "0123456789ABCDEF", digest + " 1 5"),
           found("1", "s", "2", "123456789abcdef", digest + " 1 5"),
           found("1", "s", "2", nonce, digest + "a 1 5"),
           found("1", "s", "2", nonce, digest + " 0 5"),
           found("1", "s", "2", nonce, digest + " 9007199254740992 5"),
           found("1", "s", "2", nonce, digest + " 1 9007199254740992"),
           found("1", "s", "2", nonce, digest + " 1 -5"),
           found("1", "s", "2", nonce, digest + " 1"),
           found("1", "s", "2", nonce, digest + " 1 5 6"),
           found("1", "s", "2", nonce, digest + " 1  5"),
           found("1", "s", "2", nonce, digest + " 1 5 "),
           sealed("settled 0"),
           sealed("settled"),
           sealed("settled 1 2"),
           sealed("found"),
           sealed("lost 1"),
           sealed("sprintminer-spool 2 name"),
           sealed("sprintminer-spool 1 a b"),
           sealed("sprintminer-spool 1 \\x4"),
           sealed("sprintminer-spool 1 \\x4G"),
           sealed("sprintminer-spool 1 \\n"),
           sealed("sprintminer-spool 1 \\x41"),  // to_text writes an A
           sealed("sprintminer-spool 1 " + std::string(kMaxNameBytes + 1, 'a')),
           sealed(std::string(5000, 'a')),
           sealed(""),
           std::string(),
           std::string(" crc32c=00000000"),
       }) {
    EXPECT_FALSE(from_line(line)) << line;
  }
}

}  // namespace
}  // namespace miner::spool
