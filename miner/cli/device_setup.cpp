#include "miner/cli/device_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "miner/cli/text_output.h"

namespace miner {
namespace {

/// "cpu" of "cpu" and of "cpu:0".
std::string backend_of(const std::string& scope) {
  return scope.substr(0, scope.find(':'));
}

/// MemAvailable of /proc/meminfo; nothing where that cannot be read.
std::optional<std::uint64_t> available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::string kib;
  std::string unit;
  while (file >> name >> kib && std::getline(file, unit)) {
    if (name != "MemAvailable:") continue;
    const auto value = base::u64_from_decimal(kib, UINT64_MAX >> 10);
    return value ? std::optional(*value << 10) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

backends::LoadResult load_modules(const DeviceArguments& arguments) {
  const std::string folder = arguments.module_folder.empty()
                                 ? backends::module_folder("/proc/self/exe")
                                 : arguments.module_folder;
  return backends::load_modules(folder);
}

base::Result<DeviceSetup> set_up_devices(const DeviceArguments& arguments) {
  backends::LoadResult loaded = load_modules(arguments);
  const auto of_failed = [&](const backends::OptionAssignment& option) {
    return std::any_of(loaded.failed.begin(), loaded.failed.end(),
                       [&](const auto& module) { return module.name == backend_of(option.scope); });
  };
  DeviceSetup setup;
  setup.modules = std::move(loaded.modules);
  for (const backends::OptionAssignment& option : arguments.options) {
    if (!of_failed(option)) setup.options.push_back(option);
  }
  ASSIGN_OR_RETURN(setup.list, list_devices(setup.modules, setup.options));
  setup.list.missing.insert(setup.list.missing.begin(), loaded.failed.begin(), loaded.failed.end());
  return setup;
}

base::Result<std::unique_ptr<backends::Device>> open_device(
    const ListedDevice& device, const std::vector<backends::OptionAssignment>& options,
    ProgressLine& line) {
  ASSIGN_OR_RETURN(const auto values, device_options(device, options));
  device.backend->tell_open_news([&](std::uint32_t, std::string_view doing) {
    line.announce(device.info.id() + ": " + std::string(doing));
  });
  auto opened = device.backend->open(device.info.index, values);
  device.backend->tell_open_news({});
  return opened;
}

base::Error at_device(const ListedDevice& device, const base::Error& error) {
  return {error.fault, device.info.id() + ": " + error.message};
}

base::Status prepare_device(backends::Device& device, const poc::ModelSpec& model,
                            ProgressLine& line) {
  const std::string what =
      device.info().id() + ": making the weights of " + poc::to_string(model.profile);
  for (;;) {
    ASSIGN_OR_RETURN(const backends::PrepareProgress progress, device.prepare(model));
    if (progress.ready()) return base::Ok{};
    line.update(fmt::format("{}, {} of {}", what, show_bytes(progress.done_bytes),
                            show_bytes(progress.total_bytes)));
  }
}

base::Status check_reference_memory(const poc::Profile& profile) {
  const std::uint64_t needed = profile.weights_bytes();
  const auto available = available_memory();
  // A sixteenth is left for everything else.
  if (!available || needed <= *available - *available / 16) return base::Ok{};
  return base::no_memory(fmt::format("profile {}: its weights take {}, and {} of memory are free",
                                     poc::to_string(profile), show_bytes(needed),
                                     show_bytes(*available)));
}

base::Status check_device_memory(const poc::Profile& profile,
                                 const std::vector<backends::DeviceInfo>& devices) {
  const std::uint64_t needed = profile.weights_bytes();
  const backends::DeviceInfo* largest = nullptr;
  for (const backends::DeviceInfo& device : devices) {
    if (device.memory_bytes == 0 || device.memory_bytes >= needed) return base::Ok{};
    if (largest == nullptr || device.memory_bytes > largest->memory_bytes) largest = &device;
  }
  if (largest == nullptr) return base::Ok{};
  return base::no_memory(fmt::format("profile {} fits no device: its weights take {}, {} has {}",
                                     poc::to_string(profile), show_bytes(needed), largest->label(),
                                     show_bytes(largest->memory_bytes)));
}

Outcome outcome_of(const base::Error& error) {
  switch (error.fault) {
    case base::Fault::kInvalid:
    case base::Fault::kNoMemory:  // the profile asked for is too large for what is here
      return {ExitCode::kBadArguments, error.message};
    case base::Fault::kUnavailable:
      return {ExitCode::kNoDevice, error.message};
    case base::Fault::kDevice:
    case base::Fault::kWrong:
    case base::Fault::kIo:
      break;
  }
  return {ExitCode::kInternal, error.message};
}

}  // namespace miner
