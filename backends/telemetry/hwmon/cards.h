#pragma once

#include <map>
#include <optional>
#include <string>

#include "backends/api/telemetry.h"
#include "backends/telemetry/hwmon/roots.h"
#include "backends/telemetry/sysfs/energy_counter.h"
#include "backends/telemetry/sysfs/files.h"
#include "base/clock.h"

namespace backends::hwmon {

/// A graphics card with a hwmon folder.
struct Card {
  std::string name;
  sysfs::Path hwmon;
  sysfs::Path device;  ///< its PCI folder
  sysfs::EnergyCounter energy;
};

/// The cards by PCI address, without those of amdgpu.
std::map<std::string, Card> find_cards(const Roots& roots);

/// Reads what the card has sensors for; nothing at all while it sleeps. No value when it is not the
/// card at `label` any more.
std::optional<TelemetrySample> read_card(Card& card, const std::string& label,
                                         base::SteadyTime now);

}  // namespace backends::hwmon
