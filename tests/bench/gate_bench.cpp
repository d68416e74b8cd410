#include "tests/bench/gate_bench.h"

#include <fmt/format.h>
#include <time.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "poc/target.h"
#include "pool/pool.h"
#include "stratum/server_session.h"

namespace bench {
namespace {

constexpr base::UnixTime kStart{std::chrono::seconds(1'800'000'000)};
constexpr base::UnixTime kRacing = kStart + std::chrono::seconds(20);
constexpr std::size_t kReadBytes = 16384;
constexpr std::size_t kVerifiedAtOnce = 2000;

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

class Silence final : public base::LogSink {
  void write(const base::LogRecord&) override {}
};

/// Keeps what is to be verified.
class Waiting final : public pool::Checker {
 public:
  bool check(const poc::ModelSpec&, const std::optional<pool::CheckJob>& job) override {
    if (job) jobs.push_back(*job);
    return true;
  }
  std::vector<pool::CheckJob> jobs;
};

bool counting(std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
  return true;
}

pool::Config config_of(Gate gate) {
  pool::Config config;
  config.name = "bench";
  config.profile = {2, 128, 256};
  config.sprint_length = std::chrono::seconds(600);
  config.difficulty = gate == Gate::kStored ? 1 : poc::kMaxDifficulty;
  return config;
}

/// A pool in the middle of a sprint, and one miner's session with a lease.
class Rig {
 public:
  explicit Rig(Gate gate) : config_(config_of(gate)) {
    pool_.join(1, wire_);
    pool_.tick(kStart);
    hear(R"({"id":1,"method":"mining.subscribe","params":["bench",null,"SprintStratum/1"]})"
         "\n"
         R"({"id":2,"method":"mining.authorize","params":["alice.rig","x"]})"
         "\n",
         kStart);
    const std::string_view said = wire_.output();
    constexpr std::string_view kKey = R"("sprint":")";
    const std::size_t at = said.find(kKey);
    if (at == std::string_view::npos) throw std::runtime_error("no sprint was announced");
    sprint_ = said.substr(at + kKey.size());
    sprint_.resize(sprint_.find('"'));
    hear(fmt::format(R"({{"id":3,"method":"sprint.ready","params":{{"sprint":"{}","devices":)"
                     R"([{{"n":0,"name":"d","rate":0}}]}}}})"
                     "\n",
                     sprint_),
         kStart);
    pool_.tick(kRacing);
    wire_.consume(wire_.output_size());
  }

  /// `count` new shares, cut as reads cut them.
  std::vector<std::string> reads(std::size_t count) const {
    std::vector<std::string> reads(1);
    for (std::size_t i = 1; i <= count; ++i) {
      const poc::Digest digest = poc::sha256(base::as_bytes(std::to_string(i)));
      reads.back() += fmt::format(
          R"({{"id":{},"method":"mining.submit","params":["alice.rig","{}",1,"{}","{}",{}]}})"
          "\n",
          i + 3, sprint_, base::to_hex(i), base::to_hex(digest), i);
      if (reads.back().size() >= kReadBytes) reads.emplace_back();
    }
    return reads;
  }

  /// The part that is timed.
  void hear(std::string_view bytes, base::UnixTime now = kRacing) {
    if (!wire_.feed(bytes, now).ok() || !pool_.handle(1, now)) {
      throw std::runtime_error("the pool closed the session");
    }
  }
  void answers_sent() { wire_.consume(wire_.output_size()); }

  void verify() {
    if (checker_.jobs.size() < kVerifiedAtOnce) return;
    std::vector<poc::Digest> right;  // who sends wrong ones is slowed
    right.reserve(checker_.jobs.size());
    for (const pool::CheckJob& job : checker_.jobs) right.push_back(job.claim);
    pool_.checked({std::exchange(checker_.jobs, {}), std::move(right)}, kRacing);
  }
  const pool::Summary& summary() const { return pool_.summary(); }

 private:
  const pool::Config config_;
  Waiting checker_;
  pool::NoJournal journal_;
  Silence silence_;
  pool::Pool pool_{config_, {checker_, journal_, counting, silence_}, {}, kStart};
  stratum::ServerSession wire_{"bench"};
  std::string sprint_;
};

}  // namespace

double gate_lines_per_second(Gate gate, std::size_t lines) {
  Rig rig(gate);
  double seconds = 0;
  for (const std::string& read : rig.reads(lines)) {
    const double begin = processor_seconds();
    rig.hear(read);
    rig.answers_sent();
    seconds += processor_seconds() - begin;
    rig.verify();
  }
  const pool::Summary& all = rig.summary();
  const bool stored = gate == Gate::kStored;
  if (all.stored != (stored ? lines : 0) || all.refused != (stored ? 0 : lines)) {
    throw std::runtime_error(
        fmt::format("{} stored, {} refused of {}", all.stored, all.refused, lines));
  }
  return static_cast<double>(lines) / seconds;
}

}  // namespace bench
