#include "miner/cli/command_mine.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <utility>

#include "backends/api/host_verifier.h"
#include "miner/cli/device_setup.h"
#include "miner/json_line.h"
#include "miner/miner.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kRecheckThreads = 1;
constexpr std::uint32_t kAllThreads = 0;
constexpr base::Micros kStatusEvery = seconds(10);
constexpr base::Micros kStatusEveryWhileLoading = seconds(2);
constexpr const char* kSoloUser = "solo";

base::Result<std::vector<WorkerDevice>> choose_devices(const DeviceSetup& setup,
                                                       const Selection& selection) {
  ASSIGN_OR_RETURN(const std::vector<ListedDevice> selected, select_devices(setup.list, selection));
  std::vector<WorkerDevice> devices;
  for (const ListedDevice& listed : selected) {
    ASSIGN_OR_RETURN(backends::OptionValues options, device_options(listed, setup.options));
    devices.push_back({static_cast<std::uint32_t>(devices.size()), listed.info, listed.backend,
                       std::move(options)});
  }
  if (devices.empty()) return base::unavailable("no usable device: see `sprintminer devices`");
  return devices;
}

base::Result<std::vector<PoolEndpoint>> endpoints(const MineArguments& arguments) {
  std::vector<PoolEndpoint> pools;
  for (const PoolArgument& pool : arguments.pools) {
    ASSIGN_OR_RETURN(stratum::PoolUrl url, stratum::parse_pool_url(pool.url));
    pools.push_back({std::move(url), pool.user, pool.password});
  }
  return pools;
}

bool any_gpu(const std::vector<WorkerDevice>& devices) {
  return std::any_of(devices.begin(), devices.end(), [](const WorkerDevice& device) {
    return device.info.kind == backends::DeviceKind::kGpu;
  });
}

/// The profile of a solo run: the one asked for, else micro on a CPU and base on a GPU.
poc::Profile solo_profile(const MineArguments& arguments,
                          const std::vector<WorkerDevice>& devices) {
  if (arguments.profile) return *arguments.profile;
  return poc::parse_profile(any_gpu(devices) ? "base" : "micro").value();
}

/// Starts the pool of --solo and says where it is.
base::Result<std::unique_ptr<SoloPool>> start_solo(const MineArguments& arguments,
                                                   const std::vector<WorkerDevice>& devices,
                                                   DeviceSetup& setup,
                                                   const MineSurroundings& surroundings) {
  const SoloPlan plan{solo_profile(arguments, devices), arguments.sprint_length,
                      arguments.difficulty};
  std::vector<backends::DeviceInfo> infos;
  infos.reserve(devices.size());
  for (const WorkerDevice& device : devices) infos.push_back(device.info);
  RETURN_IF_ERROR(check_device_memory(plan.profile, infos));
  RETURN_IF_ERROR(check_reference_memory(plan.profile));
  // Where the CPU mines, its pool must not take it away; where GPUs do, the CPU has to keep up.
  const std::uint32_t threads = any_gpu(devices) ? kAllThreads : kRecheckThreads;
  return surroundings.start_solo(plan, backends::open_host_verifier(setup.modules, threads));
}

void warn_of_plain_text(const std::vector<PoolEndpoint>& pools, const base::Log& log) {
  for (const PoolEndpoint& pool : pools) {
    if (!pool.url.is_loopback()) log.warn(pool.url.text() + ": not encrypted, as the URL asks");
  }
}

/// Waits for the end of the run, with a line now and then.
void watch(Miner& miner, const MineSurroundings& around) {
  const base::Log log(around.sink, "status");
  base::SteadyTime last = around.clock.now();
  while (!miner.wait(milliseconds(500))) {
    const auto snapshot = miner.snapshot();
    bool loading = false;
    for (const DeviceSnapshot& device : snapshot->devices) {
      loading = loading || device.state == DeviceState::kLoading;
    }
    const base::SteadyTime now = around.clock.now();
    if (now - last < (loading ? kStatusEveryWhileLoading : kStatusEvery)) continue;
    last = now;
    log.info(around.status_line(*snapshot));
  }
}

std::string json_of(const Snapshot& snapshot) {
  const ShareCounts& shares = snapshot.shares;
  JsonLine line;
  line.begin_object().key("sprints").integer(snapshot.sprints);
  line.key("nonces").integer(snapshot.nonces);
  line.key("shares").begin_object();
  line.key("pending").integer(shares.pending).key("accepted").integer(shares.accepted);
  line.key("rejected").integer(shares.rejected).key("stale").integer(shares.stale);
  line.key("duplicate").integer(shares.duplicate);
  line.key("hardware_error").integer(shares.hardware_error);
  line.key("withdrawn").integer(shares.withdrawn).key("lost").integer(shares.lost).end_object();
  line.key("credit").integer(snapshot.credit).end_object();
  return line.str();
}

/// Prints how the run went. Nothing may be printed by anyone afterwards but the last line.
void report(const Miner& miner, const MineArguments& arguments, const MineSurroundings& around) {
  const auto snapshot = miner.snapshot();
  if (arguments.json) {
    around.out << json_of(*snapshot) << '\n';
  } else {
    around.out << around.summary(*snapshot);
  }
  around.out.flush();
}

/// A thread inside a driver that hangs cannot be joined, and everything it uses must stay: the
/// process ends here, without destructors.
[[noreturn]] void leave_hung(const Outcome& outcome, const base::Log& log) {
  log.error(fmt::format("exit {} ({}): {}", static_cast<int>(outcome.code), describe(outcome.code),
                        outcome.reason));
  std::_Exit(static_cast<int>(outcome.code));
}

}  // namespace

Outcome run_mine(const Arguments& arguments, const MineSurroundings& around) {
  const base::Log log(around.sink, "miner");
  const MineArguments& mine = arguments.mine;
  auto setup = set_up_devices(arguments.devices);
  if (!setup.ok()) return outcome_of(setup.error());
  for (const backends::FailedModule& missing : setup->list.missing) {
    log.info(fmt::format("backend {}: not available, {}", missing.name, missing.reason));
  }
  auto devices = choose_devices(*setup, arguments.devices.selection);
  if (!devices.ok()) return outcome_of(devices.error());
  auto pools = endpoints(mine);
  if (!pools.ok()) return outcome_of(pools.error());

  std::unique_ptr<SoloPool> solo;
  if (mine.solo) {
    auto started = start_solo(mine, *devices, *setup, around);
    if (!started.ok()) return outcome_of(started.error());
    solo = std::move(started).value();
    pools->push_back({{"127.0.0.1", solo->port()}, kSoloUser, ""});
  }
  warn_of_plain_text(*pools, log);
  MinerConfig config{std::move(*pools), mine.sprints, mine.exit_on_loss, mine.recheck_every};
  config.solo = mine.solo;
  Miner miner(std::move(config), std::move(*devices),
              backends::open_host_verifier(setup->modules, kRecheckThreads), around.sink,
              around.clock);
  around.on_stop([&miner] { miner.request_stop(); });
  watch(miner, around);
  around.on_stop({});
  report(miner, mine, around);
  Outcome outcome = miner.outcome();
  if (!miner.hung_devices().empty()) leave_hung(outcome, log);
  return outcome;
}

}  // namespace miner
