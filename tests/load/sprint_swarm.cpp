// sprint-swarm: many miners against one pool, for load and fault tests. What it logs is joined with
// the pool's database by sprint_reconcile.py.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>
#include <iostream>
#include <thread>

#include "backends/api/host_verifier.h"
#include "base/bytes.h"
#include "tests/load/swarm.h"

namespace {

struct Arguments {
  std::string pool = "127.0.0.1:3333";
  std::uint32_t sessions = 100;
  double ramp_s = 1, time_s = 30, quiet_s = 3, submit_every_s = 3, wrong = 0;
  std::string log;
  std::uint64_t seed = 1;
  std::uint32_t threads = 1;
  std::string module_folder = backends::module_folder("/proc/self/exe");
  bool json = false;
};

void define(CLI::App& app, Arguments& to) {
  app.option_defaults()->always_capture_default();
  app.add_option("--pool", to.pool, "ADDRESS:PORT, plain TCP");
  app.add_option("--sessions", to.sessions)->check(CLI::Range(1, 100'000));
  app.add_option("--ramp", to.ramp_s, "seconds over which they connect")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--time", to.time_s, "seconds of work after that")
      ->check(CLI::Range(0.0, 86'400.0));
  app.add_option("--quiet", to.quiet_s, "seconds in which nothing more is sent")
      ->check(CLI::Range(0.0, 600.0));
  app.add_option("--submit-every", to.submit_every_s,
                 "seconds between shares of a session; 0: none")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--wrong", to.wrong, "part of the digests that are wrong")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--log", to.log, "a file for what became of each submit (CSV)");
  app.add_option("--seed", to.seed);
  app.add_option("--threads", to.threads, "that compute digests")->check(CLI::Range(1, 256));
  app.add_option("--module-dir", to.module_folder, "where the backends are");
  app.add_flag("--json", to.json, "the report as JSON on stdout");
}

base::Micros in_micros(double seconds) {
  return base::Micros(static_cast<std::int64_t>(seconds * 1e6));
}

/// A descriptor a session.
void raise_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

double millis(const std::optional<base::Micros>& time) {
  return time ? static_cast<double>(time->count()) / 1000 : 0;
}

std::string text(const char* what, const miner::Percentiles& times) {
  return fmt::format("{:<22} {:>8}  p50 {:.2f} ms, p99 {:.2f} ms, most {:.2f} ms\n", what,
                     times.count(), millis(times.at_most(0.5)), millis(times.at_most(0.99)),
                     millis(times.most()));
}

std::string json(const miner::Percentiles& times) {
  return fmt::format(R"({{"count":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"most_ms":{:.3f}}})",
                     times.count(), millis(times.at_most(0.5)), millis(times.at_most(0.99)),
                     millis(times.most()));
}

void print(const Arguments& arguments, const load::SwarmReport& report) {
  std::string codes;
  std::uint64_t errors = 0;
  for (const auto& [code, count] : report.codes) {
    if (code == 0 || count == 0) continue;
    errors += count;
    codes += fmt::format(R"({}"{}":{})", codes.empty() ? "" : ",", code, count);
  }
  const auto acked = report.codes.find(0);
  const std::uint64_t acknowledged = acked == report.codes.end() ? 0 : acked->second;
  if (arguments.json) {
    std::cout << fmt::format(
                     R"({{"sessions":{},"logins":{},"failed":{},"sprints":{},"acknowledged":{},)"
                     R"("unanswered":{},"errors":{{{}}},"connect":{},"start":{},"answer":{}}})",
                     arguments.sessions, report.logins, report.failed, report.sprints, acknowledged,
                     report.unanswered, codes, json(report.connects), json(report.starts),
                     json(report.answers))
              << std::endl;
    return;
  }
  std::cout << text("connected", report.connects) << text("start seeds after T0", report.starts)
            << text("answers", report.answers)
            << fmt::format(
                   "{} acknowledged, {} refused ({{{}}}), {} without an answer; {} of {} "
                   "sessions failed\n",
                   acknowledged, errors, codes, report.unanswered, report.failed,
                   arguments.sessions);
  if (report.failed != 0) std::cout << "first failure: " << report.first_failure << "\n";
}

int run(const Arguments& arguments) {
  const std::size_t colon = arguments.pool.rfind(':');
  const auto port = base::u64_from_decimal(arguments.pool.substr(colon + 1), 65535);
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(arguments.pool.substr(0, colon), bad);
  if (colon == std::string::npos || !port || bad) {
    std::cerr << "sprint-swarm: --pool: not ADDRESS:PORT\n";
    return 2;
  }
  raise_limit();
  backends::LoadResult loaded = backends::load_modules(arguments.module_folder);
  const base::SystemClock clock;
  load::Swarm swarm({{address, static_cast<std::uint16_t>(*port)},
                     arguments.sessions,
                     in_micros(arguments.ramp_s),
                     in_micros(arguments.time_s),
                     in_micros(arguments.quiet_s),
                     in_micros(arguments.submit_every_s),
                     arguments.wrong,
                     arguments.log,
                     arguments.seed},
                    backends::open_host_verifier(loaded.modules, arguments.threads), clock);
  if (!swarm.run()) {
    std::cerr << "sprint-swarm: cannot write " << arguments.log << "\n";
    return 1;
  }
  print(arguments, swarm.report());
  if (!swarm.report().first_work_failure.empty()) {
    std::cerr << "sprint-swarm: no digests: " << swarm.report().first_work_failure << "\n";
    return 1;
  }
  return swarm.report().failed == 0 && swarm.report().unanswered == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Many miners against one pool", "sprint-swarm");
  define(app, arguments);
  CLI11_PARSE(app, argc, argv);
  return run(arguments);
}
