#include "miner/selection.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/nearest.h"
#include "miner/device_name.h"

namespace miner {
namespace {

using Devices = std::vector<ListedDevice>;

/// "0 (cpu:0), 1 (sim:0 at 00ff:00:00.0)".
std::string what_is_here(const Devices& devices) {
  if (devices.empty()) return "none is here";
  std::string all;
  for (const ListedDevice& device : devices) {
    all +=
        (all.empty() ? "here: " : ", ") + std::to_string(device.number) + " (" + device.info.id();
    if (!device.info.pci_address.empty()) all += " at " + device.info.pci_address;
    all += ")";
  }
  return all;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool same_card(const ListedDevice& a, const ListedDevice& b) {
  return !a.info.pci_address.empty() && a.info.pci_address == b.info.pci_address;
}

/// Every way to every card, those of `devices` first.
Devices all_ways(const DeviceList& list) {
  Devices all = list.devices;
  all.insert(all.end(), list.alternatives.begin(), list.alternatives.end());
  return all;
}

/// A backend that was named must have something to offer.
base::Status check_backend(const DeviceList& list, const Devices& all, const std::string& name) {
  std::vector<std::string> here;
  for (const ListedDevice& device : all) {
    if (device.info.backend == name) return base::Ok{};
    if (!contains(here, device.info.backend)) here.push_back(device.info.backend);
  }
  std::vector<std::string> known = here;
  for (const backends::FailedModule& module : list.missing) {
    if (module.name == name) return base::unavailable("backend " + name + ": " + module.reason);
    known.push_back(module.name);
  }
  std::string text = "there is no backend '" + base::printable(name, 64) + "'; ";
  if (const auto meant = base::nearest(name, known)) {
    return base::invalid(text + "did you mean " + *meant + "?");
  }
  for (const std::string& backend : here)
    text += (&backend == &here[0] ? "here: " : ", ") + backend;
  return base::invalid(here.empty() ? text + "none is here" : text);
}

Devices of_backends(const Devices& all, const std::vector<std::string>& backends) {
  Devices out;
  for (const ListedDevice& device : all) {
    if (contains(backends, device.info.backend)) out.push_back(device);
  }
  return out;
}

/// Each card once, by its first way.
Devices each_card_once(const Devices& devices) {
  Devices out;
  for (const ListedDevice& device : devices) {
    const bool there = std::any_of(out.begin(), out.end(), [&](const ListedDevice& other) {
      return same_card(device, other);
    });
    if (!there) out.push_back(device);
  }
  return out;
}

/// Why the backend of a device that was asked for has none; empty when that is not the reason.
std::string reason_of(const std::vector<backends::FailedModule>& missing, const DeviceName& name) {
  for (const backends::FailedModule& module : missing) {
    if (!name.backend.empty() && module.name == name.backend) {
      return " (backend " + module.name + ": " + module.reason + ")";
    }
  }
  return "";
}

base::Result<ListedDevice> find_device(const DeviceList& list, const Devices& devices,
                                       const std::string& word) {
  const auto name = parse_device_name(word);
  const std::string text = "device '" + base::printable(word, 64) + "'";
  if (!name) {
    return base::invalid(text + " is neither a number, an id like cpu:0 nor a PCI address; " +
                         what_is_here(devices));
  }
  const auto found = std::find_if(devices.begin(), devices.end(), [&](const ListedDevice& device) {
    return name->names(device.number, device.info);
  });
  if (found == devices.end()) {
    return base::unavailable(text + " is not here" + reason_of(list.missing, *name) + "; " +
                             what_is_here(devices));
  }
  return *found;
}

base::Result<Devices> named_devices(const DeviceList& list, const Devices& devices,
                                    const std::vector<std::string>& words) {
  Devices out;
  for (const std::string& word : words) {
    ASSIGN_OR_RETURN(const ListedDevice device, find_device(list, devices, word));
    const auto twice = std::find_if(out.begin(), out.end(), [&](const ListedDevice& other) {
      return device.number == other.number || same_card(device, other);
    });
    if (twice == out.end()) {
      out.push_back(device);
    } else if (twice->number != device.number) {
      return base::invalid("devices " + twice->info.id() + " and " + device.info.id() +
                           " are the same card, " + device.info.pci_address);
    }
  }
  return out;
}

Devices of_kind(const Devices& devices, backends::DeviceKind kind) {
  Devices out;
  for (const ListedDevice& device : devices) {
    if (device.info.kind == kind) out.push_back(device);
  }
  return out;
}

base::Result<Devices> devices_by_kind(const DeviceList& list) {
  Devices chosen = of_kind(list.devices, backends::DeviceKind::kGpu);
  if (chosen.empty()) chosen = of_kind(list.devices, backends::DeviceKind::kCpu);
  if (!chosen.empty()) return chosen;
  if (!list.devices.empty()) {
    return base::unavailable("no device to use: those that are here must be named (--backend " +
                             list.devices.front().info.backend + ")");
  }
  std::string reasons;
  for (const backends::FailedModule& module : list.missing) {
    reasons += (reasons.empty() ? ": " : "; ") + module.name + ": " + module.reason;
  }
  return base::unavailable("no device is here" + reasons);
}

}  // namespace

std::vector<backends::FailedModule> missing_for(const DeviceList& list,
                                                const Selection& selection) {
  std::vector<backends::FailedModule> out;
  for (const backends::FailedModule& module : list.missing) {
    const bool is_device = module.name.find(':') != std::string::npos;  // an option names it
    if (is_device || selection.backends.empty() || contains(selection.backends, module.name)) {
      out.push_back(module);
    }
  }
  return out;
}

base::Result<Devices> select_devices(const DeviceList& list, const Selection& selection) {
  Devices pool = all_ways(list);
  if (!selection.backends.empty()) {
    for (const std::string& name : selection.backends) {
      RETURN_IF_ERROR(check_backend(list, pool, name));
    }
    pool = of_backends(pool, selection.backends);
  }
  if (!selection.devices.empty()) return named_devices(list, pool, selection.devices);
  if (!selection.backends.empty()) return each_card_once(pool);
  return devices_by_kind(list);
}

}  // namespace miner
