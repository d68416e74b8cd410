#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "miner/percentiles.h"
#include "tests/load/swarm_session.h"

namespace load {

/// Scripted in phases: sessions are connected over `ramp`, then all work for `time`, then say
/// nothing more for `quiet`, so that what is on its way is answered.
struct SwarmPlan {
  boost::asio::ip::tcp::endpoint pool;
  std::uint32_t sessions = 100;
  base::Micros ramp{0};
  base::Micros time{0};
  base::Micros quiet = std::chrono::seconds(3);
  base::Micros submit_every{0};
  double wrong = 0;
  std::string log_file;  ///< empty: none
  std::uint64_t seed = 1;
};

/// What a swarm saw.
struct SwarmReport {
  miner::Percentiles connects;
  miner::Percentiles starts;  ///< from T0 to a start seed, of sessions that waited for it
  miner::Percentiles answers;
  std::map<std::uint64_t, std::uint64_t> codes;  ///< of answers; 0: acknowledged
  std::uint64_t logins = 0;
  std::uint64_t sprints = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t failed = 0;  ///< sessions
  std::string first_failure;
  std::string first_work_failure;
};

/// Many miners on one thread, the caller's.
class Swarm final : public SwarmEars {
 public:
  Swarm(SwarmPlan plan, std::unique_ptr<poc::Verifier> verifier, const base::Clock& clock);
  /// To the end of the plan, with a line of progress each second; false if the log cannot be
  /// written.
  bool run();
  const SwarmReport& report() const { return report_; }

  void connected(base::Micros took) override { report_.connects.add(took); }
  void logged_in() override { ++report_.logins; }
  void started(const std::string& sprint, std::optional<base::Micros> after) override;
  void decided(const SubmitRecord& record) override;
  void failed(const std::string& why) override;

 private:
  void step();
  void each_second(base::Micros gone);

  const SwarmPlan plan_;
  const base::Clock& clock_;
  boost::asio::io_context io_;
  boost::asio::steady_timer timer_{io_};
  SwarmReport report_;
  std::vector<std::shared_ptr<SwarmSession>> sessions_;
  std::ofstream log_;
  std::set<std::string> started_;  // sprints
  base::SteadyTime began_;
  std::int64_t seconds_ = 0;
  WorkSource work_;  // last: its thread ends first
};

}  // namespace load
