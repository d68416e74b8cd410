#include "backends/api/chosen_verifier.h"

#include <algorithm>
#include <utility>

#include "backends/api/device_verifier.h"
#include "backends/api/host_verifier.h"
#include "backends/api/self_test.h"
#include "base/bytes.h"

namespace backends {
namespace {

constexpr std::uint64_t kMaxIndex = 1023;
constexpr std::size_t kModels = 2;  // of the race, and the next

base::Error refused(const std::string& choice, const std::string& why) {
  return base::invalid("'" + base::printable(choice, 64) + "': " + why);
}

std::string names_of(std::span<const LoadedModule> modules) {
  std::string names = "reference";
  for (const LoadedModule& module : modules) {
    if (module.backend != nullptr) names += ", " + module.name;
  }
  return names;
}

base::Result<std::unique_ptr<Device>> open_device(Backend& backend, std::uint32_t index,
                                                  std::uint32_t threads,
                                                  const std::function<bool()>& cancelled) {
  ASSIGN_OR_RETURN(const auto infos, backend.probe());
  const bool there = std::any_of(infos.begin(), infos.end(),
                                 [&](const DeviceInfo& info) { return info.index == index; });
  if (!there) {
    return base::invalid("it has no device of that number; there are " +
                         std::to_string(infos.size()));
  }
  std::vector<OptionAssignment> assignments;
  const auto specs = backend.options();
  if (std::any_of(specs.begin(), specs.end(), [](const auto& s) { return s.key == "threads"; })) {
    assignments.push_back({"", "threads", std::to_string(threads)});
  }
  ASSIGN_OR_RETURN(const OptionValues options, resolve_options(specs, assignments));
  ASSIGN_OR_RETURN(auto device, backend.open(index, options));
  RETURN_IF_ERROR(self_test(*device, cancelled));
  return device;
}

}  // namespace

base::Result<std::unique_ptr<poc::Verifier>> open_verifier(std::span<LoadedModule> modules,
                                                           const std::string& choice,
                                                           std::uint32_t threads,
                                                           const std::function<bool()>& cancelled) {
  using Verifier = std::unique_ptr<poc::Verifier>;
  if (choice.empty()) return Verifier(open_host_verifier(modules, threads));
  if (choice == "reference") return Verifier(std::make_unique<poc::ReferenceVerifier>(kModels));
  const std::string name = choice.substr(0, choice.find(':'));
  std::uint32_t index = 0;
  if (name.size() < choice.size()) {
    const auto number = base::u64_from_decimal(choice.substr(name.size() + 1), kMaxIndex);
    if (!number) return refused(choice, "write NAME or NAME:NUMBER");
    index = static_cast<std::uint32_t>(*number);
  }
  const auto module = std::find_if(modules.begin(), modules.end(), [&](const LoadedModule& each) {
    return each.name == name && each.backend != nullptr;
  });
  if (module == modules.end())
    return refused(choice, "no such backend; there is " + names_of(modules));
  auto device = open_device(*module->backend, index, threads, cancelled);
  if (!device.ok()) {
    return base::Error{device.error().fault, refused(choice, device.message()).message};
  }
  return Verifier(std::make_unique<DeviceVerifier>(std::move(device).value()));
}

}  // namespace backends
