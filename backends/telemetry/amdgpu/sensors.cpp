#include "backends/telemetry/amdgpu/sensors.h"

#include "backends/telemetry/amdgpu/clocks.h"
#include "backends/telemetry/amdgpu/metrics.h"
#include "backends/telemetry/sysfs/hwmon.h"
#include "backends/telemetry/sysfs/pci.h"

namespace backends::amdgpu {
namespace {

constexpr sysfs::Scale kPercent = {1, 0, 100};
constexpr std::size_t kMostMetricsBytes = 4096;

void read_memory(const sysfs::Path& device, TelemetrySample& out) {
  const auto total = sysfs::read_bytes(device / "mem_info_vram_total");
  if (!total || *total == 0) return;
  out.memory_total_bytes = total;
  const auto used = sysfs::read_bytes(device / "mem_info_vram_used");
  if (used && *used <= *total) out.memory_used_bytes = used;
}

/// The ports of the switches on cards since Vega: those of Navi have the cards' vendor, those of
/// Vega that of the processors, whose own ports they must not be taken for.
bool is_on_card(std::string_view vendor, std::string_view device) {
  return vendor == kVendor || (vendor == "0x1022" && (device == "0x1470" || device == "0x1471"));
}

/// The link to the slot: many cards have a switch, and the chip's link to that is always fast.
void read_link(const sysfs::Path& device, TelemetrySample& out) {
  const auto link = sysfs::read_link(sysfs::outermost_on_card(device, is_on_card));
  out.pcie_generation = link.generation;
  out.pcie_lanes = link.lanes;
}

}  // namespace

TelemetrySample read_sensors(const sysfs::Path& device) {
  TelemetrySample out;
  if (sysfs::is_asleep(device)) return out;
  for (const sysfs::Path& hwmon : sysfs::hwmon_folders(device)) {
    if (sysfs::read_text(hwmon / "name") != "amdgpu") continue;
    sysfs::read_card(hwmon, out);
    read_clocks(hwmon, out);
    break;
  }
  fill_clocks(device, out);
  out.load_percent = sysfs::read_scaled(device / "gpu_busy_percent", kPercent);
  read_memory(device, out);
  read_link(device, out);
  if (const auto metrics = sysfs::read_start(device / "gpu_metrics", kMostMetricsBytes)) {
    out.throttle_reason = throttle_words(*metrics);
  }
  return out;
}

}  // namespace backends::amdgpu
