#include "pool/audit_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "pool/audit_file.h"
#include "tests/pool/audit_rig.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::kNoon;
using tests::seconds;

constexpr base::Micros kDay = std::chrono::hours(24);

/// Notes the fields of lines about audits that were left out.
class LeftOut final : public base::LogSink {
 public:
  void write(const base::LogRecord& record) override {
    if (record.message != "audits are left out") return;
    ++lines;
    for (const base::LogField& field : record.fields) {
      if (const auto* count = std::get_if<std::uint64_t>(&field.value)) audits += *count;
    }
  }
  int lines = 0;  // by the writer's thread; read after its end
  std::uint64_t audits = 0;
};

class AuditWriterTest : public testing::Test {
 protected:
  std::unique_ptr<AuditWriter> open(std::uint32_t days = 0, base::LogSink* sink = nullptr) {
    auto writer = AuditWriter::open({folder_.path(), days}, sink == nullptr ? log_ : *sink, wall_);
    EXPECT_TRUE(writer.ok());
    return std::move(writer).value();
  }
  static std::shared_ptr<const AuditRecord> record(const std::string& sprint) {
    AuditRecord record = tests::make_audit(1, {1, 1, 1});
    record.header.sprint = sprint;
    return std::make_shared<const AuditRecord>(std::move(record));
  }
  /// A file that was written last at a time.
  void put(const std::string& name, base::UnixTime at) const {
    const std::string path = folder_.put(name, "x");
    const auto since = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
    const timespec times[] = {{since, 0}, {since, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }

  tests::AuditFolder folder_;
  tests::LogBook log_;
  base::ManualClock clock_;
  base::SteadyWallClock wall_{clock_, kNoon};
};

TEST_F(AuditWriterTest, WritesAllThatWaitsBeforeItEnds) {
  std::vector<std::string> names;
  {
    const auto writer = open();
    for (char c = 'a'; c < 'a' + static_cast<char>(AuditWriter::kMaxWaiting); ++c) {
      writer->keep(record(std::string(1, c)));
      names.push_back(std::string(1, c) + ".audit.jsonl");
    }
  }
  EXPECT_EQ(folder_.names(), names);
  EXPECT_EQ(load_audit(folder_.path() + "/c.audit.jsonl").value(), *record("c"));
  EXPECT_EQ(log_.warnings(""), 0U);
}

TEST_F(AuditWriterTest, MakesItsFolderOrSaysWhyNot) {
  const std::string deep = folder_.path() + "/a/b";
  ASSERT_TRUE(AuditWriter::open({deep, 0}, log_, wall_).ok());
  EXPECT_TRUE(std::filesystem::is_directory(deep));
  const std::string file = folder_.put("file", "");
  const auto refused = AuditWriter::open({file + "/x", 0}, log_, wall_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.message(), HasSubstr("folder of audits " + file + "/x: "));
}

TEST_F(AuditWriterTest, DeletesWhatIsTooOldAndNothingElse) {
  put("old.audit.jsonl", kNoon - 3 * kDay - seconds(1));
  put("cut.audit.jsonl.tmp", kNoon - 4 * kDay);
  put("young.audit.jsonl", kNoon - 3 * kDay + seconds(1));
  put("notes.jsonl", kNoon - 9 * kDay);
  put("Mine.audit.jsonl", kNoon - 9 * kDay);
  std::filesystem::create_directory(folder_.path() + "/folder.audit.jsonl");
  { const auto writer = open(3); }
  EXPECT_THAT(folder_.names(), ElementsAre("Mine.audit.jsonl", "folder.audit.jsonl", "notes.jsonl",
                                           "young.audit.jsonl"));
  EXPECT_EQ(log_.count("old audits deleted"), 1U);
}

TEST_F(AuditWriterTest, DeletesNothingWhereAllIsKept) {
  put("old.audit.jsonl", kNoon - 9000 * kDay);
  { const auto writer = open(0); }
  EXPECT_THAT(folder_.names(), ElementsAre("old.audit.jsonl"));
}

TEST_F(AuditWriterTest, LooksForOldOnesAgainAfterAnHour) {
  put("old.audit.jsonl", kNoon + seconds(7200));
  {
    const auto writer = open(3);
    writer->keep(record("first"));
    while (!std::filesystem::exists(folder_.path() + "/first.audit.jsonl")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_THAT(folder_.names(), testing::Contains("old.audit.jsonl")) << "it is young yet";
    clock_.advance(4 * kDay);
    writer->keep(record("new"));
  }
  EXPECT_THAT(folder_.names(), testing::Not(testing::Contains("old.audit.jsonl")));
}

TEST_F(AuditWriterTest, AFailureCostsItsAuditAndOneLineInTenSeconds) {
  LeftOut log;
  std::filesystem::create_directories(folder_.path() + "/bad.audit.jsonl/x");
  {
    const auto writer = open(0, &log);
    for (int i = 0; i < 5; ++i) writer->keep(record("bad"));
    writer->keep(record("good"));
  }
  EXPECT_EQ(log.audits, 5U);
  EXPECT_EQ(log.lines, 2) << "the first, and the rest at the end";
  EXPECT_THAT(folder_.names(), ElementsAre("bad.audit.jsonl", "good.audit.jsonl"));
}

TEST_F(AuditWriterTest, LeavesTheLastOfTheDiskToThePool) {
  LeftOut log;
  {
    const auto writer = AuditWriter::open({folder_.path(), 0, UINT64_MAX}, log, wall_);
    ASSERT_TRUE(writer.ok());
    (*writer)->keep(record("none"));
  }
  EXPECT_EQ(log.audits, 1U);
  EXPECT_THAT(folder_.names(), testing::IsEmpty());
}

TEST_F(AuditWriterTest, NobodyWaitsForADiskThatHangs) {
  LeftOut log;
  const std::string pipe = folder_.path() + "/hangs.audit.jsonl.tmp";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);  // opening it waits for a reader
  const std::uint64_t count = 3 * AuditWriter::kMaxWaiting;
  int reader = -1;
  {
    const auto writer = open(0, &log);
    writer->keep(record("hangs"));
    for (std::uint64_t i = 1; i < count; ++i) writer->keep(record("s-" + std::to_string(i)));
    reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader, 0);
  }
  close(reader);
  EXPECT_GE(log.audits, count - AuditWriter::kMaxWaiting - 1);
  EXPECT_EQ(folder_.names().size() + log.audits, count) << "each is written or counted";
}

}  // namespace
}  // namespace pool
