#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <sstream>

#include "pool/audit_file.h"
#include "pool/cli/command_audit.h"
#include "tests/pool/audit_rig.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::seconds;

class AuditCommand : public testing::Test {
 protected:
  int run(std::size_t check = 1000, bool json = false) {
    out_.str("");
    progress_.str("");
    return run_audit({file_, check, json},
                     {out_, progress_, verifier_, tests::seeded_random(1), clock_});
  }
  void write(const AuditRecord& record) { file_ = write_audit(record, folder_.path()).value(); }
  rapidjson::Document document() const {
    rapidjson::Document document;
    document.Parse(out_.str().c_str());
    EXPECT_FALSE(document.HasParseError()) << out_.str();
    return document;
  }

  tests::AuditFolder folder_;
  std::string file_;
  AuditRecord record_ = tests::make_audit(4, {12, 8, 3});
  tests::FakeVerifier verifier_;
  base::ManualClock clock_;
  std::ostringstream out_;
  std::ostringstream progress_;
};

TEST_F(AuditCommand, SaysALineACheckAndEndsWithZero) {
  write(record_);
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(out_.str(),
              StartsWith("sprint s-0001 of pool.example, profile 1,128,128, 20.0 s from "
                         "2027-01-15 08:00:00 UTC\n12 leases; "));
  EXPECT_THAT(out_.str(), HasSubstr("\nok        commitment     1 of 1 sprint\n"));
  EXPECT_THAT(out_.str(), HasSubstr("\nok        root "));
  EXPECT_THAT(out_.str(), HasSubstr("\nall checks passed; "));
  EXPECT_THAT(out_.str(), Not(HasSubstr("fault")));
  EXPECT_EQ(progress_.str(), "") << "nothing took long";
}

TEST_F(AuditCommand, EndsWithOneWhereACheckFails) {
  ++record_.outcome.total;
  write(record_);
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(out_.str(), HasSubstr("\nfailed    credits "));
  EXPECT_THAT(out_.str(), HasSubstr("\n          the total is "));
  EXPECT_THAT(out_.str(), HasSubstr("\nthe audit does not hold; "));
}

TEST_F(AuditCommand, EndsWithTwoWhereTheFileCannotBeRead) {
  file_ = folder_.put("bad", "{}\n");
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(progress_.str(), "audit: " + file_ + ":1: no line of an audit\n");
  EXPECT_EQ(run(0, true), 2);
  EXPECT_STREQ(document()["outcome"].GetString(), "unreadable");
}

TEST_F(AuditCommand, EndsWithTwoWhereSharesCannotBeRecomputed) {
  verifier_.fails_after = 0;
  write(record_);
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(out_.str(), HasSubstr("\nnot done  digests "));
  EXPECT_THAT(out_.str(), HasSubstr(": the device is gone\n"));
  EXPECT_EQ(run(0), 0) << "none was asked for";
}

TEST_F(AuditCommand, TheDocumentSaysTheSame) {
  write(record_);
  EXPECT_EQ(run(3, true), 0);
  EXPECT_EQ(out_.str().find('\n'), out_.str().size() - 1) << "one line";
  const auto good = document();
  EXPECT_STREQ(good["outcome"].GetString(), "ok");
  EXPECT_STREQ(good["sprint"].GetString(), "s-0001");
  EXPECT_EQ(good["shares"].GetUint64(), record_.shares.size());
  EXPECT_EQ(good["credit_nonces"].GetUint64(), record_.outcome.total);
  EXPECT_EQ(good["root"].GetString(), base::to_hex(record_.outcome.root));
  EXPECT_EQ(good["checks"].Size(), 14U);
  EXPECT_EQ(good["recomputed"].GetUint64(), 6U) << "3 of each kind";
  record_.header.commitment[0] ^= 1;
  write(record_);
  EXPECT_EQ(run(3, true), 1);
  const auto bad = document();
  EXPECT_STREQ(bad["outcome"].GetString(), "failed");
  for (const auto& check : bad["checks"].GetArray()) {
    const bool it = std::string(check["check"].GetString()) == "commitment";
    EXPECT_EQ(check["told"].Size(), it ? 1U : 0U);
  }
}

TEST_F(AuditCommand, TellsHowFarItIsOnceItTakesLong) {
  verifier_.on_group = [this] { clock_.advance(std::chrono::milliseconds(600)); };
  write(record_);
  ASSERT_GT(record_.outcome.recomputed, 32U) << "three groups at least";
  EXPECT_EQ(run(), 0);
  const std::string of = " of " + std::to_string(record_.outcome.recomputed) + " shares\n";
  EXPECT_EQ(progress_.str(), "recomputed 32" + of);
}

}  // namespace
}  // namespace pool
