#include "backends/api/host_verifier.h"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/api/device_verifier.h"

namespace backends {
namespace {

std::unique_ptr<Device> open_cpu(Backend& backend, std::uint32_t threads) {
  const auto found = backend.probe();
  if (!found.ok()) return nullptr;
  const auto cpu = std::find_if(found->begin(), found->end(), [](const DeviceInfo& info) {
    return info.kind == DeviceKind::kCpu;
  });
  if (cpu == found->end()) return nullptr;
  std::vector<OptionAssignment> assignments;
  const auto specs = backend.options();
  if (std::any_of(specs.begin(), specs.end(), [](const auto& s) { return s.key == "threads"; })) {
    assignments.push_back({"", "threads", std::to_string(threads)});
  }
  const auto options = resolve_options(specs, assignments);
  if (!options.ok()) return nullptr;
  auto device = backend.open(cpu->index, *options);
  return device.ok() ? std::move(device).value() : nullptr;
}

}  // namespace

std::unique_ptr<poc::Verifier> open_host_verifier(std::span<LoadedModule> modules,
                                                  std::uint32_t threads) {
  for (LoadedModule& module : modules) {
    if (module.backend == nullptr) continue;
    if (auto device = open_cpu(*module.backend, threads)) {
      return std::make_unique<DeviceVerifier>(std::move(device));
    }
  }
  return std::make_unique<poc::ReferenceVerifier>();
}

}  // namespace backends
