#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/telemetry/sysfs/files.h"

// A PCI device's folder in sysfs: /sys/devices/pci0000:00/.../0000:03:00.0, by whichever link.
namespace backends::sysfs {

/// Whether a text is a PCI address as Linux writes it, in lower case: "0000:0a:00.0"; a domain may
/// have more digits than four.
bool is_pci_address(std::string_view text);

/// What a PCI device is.
struct PciIdentity {
  std::string address;  ///< "0000:0a:00.0": the label of a card
  std::string driver;   ///< the kernel's; empty: none drives it
  std::string id;       ///< vendor and device, "1002:67df"
};

/// Reads the device's `uevent`. Does not wake it. No value when it is no PCI device.
std::optional<PciIdentity> read_identity(const Path& device);

/// Whether the kernel has put the device to sleep: reading its sensors would wake it.
bool is_asleep(const Path& device);

/// Its link, as it runs now (cards slow it down when idle).
struct PcieLink {
  std::optional<std::uint32_t> generation;
  std::optional<std::uint32_t> lanes;
};
PcieLink read_link(const Path& device);

/// Whether a bridge of this vendor and device ("0x1002", "0x1478") is part of a card.
using OfCard = bool (*)(std::string_view vendor, std::string_view device);

/// The folder of the device whose link is the one to the machine's slot: `device`, or the outermost
/// of the bridges above it that are on the card itself.
Path outermost_on_card(const Path& device, OfCard of_card);

}  // namespace backends::sysfs
