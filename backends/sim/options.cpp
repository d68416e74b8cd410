#include "backends/sim/options.h"

#include <utility>

namespace backends::sim {
namespace {

OptionSpec integer(std::string key, std::int64_t min, std::int64_t max, std::int64_t value,
                   std::string meaning) {
  OptionSpec spec;
  spec.key = std::move(key);
  spec.min = min;
  spec.max = max;
  spec.default_value = std::to_string(value);
  spec.meaning = std::move(meaning);
  return spec;
}

OptionSpec choice(std::string key, std::vector<std::string> choices, std::string meaning) {
  OptionSpec spec;
  spec.key = std::move(key);
  spec.type = OptionSpec::Type::kChoice;
  spec.default_value = choices.front();
  spec.choices = std::move(choices);
  spec.meaning = std::move(meaning);
  return spec;
}

OptionSpec backend_wide(OptionSpec spec) {
  spec.backend_wide = true;
  return spec;
}

OptionSpec missing_sensors() {
  OptionSpec spec;
  spec.key = "missing_sensors";
  spec.type = OptionSpec::Type::kText;
  spec.meaning = "sensors that the devices lack, by comma (core_celsius,fan_rpm,...), or all";
  return spec;
}

}  // namespace

std::span<const OptionSpec> option_specs() {
  static const std::vector<OptionSpec> kSpecs = {
      backend_wide(integer("devices", 0, 256, 1, "how many devices to simulate")),
      backend_wide(integer("memory_mb", 1, 1 << 20, 4096, "memory of each device, MiB")),
      backend_wide(choice("pci", {"on", "off"}, "whether the devices have PCI addresses")),
      backend_wide(integer("plateau_celsius", 30, 150, 70, "core temperature under steady load")),
      backend_wide(integer("warm_up_seconds", 1, 3600, 30, "time constant of the temperature, s")),
      backend_wide(missing_sensors()),
      backend_wide(integer("sensor_ms", 0, 600'000, 0, "how long the sensors take to answer, ms")),
      integer("rate", 0, 1'000'000, 0, "nonces per second at most; 0: as fast as it goes"),
      integer("group", 1, 4096, 8, "nonces computed together"),
      choice("fault", fault_names(), "what is wrong with the device"),
      integer("fault_after", 0, INT64_MAX, 0, "nonces computed since opening before it begins"),
      integer("fault_every", 1, INT64_MAX, 1, "spoils every so-manieth digest or candidate"),
      integer("hang_ms", 0, 600'000, 0, "how long a hanging device ignores a cancel, ms"),
  };
  return kSpecs;
}

base::Result<BackendSettings> BackendSettings::from(const OptionValues& values) {
  BackendSettings out;
  out.devices = static_cast<std::uint32_t>(values.integer("devices"));
  out.memory_bytes = static_cast<std::uint64_t>(values.integer("memory_mb")) << 20;
  out.pci_addresses = values.text("pci") == "on";
  out.sensors.plateau_celsius = static_cast<double>(values.integer("plateau_celsius"));
  out.sensors.warm_up = std::chrono::seconds(values.integer("warm_up_seconds"));
  out.sensors.delay = std::chrono::milliseconds(values.integer("sensor_ms"));
  ASSIGN_OR_RETURN(out.sensors.missing, parse_sensors(values.text("missing_sensors")));
  return out;
}

DeviceSettings DeviceSettings::from(const OptionValues& values) {
  DeviceSettings out;
  out.rate = static_cast<std::uint32_t>(values.integer("rate"));
  out.group = static_cast<std::uint32_t>(values.integer("group"));
  out.fault = FaultPlan::from(values);
  return out;
}

}  // namespace backends::sim
