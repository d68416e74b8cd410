#include "miner/cli/mine_setup.h"

#include <algorithm>
#include <utility>

namespace miner {
namespace {

/// The error with the place of the selection in front, where a file or a variable made it.
base::Error of_selection(const GivenSettings& settings, base::Error error) {
  for (const std::string_view group : {"devices", "backend"}) {
    if (!settings.has(group) || settings.of(group).front().source == Source::kFlag) continue;
    const GivenValue& value = settings.of(group).front();
    error.message.insert(0, value.place + ": ");
    break;
  }
  return error;
}

base::Result<std::vector<WorkerDevice>> choose_devices(const DeviceSetup& setup,
                                                       const Arguments& arguments) {
  const auto selected = select_devices(setup.list, arguments.devices.selection);
  if (!selected.ok()) return of_selection(arguments.configuration.settings, selected.error());
  std::vector<WorkerDevice> devices;
  for (const ListedDevice& listed : *selected) {
    ASSIGN_OR_RETURN(backends::OptionValues options, device_options(listed, setup.options));
    devices.push_back({static_cast<std::uint32_t>(devices.size()), listed.info, listed.backend,
                       std::move(options)});
  }
  if (devices.empty()) return base::unavailable("no usable device: see `sprintminer devices`");
  return devices;
}

/// Whether what is to be trusted is there: a connection would find out too late.
base::Status check_certificates(const Arguments& arguments) {
  const std::string& path = arguments.mine.transport.ca_path;
  if (path.empty() || arguments.mine.solo) return base::Ok{};
  const auto loaded = stratum::load_certificates(path);
  if (loaded.ok()) return base::Ok{};
  const auto& given = arguments.configuration.settings.of("tls-ca");
  const std::string name = given.empty() ? "--tls-ca" : name_of(given.front());
  return base::invalid(name + ": " + loaded.message());
}

}  // namespace

base::Result<MineSetup> set_up_mining(const Arguments& arguments) {
  MineSetup setup;
  ASSIGN_OR_RETURN(setup.devices, set_up_devices(arguments.devices));
  ASSIGN_OR_RETURN(setup.chosen, choose_devices(setup.devices, arguments));
  ASSIGN_OR_RETURN(setup.pools, endpoints_of(arguments.mine));
  RETURN_IF_ERROR(check_certificates(arguments));
  if (arguments.mine.solo) {
    RETURN_IF_ERROR(check_reference_memory(solo_profile(arguments.mine, setup.chosen)));
  }
  return setup;
}

bool any_gpu(const std::vector<WorkerDevice>& devices) {
  return std::any_of(devices.begin(), devices.end(), [](const WorkerDevice& device) {
    return device.info.kind == backends::DeviceKind::kGpu;
  });
}

poc::Profile solo_profile(const MineArguments& arguments,
                          const std::vector<WorkerDevice>& devices) {
  if (arguments.profile) return *arguments.profile;
  return poc::parse_profile(any_gpu(devices) ? "base" : "micro").value();
}

base::Result<std::vector<PoolEndpoint>> endpoints_of(const MineArguments& arguments) {
  std::vector<PoolEndpoint> pools;
  for (const PoolArgument& pool : arguments.pools) {
    ASSIGN_OR_RETURN(stratum::PoolUrl url, stratum::parse_pool_url(pool.url));
    pools.push_back({std::move(url), pool.user, pool.password});
  }
  return pools;
}

}  // namespace miner
