#pragma once

#include <cuda.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "backends/cuda/library.h"
#include "base/result.h"

namespace backends::cuda {

/// What is known of a card before it is opened. A value.
struct Properties {
  std::string name;
  std::string pci_address;  ///< as normal_pci_address makes it; empty where there is none
  std::uint32_t major = 0;  ///< of the compute capability
  std::uint32_t minor = 0;
  std::uint32_t processors = 0;    ///< streaming multiprocessors
  std::uint32_t clock_khz = 0;     ///< of the processors, at their fastest
  std::uint32_t shared_bytes = 0;  ///< that one block may ask for
  std::uint64_t l2_bytes = 0;
  std::uint64_t memory_bytes = 0;
  bool integrated = false;  ///< its memory is the host's

  /// 86 for 8.6.
  std::uint32_t capability() const { return 10 * major + minor; }
  /// "8.6"
  std::string capability_text() const {
    return std::to_string(major) + "." + std::to_string(minor);
  }
};

/// Asks the driver. Fault::kDevice names the card by its number.
base::Result<Properties> read_properties(const Library& library, CUdevice device);

/// "0000:c1:00.0" for "0000:C1:00.0", "00000000:C1:00.0" and "C1:00.0"; empty for what is no PCI
/// address.
std::string normal_pci_address(std::string_view text);

}  // namespace backends::cuda
