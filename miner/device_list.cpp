#include <algorithm>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/nearest.h"
#include "miner/device_name.h"
#include "miner/selection.h"

namespace miner {
namespace {

using backends::LoadedModule;
using backends::OptionAssignment;
using backends::OptionSpec;
using Options = std::span<const OptionAssignment>;

const OptionSpec* find_spec(const backends::Backend& backend, std::string_view key) {
  const auto specs = backend.options();
  const auto found = std::find_if(specs.begin(), specs.end(),
                                  [&](const OptionSpec& spec) { return spec.key == key; });
  return found == specs.end() ? nullptr : &*found;
}

/// The assignment as the user wrote it, safe to show.
std::string shown(const OptionAssignment& assignment) {
  const std::string dot = assignment.scope.empty() ? "" : ".";
  return (assignment.place.empty() ? "--opt " : assignment.place + ": opt ") +
         base::printable(assignment.scope + dot + assignment.key + "=" + assignment.value, 128);
}

base::Error did_you_mean(const OptionAssignment& assignment, std::string what,
                         std::string_view word, std::span<const std::string> candidates) {
  const auto meant = base::nearest(word, candidates);
  const std::string hint = meant ? "did you mean " + *meant + "?" : "see sprintminer options";
  return base::invalid(shown(assignment) + ": " + std::move(what) + "; " + hint);
}

/// For an assignment without a backend in its scope: some module must have the key.
base::Status check_key_somewhere(std::span<const LoadedModule> modules,
                                 const OptionAssignment& assignment) {
  std::vector<std::string> keys;
  for (const LoadedModule& module : modules) {
    if (module.backend == nullptr) continue;
    for (const OptionSpec& spec : module.backend->options()) keys.push_back(spec.key);
  }
  if (std::find(keys.begin(), keys.end(), assignment.key) != keys.end()) return base::Ok{};
  return did_you_mean(assignment, "no backend has this option", assignment.key, keys);
}

/// For one that names a backend: it must be here and have the key.
base::Status check_key_of(std::span<const LoadedModule> modules, std::string_view backend,
                          const OptionAssignment& assignment) {
  std::vector<std::string> names;
  for (const LoadedModule& module : modules) {
    if (module.backend == nullptr) continue;
    names.push_back(module.name);
    if (module.name != backend) continue;
    if (find_spec(*module.backend, assignment.key) != nullptr) return base::Ok{};
    std::vector<std::string> keys;
    for (const OptionSpec& spec : module.backend->options()) keys.push_back(spec.key);
    return did_you_mean(assignment, module.name + " has no such option", assignment.key, keys);
  }
  return did_you_mean(assignment, "there is no such backend or device", backend, names);
}

base::Status check_known(std::span<const LoadedModule> modules, Options options) {
  for (const OptionAssignment& assignment : options) {
    const auto device = parse_device_name(assignment.scope);
    if (assignment.scope.empty() || (device && device->form == DeviceName::Form::kPci)) {
      RETURN_IF_ERROR(check_key_somewhere(modules, assignment));
    } else {
      const bool by_id = device && device->form == DeviceName::Form::kId;
      RETURN_IF_ERROR(
          check_key_of(modules, by_id ? device->backend : assignment.scope, assignment));
    }
  }
  return base::Ok{};
}

/// Where the first assignment stands that the backend refuses, to put in front of an error; empty
/// for one that was a flag.
std::string place_of_fault(const backends::Backend& backend, Options own) {
  for (const OptionAssignment& assignment : own) {
    if (backends::resolve_options(backend.options(), {&assignment, 1}).ok()) continue;
    return assignment.place.empty() ? "" : assignment.place + ": ";
  }
  return "";
}

/// The values of all of a backend's specs after those assignments that `applies` to it.
template <class Applies>
base::Result<backends::OptionValues> resolve(const backends::Backend& backend, Options options,
                                             Applies applies) {
  std::vector<OptionAssignment> own;
  for (const OptionAssignment& assignment : options) {
    if (find_spec(backend, assignment.key) != nullptr && applies(assignment)) {
      own.push_back(assignment);
    }
  }
  auto values = backends::resolve_options(backend.options(), own);
  if (values.ok()) return values;
  return base::invalid(place_of_fault(backend, own) + std::string(backend.name()) + ": " +
                       values.message());
}

using Probed = base::Result<std::vector<backends::DeviceInfo>>;

/// Configures and probes a module. What is the user's fault ends the program (the outer result);
/// what is the module's costs that module only (the inner one).
base::Result<Probed> probe(backends::Backend& backend, Options options) {
  ASSIGN_OR_RETURN(const auto values,
                   resolve(backend, options, [&](const OptionAssignment& assignment) {
                     return assignment.scope.empty() || assignment.scope == backend.name();
                   }));
  const base::Status configured = backend.configure(values);
  if (configured.ok()) return backend.probe();
  if (configured.error().fault != base::Fault::kInvalid) return Probed(configured.error());
  return base::invalid(std::string(backend.name()) + ": " + configured.message());
}

void add_devices(DeviceList& list, std::vector<backends::DeviceInfo> found,
                 backends::Backend& backend) {
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  for (backends::DeviceInfo& info : found) {
    const bool seen =
        !info.pci_address.empty() &&
        std::any_of(list.devices.begin(), list.devices.end(), [&](const ListedDevice& device) {
          return device.info.pci_address == info.pci_address;
        });
    auto& where = seen ? list.alternatives : list.devices;
    where.push_back({0, std::move(info), &backend});
  }
}

void number_devices(DeviceList& list) {
  std::uint32_t next = 0;
  for (ListedDevice& device : list.devices) device.number = next++;
  for (ListedDevice& device : list.alternatives) device.number = next++;
}

/// A device's own options: none of the backend as a whole, no value out of range.
base::Status check_device_options(const ListedDevice& device, Options options) {
  const auto& backend = *device.backend;
  for (const OptionAssignment& assignment : options) {
    const auto name = parse_device_name(assignment.scope);
    const OptionSpec* spec = find_spec(backend, assignment.key);
    if (!name || spec == nullptr || !spec->backend_wide) continue;
    if (!name->names(device.number, device.info)) continue;
    return base::invalid(shown(assignment) + ": this holds for the whole backend; write --opt " +
                         device.info.backend + "." + assignment.key + "=...");
  }
  const auto values = device_options(device, options);
  return values.ok() ? base::Status(base::Ok{}) : base::Status(values.error());
}

/// Devices that options name and that are not here.
void note_absent(DeviceList& list, Options options) {
  std::set<std::string> noted;
  for (const OptionAssignment& assignment : options) {
    const auto name = parse_device_name(assignment.scope);
    if (!name || !noted.insert(assignment.scope).second) continue;
    const auto meant = [&](const ListedDevice& device) {
      return name->names(device.number, device.info);
    };
    if (std::any_of(list.devices.begin(), list.devices.end(), meant) ||
        std::any_of(list.alternatives.begin(), list.alternatives.end(), meant)) {
      continue;
    }
    list.missing.push_back({assignment.scope, "not here; its --opt values are unused"});
  }
}

}  // namespace

base::Result<DeviceList> list_devices(std::span<LoadedModule> modules, Options options) {
  RETURN_IF_ERROR(check_known(modules, options));
  DeviceList list;
  for (LoadedModule& module : modules) {
    if (module.backend == nullptr) continue;
    ASSIGN_OR_RETURN(auto found, probe(*module.backend, options));
    if (!found.ok()) {
      list.missing.push_back({module.name, found.message()});
    } else if (found->empty()) {
      list.missing.push_back({module.name, "no device"});
    } else {
      add_devices(list, std::move(found).value(), *module.backend);
    }
  }
  number_devices(list);
  for (const ListedDevice& device : list.devices) {
    RETURN_IF_ERROR(check_device_options(device, options));
  }
  for (const ListedDevice& device : list.alternatives) {
    RETURN_IF_ERROR(check_device_options(device, options));
  }
  note_absent(list, options);
  return list;
}

base::Result<backends::OptionValues> device_options(const ListedDevice& device, Options options) {
  return resolve(*device.backend, options, [&](const OptionAssignment& assignment) {
    if (assignment.scope.empty() || assignment.scope == device.info.backend) return true;
    const auto name = parse_device_name(assignment.scope);
    return name && name->form != DeviceName::Form::kNumber &&
           name->names(device.number, device.info);
  });
}

}  // namespace miner
