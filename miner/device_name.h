#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/api/device_info.h"

namespace miner {

/// A device as a user names it.
struct DeviceName {
  enum class Form {
    kNumber,  ///< "0": its number in `sprintminer devices`
    kId,      ///< "cpu:0"
    kPci,     ///< "0000:01:00.0"; "01:00.0" means domain 0000
  };

  Form form = Form::kNumber;
  std::uint32_t number = 0;  ///< kNumber: in the list; kId: within the backend
  std::string backend;       ///< kId
  std::string pci_address;   ///< kPci, whole and in lower case

  /// Whether this device, which the list shows under `listed_number`, is meant.
  bool names(std::uint32_t listed_number, const backends::DeviceInfo& info) const;
};

/// Reads one of the three forms, in lower or upper case; anything else is nothing.
std::optional<DeviceName> parse_device_name(std::string_view text);

}  // namespace miner
