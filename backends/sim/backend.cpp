#include "backends/sim/backend.h"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/sim/cancel_signal.h"
#include "backends/sim/device.h"
#include "base/check.h"

namespace backends::sim {

SimBackend::SimBackend() {
  const auto defaults = resolve_options(option_specs(), {});
  CHECK(defaults.ok() && configure(*defaults).ok());
}

base::Status SimBackend::configure(const OptionValues& values) {
  ASSIGN_OR_RETURN(settings_, BackendSettings::from(values));
  cards_ = make_cards(settings_);
  board_->set(cards_, settings_.sensors);
  return base::Ok{};
}

base::Result<std::vector<DeviceInfo>> SimBackend::probe() {
  if (cards_.empty()) return base::unavailable("none asked for: option devices is 0");
  std::vector<DeviceInfo> found;
  for (std::uint32_t i = 0; i < cards_.size(); ++i) found.push_back(info(i));
  return found;
}

DeviceInfo SimBackend::info(std::uint32_t index) const {
  const Card& card = *cards_[index];
  DeviceInfo out;
  out.backend = "sim";
  out.index = index;
  out.name = card.identity().name;
  out.kind = DeviceKind::kSimulated;
  if (settings_.pci_addresses) out.pci_address = card.identity().label;
  out.memory_bytes = card.memory_bytes();
  out.memory_free_bytes = card.memory_bytes() - std::min(card.memory_bytes(), card.memory_used());
  out.path = "reference";
  out.note = "simulated, for tests and trials";
  return out;
}

base::Result<std::unique_ptr<Device>> SimBackend::open(std::uint32_t index,
                                                       const OptionValues& values) {
  if (index >= cards_.size()) {
    return base::invalid("there is no simulated device " + std::to_string(index) + " among " +
                         std::to_string(cards_.size()));
  }
  const DeviceSettings settings = DeviceSettings::from(values);
  if (settings.fault.kind == FaultKind::kNoOpen) {
    return base::unavailable("simulated device " + std::to_string(index) + " does not open");
  }
  ASSIGN_OR_RETURN(auto cancel, CancelSignal::make());
  return std::unique_ptr<Device>(
      std::make_unique<SimDevice>(info(index), settings, cards_[index], std::move(cancel)));
}

}  // namespace backends::sim
