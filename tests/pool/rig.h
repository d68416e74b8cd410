#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "pool/pool.h"
#include "pool/statistics.h"
#include "stratum/server_session.h"

// What the tests of the pool share: a log to look into, a checker answered by hand, a pool on a
// clock turned by hand, and miners that speak lines to it.
namespace tests {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Noon of some day on the pool's clock.
constexpr base::UnixTime kNoon{seconds(1'800'000'000)};

/// Keeps what is logged. Any thread.
class LogBook final : public base::LogSink {
 public:
  void write(const base::LogRecord& record) override;
  /// Lines that contain `text`.
  std::size_t count(std::string_view text) const;
  /// Of those, warnings and errors.
  std::size_t warnings(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<std::string> warnings_;
};

/// Bytes that count up: reproducible, never the same twice. Those for sessions count by themselves,
/// so that ids of sprints do not depend on who connects.
pool::RandomSource counting_random();

/// The digest that the tests call right for a key; no model is needed.
poc::Digest right_digest(const poc::InputKey& key);

/// Keeps the jobs until a test answers them.
class HandChecker final : public pool::Checker {
 public:
  bool check(const poc::ModelSpec& model, const std::optional<pool::CheckJob>& job) override;

  /// Takes all jobs that wait, as one answer with the right digests.
  pool::Checked right();
  /// The same, but these come out wrong.
  pool::Checked right_but_for(const std::function<bool(const pool::CheckJob&)>& is_wrong);
  /// Takes all jobs that wait, as one that failed.
  pool::Checked failed(const std::string& why);

  std::size_t capacity = 1'000'000;
  std::vector<poc::ModelSpec> prepared;
  std::vector<pool::CheckJob> jobs;
};

/// Keeps the records, and makes a database's content of them.
class HandJournal final : public pool::Journal {
 public:
  std::uint64_t write(pool::Record record) override;
  /// What a later run is given.
  pool::Saved saved() const;

  std::vector<pool::Record> records;
  pool::Saved earlier = {};     ///< what runs before left
  bool writes_at_once = false;  ///< the rig tells the pool so
  base::Bytes32 key{7};
};

/// Keeps the audits of one run.
class AuditBox final : public pool::AuditKeeper {
 public:
  void keep(std::shared_ptr<const pool::AuditRecord> record) override {
    records.push_back(std::move(record));
  }
  std::vector<std::shared_ptr<const pool::AuditRecord>> records;
};

class PoolRig;

/// A miner's end of a connection, by lines.
class TestMiner {
 public:
  TestMiner(PoolRig& rig, std::uint64_t id, std::string to);

  /// Sends a request and returns its answer as a line; empty if there was none.
  std::string ask(const std::string& method, const std::string& params);
  /// As `ask`, but only the error's code; 0 for a result.
  int code_of(const std::string& method, const std::string& params);
  void log_in();
  void leave();
  /// Subscribes with a token; whether the session was resumed.
  bool resume(const std::string& with);
  /// The newest token that was given.
  const std::string& token() const { return token_; }
  /// Sends a request whose answer may come later, and returns its id.
  std::uint64_t send(const std::string& method, const std::string& params);
  std::uint64_t send_submit(const std::string& sprint, const stratum::Lease& lease,
                            std::uint64_t nonce, const poc::Digest& digest, std::uint64_t seq);
  std::size_t answers() const { return answers_.size(); }

  /// The first lease of `sprint.ready` with one device.
  stratum::Lease ready(const std::string& sprint, std::uint32_t device = 0, std::uint64_t rate = 0);
  /// Submits; returns the code.
  int submit(const std::string& sprint, const stratum::Lease& lease, std::uint64_t nonce,
             const poc::Digest& digest, std::uint64_t seq);
  std::uint64_t withdraw(const std::string& sprint, std::uint64_t seq);
  /// The right digest of a nonce in a sprint that was announced and started here.
  poc::Digest digest(const std::string& sprint, std::uint64_t nonce) const;

  /// Notices so far, as "method sprint", oldest first; and their lines.
  std::vector<std::string> heard() const;
  /// The parameters of the last notice of this method about a sprint.
  std::string last(const std::string& method, const std::string& sprint) const;
  bool heard(const std::string& method, const std::string& sprint) const {
    return !last(method, sprint).empty();
  }

  /// A message for a person came.
  bool told_something() const;

  std::size_t times_heard(const std::string& method, const std::string& sprint) const;

  void take_output();
  stratum::ServerSession session{"rig"};
  std::string account;  ///< who submits

 private:
  struct Line {
    std::string method;
    std::string sprint;
    std::string params;
  };
  static poc::Seed model_seed_of(const rapidjson::Value& announcement);

  PoolRig& rig_;
  const std::uint64_t id_;
  std::string token_;
  std::vector<Line> notices_;
  std::map<std::uint64_t, std::string> answers_;
  std::uint64_t last_request_ = 0;
};

/// A pool, its clock, its checker and its miners.
class PoolRig {
 public:
  explicit PoolRig(const pool::Config& config, HandJournal* journal = nullptr,
                   const pool::Saved& saved = {}, base::UnixTime at = kNoon,
                   pool::Beacon* beacon = nullptr);

  /// A new connection; logged in if an account is given. From an exempt peer, if no network is.
  TestMiner& connect(const std::string& account, const std::string& network = {});

  /// Turns the clock and lets the pool do what is due.
  void at(base::UnixTime time);
  /// Answers all jobs that wait with the right digests.
  void verify();
  /// Whether all miners' output was looked at: called after everything.
  void settle();

  /// The id of the sprint of this number, from the announcements.
  std::string sprint(std::uint64_t number) const;

  LogBook log;
  HandChecker checker;
  base::UnixTime now;
  pool::NoJournal no_journal;
  HandJournal* const journal;  ///< may be missing
  base::ManualClock clock;     ///< of the statistics alone, stands still
  pool::Statistics statistics;
  AuditBox audits;
  pool::Pool pool;
  std::map<std::string, stratum::StartNotice> starts;  ///< told so far
  std::map<std::string, poc::ModelSpec> models;        ///< announced so far

 private:
  friend class TestMiner;
  std::deque<std::unique_ptr<TestMiner>> miners_;
  std::vector<std::string> announced_;
};

/// Sprints of 20 s, announced 10 s before, D = 1, profile nano.
pool::Config rig_config();

}  // namespace tests
