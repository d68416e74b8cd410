#include "miner/cli/sensor_output.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "miner/sensor_board.h"
#include "miner/sensor_threads.h"

namespace miner {
namespace {

// A driver that was not in use may need a second or two for its start.
constexpr base::Micros kReadWithin = std::chrono::seconds(2);
constexpr base::Micros kEndWithin = std::chrono::milliseconds(100);

/// What a command has to say is on its console.
class NoLog final : public base::LogSink {
 public:
  void write(const base::LogRecord&) override {}
};

/// All that the threads use.
struct Reading {
  Reading(std::vector<SensorSource> sources, std::vector<std::string> labels)
      : board(std::move(labels)), threads(std::move(sources), board, log, clock) {}

  NoLog log;
  base::SystemClock clock;
  SensorBoard board;
  SensorThreads threads;
};

template <class T>
void write_integer(JsonLine& json, std::string_view name, const std::optional<T>& value) {
  json.key(name);
  value ? json.integer(*value) : json.null();
}

std::string shown(const std::optional<double>& value, const char* unit) {
  return value ? fmt::format("{:.0f} {}", *value, unit) : "";
}

}  // namespace

SensorsRead read_sensors_once(std::vector<backends::LoadedModule>& modules,
                              std::vector<std::string> labels) {
  auto reading = std::make_unique<Reading>(sensor_sources(modules), std::move(labels));
  reading->threads.wait_read(kReadWithin);
  reading->threads.request_stop();
  SensorsRead out;
  out.hung = reading->threads.hung(kEndWithin);
  const std::size_t count = reading->board.labels().size();
  for (std::uint32_t i = 0; i < count; ++i) {
    out.samples.push_back(reading->board.sensors(i, reading->clock.now()));
  }
  if (!out.hung.empty()) (void)reading.release();  // a thread is still in there
  return out;
}

void write_sensors(JsonLine& json, const std::optional<backends::TelemetrySample>& sample) {
  if (!sample) {
    json.null();
    return;
  }
  const backends::TelemetrySample& s = *sample;
  json.begin_object().key("core_celsius").number(s.core_celsius);
  json.key("hotspot_celsius").number(s.hotspot_celsius);
  json.key("memory_celsius").number(s.memory_celsius);
  json.key("fan_percent").number(s.fan_percent).key("fan_rpm").number(s.fan_rpm);
  json.key("power_watts").number(s.power_watts);
  json.key("power_limit_watts").number(s.power_limit_watts);
  json.key("core_mhz").number(s.core_mhz).key("memory_mhz").number(s.memory_mhz);
  json.key("load_percent").number(s.load_percent);
  write_integer(json, "memory_used_bytes", s.memory_used_bytes);
  write_integer(json, "memory_total_bytes", s.memory_total_bytes);
  write_integer(json, "pcie_generation", s.pcie_generation);
  write_integer(json, "pcie_lanes", s.pcie_lanes);
  json.key("throttle_reason");
  s.throttle_reason ? json.text(*s.throttle_reason) : json.null();
  json.end_object();
}

SensorCells sensor_cells(const std::optional<backends::TelemetrySample>& sample) {
  if (!sample) return {};
  auto celsius = sample->core_celsius;
  if (!celsius) celsius = sample->hotspot_celsius;
  if (!celsius) celsius = sample->memory_celsius;
  return {shown(celsius, "C"), shown(sample->power_watts, "W"),
          sample->fan_percent ? shown(sample->fan_percent, "%") : shown(sample->fan_rpm, "rpm")};
}

}  // namespace miner
