#include "tests/pool/rig.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <utility>

#include "logging/format.h"

namespace tests {
namespace {

std::string to_text(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return buffer.GetString();
}

/// The sprint that a notice is about: params.sprint, or the first of a list.
std::string sprint_of(const rapidjson::Value& params) {
  if (params.IsObject() && params.HasMember("sprint")) return params["sprint"].GetString();
  if (params.IsArray() && !params.Empty() && params[0].IsString()) return params[0].GetString();
  return {};
}

std::size_t count_in(const std::vector<std::string>& lines, std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(),
                    [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

}  // namespace

void LogBook::write(const base::LogRecord& record) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(logging::text_of(record));
  if (record.level >= base::LogLevel::kWarn) warnings_.push_back(lines_.back());
}

std::size_t LogBook::count(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return count_in(lines_, text);
}

std::size_t LogBook::warnings(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return count_in(warnings_, text);
}

pool::RandomSource counting_random() {
  return [next = std::uint8_t{0}, session = 0U](std::span<std::uint8_t> bytes) mutable {
    const bool for_session = bytes.size() == sizeof(pool::SessionId);
    // After 256 bytes shifted by one, so that 256 sessions differ.
    const unsigned round = session / 256;
    for (std::uint8_t& byte : bytes) {
      byte = for_session ? static_cast<std::uint8_t>(++session + round) : next++;
    }
    return true;
  };
}

poc::Digest right_digest(const poc::InputKey& key) {
  return poc::sha256(key);
}

bool HandChecker::check(const poc::ModelSpec& model, const std::optional<pool::CheckJob>& job) {
  if (!job) {
    prepared.push_back(model);
    return true;
  }
  if (jobs.size() >= capacity) return false;
  jobs.push_back(*job);
  return true;
}

pool::Checked HandChecker::right() {
  std::vector<poc::Digest> digests;
  for (const pool::CheckJob& job : jobs) digests.push_back(right_digest(job.key));
  return {std::exchange(jobs, {}), std::move(digests)};
}

pool::Checked HandChecker::right_but_for(
    const std::function<bool(const pool::CheckJob&)>& is_wrong) {
  pool::Checked answer = right();
  for (std::size_t i = 0; i < answer.jobs.size(); ++i) {
    if (is_wrong(answer.jobs[i])) answer.digests.value()[i][0] ^= 1;
  }
  return answer;
}

pool::Checked HandChecker::failed(const std::string& why) {
  return {std::exchange(jobs, {}), base::device_fault(why)};
}

std::uint64_t HandJournal::write(pool::Record record) {
  records.push_back(std::move(record));
  return records.size();
}

namespace {

/// Applies records one after another.
struct Replay {
  pool::Saved saved;

  pool::Saved::Race& race(std::uint64_t number) {
    for (pool::Saved::Race& race : saved.races) {
      if (race.sprint.number == number) return race;
    }
    ADD_FAILURE() << "sprint " << number << " was never announced";
    return saved.races.emplace_back();
  }
  pool::record::Joined& session(pool::SessionId id) {
    for (pool::record::Joined& session : saved.sessions) {
      if (session.session == id) return session;
    }
    ADD_FAILURE() << "session " << id << " never joined";
    return saved.sessions.emplace_back();
  }
  void know(const pool::record::Judged& judged) {
    auto& all = saved.known;
    const auto at = std::lower_bound(all.begin(), all.end(), judged.account,
                                     [](const pool::Saved::Known& known, const std::string& name) {
                                       return known.account < name;
                                     });
    const pool::Saved::Known known{judged.account, judged.reputation, judged.held};
    if (at != all.end() && at->account == judged.account) {
      *at = known;
    } else {
      all.insert(at, known);
    }
  }
  void operator()(const pool::record::Announced& r) {
    saved.races.push_back({r.sprint, false, false, false, {}, {}, {}});
    saved.last_sprint = r.sprint.number;
  }
  void operator()(const pool::record::Started& r) {
    race(r.sprint).started = true;
    race(r.sprint).sprint.start.t0 = r.t0;
    race(r.sprint).sprint.start.t_end = r.t_end;
    if (!r.drawn) return;
    race(r.sprint).sprint.start.beacon = r.drawn->value;
    race(r.sprint).sprint.start.start_seed = r.drawn->start_seed;
  }
  void operator()(const pool::record::Drawn& r) {
    auto& value = race(r.sprint).sprint.draw->value;
    value = r.value.empty() ? std::nullopt : std::optional(r.value);
  }
  void operator()(const pool::record::Closed& r) {
    race(r.sprint).closed = true;
    race(r.sprint).cancelled = r.cancelled;
    for (auto& share : race(r.sprint).shares) {
      const bool passes = r.unseen && share.state == pool::Share::State::kStored;
      if (passes) share.state = pool::Share::State::kUnseen;
    }
    if (!r.settled) return;
    if (r.settled->judged) {
      for (const pool::record::Judged& judged : *r.settled->judged) know(judged);
    } else {
      for (pool::Saved::Known& known : saved.known) known.held.clear();
    }
  }
  void operator()(const pool::record::Joined& r) { saved.sessions.push_back(r); }
  void operator()(const pool::record::Resumed& r) { session(r.session).generation = r.generation; }
  void operator()(const pool::record::Granted& r) {
    session(r.session);
    race(r.sprint).leases.push_back({r.session, r.lease});
  }
  void operator()(const pool::record::Stored& r) {
    session(r.session);
    race(r.sprint).shares.push_back({r, pool::Share::State::kStored});
  }
  void operator()(const pool::record::Repeated& r) {
    session(r.session);
    race(r.sprint).repeats.push_back(r);
  }
  void operator()(const pool::record::Decided& r) {
    auto& shares = race(r.sprint).shares;
    const auto share = std::find_if(shares.rbegin(), shares.rend(), [&](const auto& each) {
      return each.share.nonce == r.nonce && each.share.digest == r.digest;
    });
    if (share == shares.rend()) {
      ADD_FAILURE() << "decided, and never stored";
    } else {
      share->state = r.state;
    }
  }
};

}  // namespace

pool::Saved HandJournal::saved() const {
  Replay replay{earlier};
  replay.saved.key = key;
  for (const pool::Record& record : records) std::visit(replay, record);
  return replay.saved;
}

TestMiner::TestMiner(PoolRig& rig, std::uint64_t id, std::string to)
    : account(std::move(to)), rig_(rig), id_(id) {}

std::uint64_t TestMiner::send(const std::string& method, const std::string& params) {
  const std::uint64_t id = ++last_request_;
  const std::string line =
      fmt::format(R"({{"id":{},"method":"{}","params":{}}})", id, method, params) + "\n";
  EXPECT_TRUE(session.feed(line, rig_.now).ok());
  rig_.pool.handle(id_, rig_.now);
  rig_.settle();
  return id;
}

std::string TestMiner::ask(const std::string& method, const std::string& params) {
  return answers_[send(method, params)];
}

bool TestMiner::resume(const std::string& with) {
  const std::string text = with.empty() ? "null" : "\"" + with + "\"";
  rapidjson::Document answer;
  answer.Parse(ask("mining.subscribe", R"(["rig",)" + text + R"(,"SprintStratum/1"])").c_str());
  EXPECT_TRUE(answer.IsObject() && answer["result"].IsArray());
  if (!answer.IsObject() || !answer["result"].IsArray()) return false;
  const auto& about = answer["result"][3];
  token_ = about["resume"].GetString();
  return about["resumed"].GetBool();
}

int TestMiner::code_of(const std::string& method, const std::string& params) {
  rapidjson::Document answer;
  answer.Parse(ask(method, params).c_str());
  EXPECT_TRUE(answer.IsObject()) << method << " got no answer";
  if (!answer.IsObject() || !answer["error"].IsArray()) return 0;
  return answer["error"][0].GetInt();
}

void TestMiner::log_in() {
  EXPECT_FALSE(resume(""));
  EXPECT_EQ(code_of("mining.authorize", fmt::format(R"(["{}.w",""])", account)), 0);
}

void TestMiner::leave() {
  rig_.pool.leave(id_);
}

stratum::Lease TestMiner::ready(const std::string& sprint, std::uint32_t device,
                                std::uint64_t rate) {
  rapidjson::Document answer;
  answer.Parse(ask("sprint.ready",
                   fmt::format(R"({{"sprint":"{}","devices":[{{"n":{},"name":"d","rate":{}}}]}})",
                               sprint, device, rate))
                   .c_str());
  if (!answer.IsObject() || !answer["result"].IsObject()) return {};
  const auto& lease = answer["result"]["leases"][0];
  return {lease["lease"].GetUint64(), lease["n"].GetUint(),
          *base::u64_from_hex(lease["base"].GetString()), lease["bits"].GetUint(),
          lease["difficulty"].GetUint64()};
}

int TestMiner::submit(const std::string& sprint, const stratum::Lease& lease, std::uint64_t nonce,
                      const poc::Digest& digest, std::uint64_t seq) {
  rapidjson::Document answer;
  answer.Parse(answers_[send_submit(sprint, lease, nonce, digest, seq)].c_str());
  EXPECT_TRUE(answer.IsObject()) << "a submit got no answer";
  if (!answer.IsObject() || !answer["error"].IsArray()) return 0;
  return answer["error"][0].GetInt();
}

std::uint64_t TestMiner::send_submit(const std::string& sprint, const stratum::Lease& lease,
                                     std::uint64_t nonce, const poc::Digest& digest,
                                     std::uint64_t seq) {
  return send("mining.submit",
              fmt::format(R"(["{}.w","{}",{},"{}","{}",{}])", account, sprint, lease.id,
                          base::to_hex(nonce), base::to_hex(digest), seq));
}

std::size_t TestMiner::times_heard(const std::string& method, const std::string& sprint) const {
  return static_cast<std::size_t>(std::count_if(
      notices_.begin(), notices_.end(),
      [&](const Line& line) { return line.method == method && line.sprint == sprint; }));
}

bool TestMiner::told_something() const {
  return std::any_of(notices_.begin(), notices_.end(),
                     [](const Line& line) { return line.method == "client.show_message"; });
}

std::uint64_t TestMiner::withdraw(const std::string& sprint, std::uint64_t seq) {
  rapidjson::Document answer;
  answer.Parse(
      ask("mining.withdraw", fmt::format(R"({{"sprint":"{}","seqs":[{}]}})", sprint, seq)).c_str());
  return answer["result"]["withdrawn"].GetUint64();
}

poc::Digest TestMiner::digest(const std::string& sprint, std::uint64_t nonce) const {
  const stratum::StartNotice& start = rig_.starts.at(sprint);
  const poc::RaceSpec race{rig_.models.at(sprint), start.start_seed, *poc::hash_identity(account)};
  return right_digest(poc::input_key(race, nonce));
}

std::vector<std::string> TestMiner::heard() const {
  std::vector<std::string> all;
  for (const Line& line : notices_) all.push_back(line.method + " " + line.sprint);
  return all;
}

std::string TestMiner::last(const std::string& method, const std::string& sprint) const {
  for (auto line = notices_.rbegin(); line != notices_.rend(); ++line) {
    if (line->method == method && line->sprint == sprint) return line->params;
  }
  return {};
}

poc::Seed TestMiner::model_seed_of(const rapidjson::Value& announcement) {
  return base::bytes32_from_hex(announcement["model_seed"].GetString()).value_or(poc::Seed());
}

void TestMiner::take_output() {
  const std::string output(session.output());
  session.consume(output.size());
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = output.find('\n', at);
    const std::string text = output.substr(at, end - at);
    at = end + 1;
    rapidjson::Document line;
    line.Parse(text.c_str());
    ASSERT_TRUE(line.IsObject()) << text;
    if (line.HasMember("method") && line["id"].IsNull()) {
      const auto& params = line["params"];
      notices_.push_back({line["method"].GetString(), sprint_of(params), to_text(params)});
      if (notices_.back().method == "mining.notify") {
        const auto& seed = params[1]["start_seed"];
        rig_.starts[notices_.back().sprint].start_seed = *base::bytes32_from_hex(seed.GetString());
      }
      if (notices_.back().method == "sprint.announce") {
        rig_.announced_.push_back(notices_.back().sprint);
        rig_.models[notices_.back().sprint] = {rig_config().profile, model_seed_of(line["params"])};
      }
    } else if (line["id"].IsUint64()) {
      answers_[line["id"].GetUint64()] = text;
    }
  }
}

PoolRig::PoolRig(const pool::Config& config, HandJournal* of, const pool::Saved& saved,
                 base::UnixTime at_first, pool::Beacon* beacon)
    : now(at_first),
      journal(of),
      statistics(of != nullptr ? static_cast<pool::Journal&>(*of) : no_journal, checker,
                 base::SteadyWallClock(clock, at_first)),
      pool(config, {statistics, statistics, counting_random(), log, &audits, &statistics, beacon},
           saved, at_first) {}

TestMiner& PoolRig::connect(const std::string& account, const std::string& network) {
  const std::uint64_t id = miners_.size() + 1;
  miners_.push_back(std::make_unique<TestMiner>(*this, id, account));
  TestMiner& miner = *miners_.back();
  pool.join(id, miner.session, network);
  if (!account.empty()) miner.log_in();
  return miner;
}

void PoolRig::at(base::UnixTime time) {
  now = time;
  pool.tick(now);
  settle();
}

void PoolRig::verify() {
  if (checker.jobs.empty()) return;
  pool.checked(checker.right(), now);
  settle();
}

void PoolRig::settle() {
  if (journal != nullptr && journal->writes_at_once) pool.written(journal->records.size(), now);
  for (const auto& miner : miners_) miner->take_output();
}

std::string PoolRig::sprint(std::uint64_t number) const {
  const std::string begin = std::to_string(number) + "-";
  for (const std::string& id : announced_) {
    if (id.starts_with(begin)) return id;
  }
  return {};
}

pool::Config rig_config() {
  pool::Config config;
  config.name = "rig";
  config.profile = {2, 128, 256};
  config.difficulty = 1;
  return config;
}

}  // namespace tests
