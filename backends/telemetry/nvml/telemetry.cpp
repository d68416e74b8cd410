#include "backends/telemetry/nvml/telemetry.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "backends/telemetry/nvml/address.h"
#include "backends/telemetry/nvml/sensors.h"
#include "base/bytes.h"

namespace backends::nvml {
namespace {

constexpr std::uint32_t kMostCards = 256;  // no machine has more; a count past it is no count
constexpr std::size_t kNameSize = 96;      // NVML_DEVICE_NAME_V2_BUFFER_SIZE

std::string name_of(const Functions& functions, Device device) {
  std::array<char, kNameSize> name = {};
  if (functions.name == nullptr ||
      functions.name(device, name.data(), kNameSize) != Return::kSuccess) {
    return "NVIDIA card";
  }
  return text_of(name.data(), name.size());
}

base::Result<std::string> label_of(const Functions& functions, Device device) {
  PciInfo pci = {};
  const Return answer = functions.pci_info(device, &pci);
  if (answer != Return::kSuccess) return base::unavailable(in_words(functions, answer));
  const std::string bus_id = text_of(pci.bus_id, sizeof pci.bus_id);
  const auto label = pci_label(bus_id);
  if (!label) return base::unavailable("'" + bus_id + "' is no PCI address");
  return *label;
}

/// A card and the handle that it answers to.
struct Found {
  TelemetryCard card;
  Device device;
};

base::Result<Found> find_card(const Functions& functions, std::uint32_t index) {
  Device device = nullptr;
  const Return answer = functions.device_by_index(index, &device);
  if (answer != Return::kSuccess) return base::unavailable(in_words(functions, answer));
  ASSIGN_OR_RETURN(const std::string label, label_of(functions, device));
  return Found{{label, name_of(functions, device)}, device};
}

}  // namespace

NvmlTelemetry::NvmlTelemetry(std::string library_path) : library_path_(std::move(library_path)) {}

base::Status NvmlTelemetry::open_library() {
  if (library_ != nullptr) return base::Ok{};
  ASSIGN_OR_RETURN(library_, Library::open(library_path_));
  return base::Ok{};
}

base::Result<std::vector<TelemetryCard>> NvmlTelemetry::cards() {
  owner_.assert_here();
  RETURN_IF_ERROR(open_library());
  const Functions& functions = library_->functions();
  devices_.clear();
  std::uint32_t count = 0;
  const Return answer = functions.device_count(&count);
  if (answer != Return::kSuccess) {
    return base::unavailable(library_->driver() + ": " + in_words(functions, answer));
  }
  count = std::min(count, kMostCards);
  std::vector<TelemetryCard> out;
  std::string why = "no cards";
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto found = find_card(functions, index);
    if (!found.ok()) {
      why = "card " + std::to_string(index) + ": " + found.message();
    } else if (devices_.try_emplace(found->card.label, found->device).second) {
      out.push_back(found->card);
    }
  }
  if (out.empty()) return base::unavailable(library_->driver() + ": " + why);
  return out;
}

base::Result<TelemetrySample> NvmlTelemetry::sample(const std::string& label) {
  owner_.assert_here();
  if (devices_.empty()) {
    const auto found = cards();
    if (!found.ok()) return found.error();
  }
  const auto device = devices_.find(label);
  if (device == devices_.end()) {
    return base::unavailable("no NVIDIA card '" + base::printable(label, 64) + "'");
  }
  return read_sensors(library_->functions(), device->second, label);
}

}  // namespace backends::nvml
