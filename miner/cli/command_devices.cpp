#include "base/bytes.h"
#include "miner/cli/commands.h"
#include "miner/cli/device_setup.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"

namespace miner {
namespace {

std::string_view kind_name(backends::DeviceKind kind) {
  switch (kind) {
    case backends::DeviceKind::kGpu:
      return "gpu";
    case backends::DeviceKind::kCpu:
      return "cpu";
    case backends::DeviceKind::kSimulated:
      break;
  }
  return "simulated";
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : base::printable(text, 80);
}

void write_device(JsonLine& json, const ListedDevice& device) {
  const backends::DeviceInfo& info = device.info;
  json.begin_object().key("number").integer(device.number).key("id").text(info.id());
  json.key("backend").text(info.backend).key("index").integer(info.index);
  json.key("name").text(info.name).key("kind").text(kind_name(info.kind)).key("pci_address");
  info.pci_address.empty() ? json.null() : json.text(info.pci_address);
  json.key("memory_bytes").integer(info.memory_bytes).key("memory_free_bytes");
  info.memory_free_bytes ? json.integer(*info.memory_free_bytes) : json.null();
  json.key("path").text(info.path).key("note").text(info.note).end_object();
}

std::string as_json(const std::vector<ListedDevice>& devices,
                    const std::vector<backends::FailedModule>& missing) {
  JsonLine json;
  json.begin_object().key("devices").begin_array();
  for (const ListedDevice& device : devices) write_device(json, device);
  json.end_array().key("unavailable").begin_array();
  for (const backends::FailedModule& module : missing) {
    json.begin_object().key("backend").text(module.name);
    json.key("reason").text(module.reason).end_object();
  }
  return json.end_array().end_object().str() + "\n";
}

std::string as_text(const std::vector<ListedDevice>& devices,
                    const std::vector<backends::FailedModule>& missing) {
  TextTable table({"#", "id", "name", "PCI", "memory", "path", "kind", "note"});
  for (const ListedDevice& device : devices) {
    const backends::DeviceInfo& info = device.info;
    table.add({std::to_string(device.number), info.id(), or_dash(info.name),
               or_dash(info.pci_address), show_bytes(info.memory_bytes), or_dash(info.path),
               std::string(kind_name(info.kind)), or_dash(info.note)});
  }
  std::string text = devices.empty() ? "no device is here\n" : table.str();
  for (const backends::FailedModule& module : missing) {
    text += "not available: " + module.name + ": " + base::printable(module.reason, 400) + "\n";
  }
  return text;
}

}  // namespace

Outcome run_devices(const Arguments& arguments, const Console& console) {
  const auto setup = set_up_devices(arguments.devices);
  if (!setup.ok()) return outcome_of(setup.error());
  std::vector<ListedDevice> devices = setup->list.devices;
  const Selection& selection = arguments.devices.selection;
  if (!selection.backends.empty() || !selection.devices.empty()) {
    auto selected = select_devices(setup->list, selection);
    if (!selected.ok()) return outcome_of(selected.error());
    devices = std::move(selected).value();
  }
  const auto missing = missing_for(setup->list, selection);
  console.out << (arguments.json ? as_json(devices, missing) : as_text(devices, missing));
  return {};
}

}  // namespace miner
