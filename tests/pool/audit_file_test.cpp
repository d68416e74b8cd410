#include "pool/audit_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "poc/target.h"
#include "tests/places.h"
#include "tests/pool/audit_rig.h"

namespace pool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using State = Share::State;

const std::string kElevens(64, '1');
const std::string kTwos(64, '2');
const std::string kThrees(64, '3');

/// Written by hand after the page. Its sums are not right: that is not the reader's.
const std::string kHeader =
    R"({"format":"sprint-audit/1","pool":"pool.example","sprint":"s-0001","profile":[1,128,256],)"
    R"("model_seed":")" +
    kTwos + R"(","t0":1800000000000000,"t_end":1800000020000000,"commitment":")" + kThrees +
    R"(","beacon":"drand:7","drawn":"abc","secret":")" + kElevens + R"(","start_seed":")" + kTwos +
    "\"}\n";
const std::string kLease = R"({"lease":3,"account":")" + kElevens +
                           R"(","n":4294967295,"base":"00000000000a0000","bits":17,)"
                           R"("difficulty":9007199254740991})" +
                           "\n";
const std::string kShare = R"({"nonce":"00000000000a0001","digest":")" + kThrees +
                           R"(","account":")" + kElevens +
                           R"(","difficulty":12,"state":"withdrawn"})" + "\n";
const std::string kCredit = R"({"account":")" + kElevens + R"(","credit":5})" + "\n";
const std::string kEnd =
    R"({"leases":1,"shares":1,"credits":1,"policy":"all","recomputed":2,"total":5,"root":")" +
    kTwos + R"(","sha256":")" + std::string(64, '0') + "\"}\n";

std::string sealed(const std::string& text) {
  return tests::resealed(text);
}

TEST(AuditFile, IsReadAsThePageSays) {
  const auto read = tests::read_text(sealed(kHeader + kLease + kShare + kCredit + kEnd));
  ASSERT_TRUE(read.ok()) << read.message();
  base::Bytes32 ones{};
  base::Bytes32 twos{};
  base::Bytes32 threes{};
  ones.fill(0x11);
  twos.fill(0x22);
  threes.fill(0x33);
  const base::UnixTime t0(std::chrono::seconds(1'800'000'000));
  AuditRecord expected;
  expected.header = {
      "pool.example", "s-0001",  {1, 128, 256}, twos, t0,  t0 + std::chrono::seconds(20),
      threes,         "drand:7", "abc",         ones, twos};
  expected.leases = {{{3, UINT32_MAX, 0xa0000, 17, poc::kMaxDifficulty}, ones}};
  expected.shares = {{0xa0001, threes, ones, 12, State::kWithdrawn}};
  expected.credits = {{ones, 5}};
  expected.outcome = {2, 5, twos};
  EXPECT_EQ(*read, expected);
  EXPECT_EQ(tests::text_of(expected), sealed(kHeader + kLease + kShare + kCredit + kEnd))
      << "is written as it is read";
}

TEST(AuditFile, ASampledOneIsWrittenAsItIsRead) {
  AuditRecord record = tests::make_audit(7);
  record.header.draw = {base::Bytes32{3}, "drand:8"};
  record.outcome.draw = {base::Bytes32{4}, "c0ffee"};
  for (AuditCredit& credit : record.credits) credit.rate = SampleRate{{1, 16}, 2};
  record.shares.at(0).state = State::kUnseen;
  record.shares.at(1).state = State::kForfeited;
  const std::string text = tests::text_of(record);
  EXPECT_THAT(text, HasSubstr(R"(,"draw_commitment":"03000)"));
  EXPECT_THAT(text, HasSubstr(R"(,"rate":[1,16,2]})"));
  EXPECT_THAT(text, HasSubstr(R"("policy":"sampled","draw":{"secret":"0400)"));
  const auto read = tests::read_text(text);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(*read, record);
}

TEST(AuditFile, MembersThatThePageDoesNotNameAreIgnored) {
  std::string header = kHeader;
  header.insert(1, R"("later":{"x":[1]},)");
  EXPECT_TRUE(tests::read_text(sealed(header + kLease + kShare + kCredit + kEnd)).ok());
}

TEST(AuditFile, ReadsBackWhatWasWritten) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const AuditRecord record = tests::make_audit(seed);
    const auto read = tests::read_text(tests::text_of(record));
    ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.message();
    ASSERT_EQ(*read, record) << "seed " << seed;
  }
}

/// docs/protocol/audit.jsonl, the page's example.
TEST(AuditFile, ThePagesExampleIsWhatTheProgramWrites) {
  std::mt19937_64 random(53);
  poc::ReferenceVerifier law;
  const AuditRecord record = tests::make_audit(random, law, {2, 2, 3});
  const std::string path = SPRINT_VECTORS_DIR "/../../docs/protocol/audit.jsonl";
  std::ifstream in(path, std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(page, tests::text_of(record));
  const auto read = load_audit(path);
  ASSERT_TRUE(read.ok()) << read.message();
  const auto chosen = tests::seeded_random(1);
  const AuditReport report = check_audit(*read, {100, law, chosen});
  EXPECT_EQ(report.outcome(), AuditCheck::Outcome::kPassed);
  EXPECT_GT(report.recomputed, 2U);
}

TEST(AuditFile, AnEmptySprintHasAFileToo) {
  const AuditRecord record = tests::make_audit(1, {0, 0, 1});
  const auto read = tests::read_text(tests::text_of(record));
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(*read, record);
}

TEST(AuditFile, CutAnywhereItIsUnreadable) {
  const std::string text = tests::text_of(tests::make_audit(2, {3, 2, 2}));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto read = tests::read_text(text.substr(0, size));
    ASSERT_FALSE(read.ok()) << size << " of " << text.size() << " bytes";
    ASSERT_THAT(read.message(), StartsWith("f:")) << size;
  }
}

TEST(AuditFile, ALineLeftOutIsSeen) {
  const std::string text = tests::text_of(tests::make_audit(2, {3, 2, 2}));
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin) + 1;
    std::string less = text;
    less.erase(begin, end - begin);
    EXPECT_FALSE(tests::read_text(less).ok()) << "line at byte " << begin;
    begin = end;
  }
}

TEST(AuditFile, ChangedInAnyByteItIsUnreadable) {
  const std::string text = tests::text_of(tests::make_audit(3, {2, 2, 2}));
  ASSERT_TRUE(tests::read_text(text).ok());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == '7' ? '8' : '7';
    ASSERT_FALSE(tests::read_text(changed).ok()) << "byte " << at << ", '" << text[at] << "'";
  }
}

struct Refusal {
  std::string text;
  std::string why;
};

TEST(AuditFile, ARefusalNamesFileLineAndWhatIsWrong) {
  const auto with = [](std::string line, const std::string& old, const std::string& by) {
    const std::size_t at = line.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return line.replace(at, old.size(), by);
  };
  const std::string rest = kLease + kShare + kCredit + kEnd;
  const Refusal refusals[] = {
      {"", "f:1: missing: the file is cut"},
      {kHeader, "f:2: missing: the file is cut"},
      {"[]\n", "f:1: no line of an audit"},
      {"{\n", "f:1: not JSON"},
      {std::string(5000, ' ') + "\n", "f:1: longer than 4096 bytes"},
      {kHeader.substr(0, 20), "f:1: no newline at its end"},
      {with(kHeader, "audit/1", "audit/2"), "f:1: format: only sprint-audit/1"},
      {with(kHeader, "s-0001", "../s"), "f:1: sprint: not a sprint's id"},
      {with(kHeader, "128,256", "128,257"), "f:1: profile"},
      {with(kHeader, "[1,128,256]", "[1,128]"), "f:1: profile"},
      {with(kHeader, kTwos, kTwos.substr(1)), "f:1: model_seed"},
      {with(kHeader, "1800000000000000", "-1"), "f:1: t0: not an integer"},
      {with(kHeader, "drand:7", ""), "f:1: beacon"},
      {kLease + rest, "f:1: not in its place"},
      {kHeader + kHeader + rest, "f:2: not in its place"},
      {kHeader + kShare + kLease + kCredit + kEnd, "f:3: not in its place"},
      {kHeader + with(kLease, R"("lease":3)", R"("lease":0)"), "f:2: lease: not an integer in 1.."},
      {kHeader + with(kLease, R"("bits":17)", R"("bits":15)"), "f:2: bits"},
      {kHeader + with(kLease, R"("bits":17)", R"("bits":49)"), "f:2: bits"},
      {kHeader + with(kLease, "4294967295", "4294967296"), "f:2: n:"},
      {kHeader + with(kLease, "9007199254740991", "9007199254740992"), "f:2: difficulty"},
      {kHeader + with(kLease, "000a0000", "000A0000"), "f:2: base"},
      {kHeader + kLease + with(kShare, "withdrawn", "stored"), "f:3: state"},
      {kHeader + kLease + with(kShare, R"("difficulty":12)", R"("difficulty":1.5)"),
       "f:3: difficulty"},
      {kHeader + kLease + kShare + with(kCredit, R"("credit":5)", R"("credit":0)"), "f:4: credit"},
      {sealed(kHeader + kLease + kCredit + kEnd), "f:4: it counts 1 leases, 1 shares"},
      {kHeader + kLease + kShare + kCredit + with(kEnd, "\"all\"", "\"some\""),
       "f:5: policy: not all or sampled"},
      {kHeader + kLease + kShare + kCredit + with(kEnd, "\"all\"", "\"sampled\""), "f:5: draw"},
      {kHeader + kLease + kShare + kCredit +
           with(kEnd, R"("policy":"all")",
                R"("policy":"all","draw":{"secret":")" + kTwos + R"(","value":"x"})"),
       "f:5: draw"},
      {with(kHeader, R"("beacon":)", R"("draw_beacon":"none","beacon":)"),
       "f:1: draw_commitment: missing"},
      {kHeader + kLease + kShare + with(kCredit, R"("credit":5)", R"("credit":5,"rate":[1,2])"),
       "f:4: rate: not three integers"},
      {kHeader + kLease + kShare + with(kCredit, R"("credit":5)", R"("credit":5,"rate":[2,1,0])"),
       "f:4: a chance of 2/1"},
      {kHeader + rest, "f:5: sha256"},
      {with(sealed(kHeader + rest), "\"sha256\":", "\"sha256\": "), "f:5: sha256"},
      {sealed(kHeader + rest) + kCredit, "f:6: something follows"},
      {sealed(kHeader + rest) + "\n", "f:6: something follows"},
  };
  for (const Refusal& refusal : refusals) {
    const auto read = tests::read_text(refusal.text);
    ASSERT_FALSE(read.ok()) << refusal.why;
    EXPECT_THAT(read.message(), StartsWith(refusal.why));
  }
}

TEST(AuditFile, OneThatIsNotThereIsNamed) {
  const auto read = load_audit("/no/such/file");
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.message(), StartsWith("/no/such/file: cannot be opened: "));
  const tests::AuditFolder folder;
  EXPECT_FALSE(load_audit(folder.path()).ok()) << "a folder";
}

TEST(AuditFile, IsNamedByItsSprintAndReplacesAnOlderOne) {
  const tests::AuditFolder folder;
  const AuditRecord record = tests::make_audit(1);
  folder.put("s-0001.audit.jsonl", "old");
  folder.put("s-0001.audit.jsonl.tmp", std::string(100'000, 'x'));
  const auto written = write_audit(record, folder.path());
  ASSERT_TRUE(written.ok()) << written.message();
  EXPECT_EQ(*written, folder.path() + "/s-0001.audit.jsonl");
  EXPECT_THAT(folder.names(), ElementsAre("s-0001.audit.jsonl"));
  EXPECT_EQ(load_audit(*written).value(), record);
}

TEST(AuditFile, OneThatCannotBeWrittenLeavesNothingBehind) {
  const auto nowhere = write_audit(tests::make_audit(1), "/no/such/folder");
  ASSERT_FALSE(nowhere.ok());
  EXPECT_THAT(nowhere.message(),
              StartsWith("audit /no/such/folder/s-0001.audit.jsonl cannot be written: "));
  const tests::AuditFolder folder;
  std::filesystem::create_directories(folder.path() + "/s-0001.audit.jsonl/x");
  EXPECT_FALSE(write_audit(tests::make_audit(1), folder.path()).ok());
  EXPECT_THAT(folder.names(), ElementsAre("s-0001.audit.jsonl"));
}

TEST(AuditFile, ASprintIsNoPath) {
  AuditRecord record = tests::make_audit(1);
  record.header.sprint = "../s";
  const tests::AuditFolder folder;
  EXPECT_FALSE(write_audit(record, folder.path()).ok());
}

}  // namespace
}  // namespace pool
