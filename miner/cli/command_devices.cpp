#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "base/bytes.h"
#include "miner/cli/commands.h"
#include "miner/cli/device_setup.h"
#include "miner/cli/sensor_output.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"

namespace miner {
namespace {

using Sensors = std::vector<std::optional<backends::TelemetrySample>>;

std::string_view kind_name(backends::DeviceKind kind) {
  switch (kind) {
    case backends::DeviceKind::kGpu:
      return "gpu";
    case backends::DeviceKind::kCpu:
      return "cpu";
    case backends::DeviceKind::kReserved:
      return "reserved";
    case backends::DeviceKind::kSimulated:
      break;
  }
  return "simulated";
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : base::printable(text, 80);
}

void write_device(JsonLine& json, const ListedDevice& device,
                  const std::optional<backends::TelemetrySample>& sensors) {
  const backends::DeviceInfo& info = device.info;
  json.begin_object().key("number").integer(device.number).key("id").text(info.id());
  json.key("backend").text(info.backend).key("index").integer(info.index);
  json.key("name").text(info.name).key("kind").text(kind_name(info.kind)).key("pci_address");
  info.pci_address.empty() ? json.null() : json.text(info.pci_address);
  json.key("memory_bytes").integer(info.memory_bytes).key("memory_free_bytes");
  info.memory_free_bytes ? json.integer(*info.memory_free_bytes) : json.null();
  json.key("path").text(info.path).key("note").text(info.note).key("sensors");
  write_sensors(json, sensors);
  json.end_object();
}

std::string as_json(const std::vector<ListedDevice>& devices, const Sensors& sensors,
                    const std::vector<backends::FailedModule>& missing) {
  JsonLine json;
  json.begin_object().key("devices").begin_array();
  for (std::size_t i = 0; i < devices.size(); ++i) write_device(json, devices[i], sensors[i]);
  json.end_array().key("unavailable").begin_array();
  for (const backends::FailedModule& module : missing) {
    json.begin_object().key("backend").text(module.name);
    json.key("reason").text(module.reason).end_object();
  }
  return json.end_array().end_object().str() + "\n";
}

/// The columns of sensors that some device has.
class SensorColumns {
 public:
  explicit SensorColumns(const Sensors& sensors) {
    for (const auto& sample : sensors) cells_.push_back(sensor_cells(sample));
    for (const Column& column :
         {Column{"temp", &SensorCells::temperature}, Column{"power", &SensorCells::power},
          Column{"fan", &SensorCells::fan}}) {
      const bool there = std::any_of(cells_.begin(), cells_.end(), [&](const SensorCells& cells) {
        return !(cells.*column.cell).empty();
      });
      if (there) columns_.push_back(column);
    }
  }

  void add_names(std::vector<std::string>& header) const {
    for (const Column& column : columns_) header.emplace_back(column.name);
  }
  void add_cells(std::size_t device, std::vector<std::string>& row) const {
    for (const Column& column : columns_) row.push_back(or_dash(cells_[device].*column.cell));
  }

 private:
  struct Column {
    const char* name;
    std::string SensorCells::*cell;
  };
  std::vector<SensorCells> cells_;  // by device
  std::vector<Column> columns_;
};

std::string table_of(const std::vector<ListedDevice>& devices, const Sensors& sensors) {
  const SensorColumns columns(sensors);
  std::vector<std::string> header = {"#", "id", "name", "PCI", "memory", "path", "kind"};
  columns.add_names(header);
  header.emplace_back("note");
  TextTable table(std::move(header));
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const backends::DeviceInfo& info = devices[i].info;
    std::vector<std::string> row = {std::to_string(devices[i].number),
                                    info.id(),
                                    or_dash(info.name),
                                    or_dash(info.pci_address),
                                    show_bytes(info.memory_bytes),
                                    or_dash(info.path),
                                    std::string(kind_name(info.kind))};
    columns.add_cells(i, row);
    row.push_back(or_dash(info.note));
    table.add(std::move(row));
  }
  return table.str();
}

std::string as_text(const std::vector<ListedDevice>& devices, const Sensors& sensors,
                    const std::vector<backends::FailedModule>& missing) {
  std::string text = devices.empty() ? "no device is here\n" : table_of(devices, sensors);
  for (const backends::FailedModule& module : missing) {
    text += "not available: " + module.name + ": " + base::printable(module.reason, 400) + "\n";
  }
  return text;
}

/// The sensors of the devices; what does not answer is said, and left out.
SensorsRead read_sensors(DeviceSetup& setup, const std::vector<ListedDevice>& devices,
                         const Console& console) {
  std::vector<std::string> labels;
  labels.reserve(devices.size());
  for (const ListedDevice& device : devices) labels.push_back(device.info.label());
  SensorsRead read = read_sensors_once(setup.modules, std::move(labels));
  for (const std::string& module : read.hung) {
    console.progress << "sprintminer: the sensors of " << module << " do not answer\n";
  }
  return read;
}

}  // namespace

Outcome run_devices(const Arguments& arguments, const Console& console) {
  auto setup = set_up_devices(arguments.devices);
  if (!setup.ok()) return outcome_of(setup.error());
  std::vector<ListedDevice> devices = setup->list.devices;
  const Selection& selection = arguments.devices.selection;
  if (!selection.backends.empty() || !selection.devices.empty()) {
    auto selected = select_devices(setup->list, selection);
    if (!selected.ok()) return outcome_of(selected.error());
    devices = std::move(selected).value();
  }
  const auto missing = missing_for(setup->list, selection);
  const SensorsRead sensors = read_sensors(*setup, devices, console);
  console.out << (arguments.json ? as_json(devices, sensors.samples, missing)
                                 : as_text(devices, sensors.samples, missing));
  if (sensors.hung.empty()) return {};
  // A thread inside a driver cannot be joined, and the modules must stay as long as it: no
  // destructors.
  console.out.flush();
  console.progress.flush();
  std::_Exit(static_cast<int>(ExitCode::kClean));
}

}  // namespace miner
