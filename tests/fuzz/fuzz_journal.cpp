// Whatever rows a pool's database holds: what is loaded keeps what journal_file.h promises, and a
// pool goes on with it.
//
// A line of the input is a row: "TABLE|VALUE|VALUE..", a value "#123" an integer, "~" NULL,
// anything else a text.
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "poc/target.h"
#include "pool/journal_file.h"
#include "pool/pool.h"
#include "stratum/server_session.h"

namespace {

/// In the middle of the third sprint of the seeds.
constexpr base::UnixTime kNow{std::chrono::seconds(1'795'787'863)};
constexpr std::size_t kMaxRows = 200;
const std::map<std::string, int, std::less<>> kColumns = {
    {"sprints", 19}, {"sessions", 3}, {"leases", 7}, {"shares", 8}, {"repeats", 6}, {"meta", 2}};

bool counting(std::span<std::uint8_t> bytes) {
  static std::uint8_t next = 0;
  for (std::uint8_t& byte : bytes) byte = next++;
  return true;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// One database for all inputs, in memory where there is such a folder; rows are changed behind the
/// journal's back, as a person would.
class Rows {
 public:
  Rows() {
    const std::string root = access("/dev/shm", W_OK) == 0
                                 ? std::string("/dev/shm")
                                 : std::filesystem::temp_directory_path().string();
    folder_ = root + "/fuzz_journal_XXXXXX";
    CHECK(mkdtemp(folder_.data()) != nullptr);
    const std::string path = folder_ + "/pool.db";
    auto opened = pool::JournalFile::open(path, "rig", kNow, counting);
    CHECK(opened.ok());
    file_ = std::move(*opened);
    CHECK(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK);
    run("PRAGMA synchronous = OFF; CREATE TEMP TABLE kept AS SELECT * FROM meta");
  }
  ~Rows() {
    sqlite3_close(handle_);
    file_.reset();
    std::filesystem::remove_all(folder_);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  pool::JournalFile& file() { return *file_; }

  void replace(std::string_view input) {
    run("BEGIN; DELETE FROM meta; INSERT INTO meta SELECT * FROM kept");
    for (const auto& [table, columns] : kColumns) {
      if (table != "meta") run(("DELETE FROM " + table).c_str());
    }
    std::size_t rows = 0;
    for (const std::string& line : split(input, '\n')) {
      if (++rows <= kMaxRows) insert(split(line, '|'));
    }
    run("COMMIT");
  }

 private:
  void run(const char* sql) {
    CHECK(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }

  void insert(const std::vector<std::string>& words) {
    const auto table = kColumns.find(words.front());
    if (table == kColumns.end()) return;
    std::string sql = "INSERT OR REPLACE INTO " + table->first + " VALUES (?";
    for (int i = 1; i < table->second; ++i) sql += ",?";
    sqlite3_stmt* statement = nullptr;
    CHECK(sqlite3_prepare_v2(handle_, (sql + ")").c_str(), -1, &statement, nullptr) == SQLITE_OK);
    for (int i = 1; i <= table->second && i < static_cast<int>(words.size()); ++i) {
      bind(statement, i, words[static_cast<std::size_t>(i)]);
    }
    sqlite3_step(statement);  // what no table takes is left out
    sqlite3_finalize(statement);
  }
  static void bind(sqlite3_stmt* statement, int index, const std::string& word) {
    if (word == "~") return;
    if (word.starts_with('#')) {
      sqlite3_bind_int64(statement, index, std::strtoll(word.c_str() + 1, nullptr, 10));
    } else {
      sqlite3_bind_text(statement, index, word.data(), static_cast<int>(word.size()),
                        SQLITE_TRANSIENT);
    }
  }

  std::string folder_;
  std::unique_ptr<pool::JournalFile> file_;
  sqlite3* handle_ = nullptr;
};

void check_race(const pool::Saved::Race& race, const std::set<pool::SessionId>& sessions) {
  std::set<std::uint64_t> taken;
  for (const auto& [share, state] : race.shares) {
    CHECK(sessions.contains(share.session) && share.sprint == race.sprint.number);
    CHECK(share.difficulty >= 1 && share.difficulty <= poc::kMaxDifficulty);
    const bool live =
        state == pool::Share::State::kStored || state == pool::Share::State::kVerified;
    if (live) CHECK(taken.insert(share.nonce).second);
  }
  for (const auto& [session, lease] : race.leases) {
    CHECK(sessions.contains(session) && lease.id >= 1 && lease.bits >= 16 && lease.bits <= 48);
    CHECK((lease.base & (lease.size() - 1)) == 0 && lease.difficulty >= 1);
  }
  for (const auto& repeat : race.repeats) CHECK(sessions.contains(repeat.session));
  CHECK(race.sprint.start.t0 < race.sprint.start.t_end);
}

void check_saved(const pool::Saved& saved) {
  std::set<pool::SessionId> sessions;
  for (const auto& joined : saved.sessions) {
    CHECK(sessions.insert(joined.session).second && !joined.account.empty());
  }
  std::uint64_t last = 0;
  for (const pool::Saved::Race& race : saved.races) {
    CHECK(race.sprint.number > last && race.sprint.number <= saved.last_sprint);
    last = race.sprint.number;
    check_race(race, sessions);
  }
}

class Silence final : public base::LogSink {
  void write(const base::LogRecord&) override {}
};

/// Says that every share is right, or takes none.
class EasyChecker final : public pool::Checker {
 public:
  bool check(const poc::ModelSpec&, const std::optional<pool::CheckJob>& job) override {
    if (job) jobs.push_back(*job);
    return true;
  }
  std::vector<pool::CheckJob> jobs;
};

void go_on(const pool::Saved& saved) {
  pool::Config config;
  config.name = "rig";
  config.profile = {2, 128, 256};
  config.database = "x";
  EasyChecker checker;
  pool::NoJournal journal;
  Silence silence;
  pool::Pool pool(config, {checker, journal, counting, silence}, saved, kNow);
  stratum::ServerSession wire("rig");
  pool.join(1, wire);
  CHECK(wire.feed("{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"x\",null,null]}\n"
                  "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"alice.rig\",\"x\"]}\n",
                  kNow)
            .ok());
  CHECK(pool.handle(1, kNow));
  for (const int seconds : {0, 15, 40}) {
    const base::UnixTime now = kNow + std::chrono::seconds(seconds);
    pool.tick(now);
    for (const pool::CheckJob& job : std::exchange(checker.jobs, {})) {
      pool.checked({{job}, std::vector<poc::Digest>(1)}, now);
    }
  }
  pool.leave(1);
  pool.stop(kNow + std::chrono::hours(2));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Rows rows;
  rows.replace({reinterpret_cast<const char*>(data), size});
  std::size_t bad_rows = 0;
  const auto saved = rows.file().load(bad_rows);
  if (!saved.ok()) {  // what says whose tokens are ours is damaged
    CHECK(saved.message().find("pool.db") != std::string::npos);
    return 0;
  }
  check_saved(*saved);
  std::size_t bad_again = 0;
  const auto again = rows.file().load(bad_again);
  CHECK(again.ok() && again->sessions.size() == saved->sessions.size());
  CHECK(again->races.size() == saved->races.size());
  go_on(*saved);
  return 0;
}
