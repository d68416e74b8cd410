#include "backends/telemetry/amdgpu/telemetry.h"

#include <utility>

#include "backends/telemetry/amdgpu/sensors.h"
#include "backends/telemetry/sysfs/pci.h"
#include "base/bytes.h"

namespace backends::amdgpu {
namespace {

constexpr std::size_t kLongestName = 80;

/// The product's name, which boards for data centres have, else the chip's number.
std::string name_of(const sysfs::Path& device, const sysfs::PciIdentity& identity) {
  const std::string product = sysfs::read_text(device / "product_name").value_or("");
  return product.empty() ? "AMD card " + identity.id : base::printable(product, kLongestName);
}

}  // namespace

AmdgpuTelemetry::AmdgpuTelemetry(sysfs::Path sysfs) : sysfs_(std::move(sysfs)) {}

base::Result<std::vector<TelemetryCard>> AmdgpuTelemetry::cards() {
  owner_.assert_here();
  devices_.clear();
  std::vector<TelemetryCard> out;
  const sysfs::Path all = sysfs_ / "class" / "drm";
  for (const std::string& name : sysfs::numbered(all, "card")) {
    const sysfs::Path device = all / name / "device";
    if (sysfs::read_text(device / "vendor") != kVendor) continue;
    const auto identity = sysfs::read_identity(device);
    if (!identity || identity->driver != "amdgpu") continue;
    if (!devices_.try_emplace(identity->address, device).second) continue;  // a card in parts
    out.push_back({identity->address, name_of(device, *identity)});
  }
  if (out.empty()) return base::unavailable("no card that the driver amdgpu drives");
  return out;
}

base::Result<TelemetrySample> AmdgpuTelemetry::sample(const std::string& label) {
  owner_.assert_here();
  if (devices_.empty()) {
    const auto found = cards();
    if (!found.ok()) return found.error();
  }
  const auto device = devices_.find(label);
  if (device == devices_.end()) {
    return base::unavailable("no AMD card '" + base::printable(label, 64) + "'");
  }
  // Another card may have got the number meanwhile.
  const auto identity = sysfs::read_identity(device->second);
  if (!identity || identity->address != label) {
    devices_.clear();
    return base::device_fault(label + ": the card is gone");
  }
  return read_sensors(device->second);
}

}  // namespace backends::amdgpu
