#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backends::nvml {

/// The label of the card at a bus id as NVML writes it: "00000000:0A:00.0" is "0000:0a:00.0". Like
/// Linux, it keeps more than four digits of a domain where they are needed. No value when the text
/// is no PCI address.
std::optional<std::string> pci_label(std::string_view bus_id);

}  // namespace backends::nvml
