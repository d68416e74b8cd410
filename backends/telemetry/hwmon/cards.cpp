#include "backends/telemetry/hwmon/cards.h"

#include <string_view>
#include <utility>

#include "backends/telemetry/sysfs/hwmon.h"
#include "backends/telemetry/sysfs/pci.h"
#include "base/bytes.h"

namespace backends::hwmon {
namespace {

constexpr std::string_view kDisplay = "0x03";  // the PCI class of display controllers
constexpr std::string_view kIntel = "0x8086";

bool is_graphics_card(const sysfs::Path& device) {
  const auto kind = sysfs::read_text(device / "class");
  return kind && kind->compare(0, kDisplay.size(), kDisplay) == 0;
}

/// Whether a folder is of a part of the card: i915 has "i915" and, for each tile, "i915_gt0".
bool is_of_a_part(const sysfs::Path& hwmon) {
  return sysfs::read_text(hwmon / "name").value_or("").find("_gt") != std::string::npos;
}

/// Not of Intel's cards: their chip's own link, to the switch on the card, always says 2.5 GT/s by
/// one lane, and the switch has the vendor of the machine's own bridges.
void read_link(const sysfs::Path& device, TelemetrySample& out) {
  if (sysfs::read_text(device / "vendor") == kIntel) return;
  const auto link = sysfs::read_link(device);
  out.pcie_generation = link.generation;
  out.pcie_lanes = link.lanes;
}

/// i915 and xe count energy and tell no power.
void read_power(Card& card, base::SteadyTime now, TelemetrySample& out) {
  const auto energy = sysfs::read_integer(card.hwmon / "energy1_input");
  if (out.power_watts || !energy || *energy < 0) return;
  out.power_watts = card.energy.watts(now, static_cast<std::uint64_t>(*energy));
}

}  // namespace

std::map<std::string, Card> find_cards(const Roots& roots) {
  std::map<std::string, Card> out;
  const sysfs::Path all = roots.sys / "class" / "hwmon";
  for (const std::string& name : sysfs::numbered(all, "hwmon")) {
    const sysfs::Path device = all / name / "device";
    if (!is_graphics_card(device) || is_of_a_part(all / name)) continue;
    const auto identity = sysfs::read_identity(device);
    if (!identity || identity->driver == "amdgpu") continue;
    const std::string shown = base::printable(identity->driver, 32) + " card " + identity->id;
    out.try_emplace(identity->address, Card{shown, all / name, device, {}});
  }
  return out;
}

std::optional<TelemetrySample> read_card(Card& card, const std::string& label,
                                         base::SteadyTime now) {
  const auto identity = sysfs::read_identity(card.device);
  if (!identity || identity->address != label) return std::nullopt;
  TelemetrySample out;
  if (sysfs::is_asleep(card.device)) return out;
  sysfs::read_card(card.hwmon, out);
  read_power(card, now, out);
  read_link(card.device, out);
  return out;
}

}  // namespace backends::hwmon
