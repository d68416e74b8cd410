#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace backends {

enum class DeviceKind {
  kGpu,       ///< mines by default
  kCpu,       ///< mines when named, or when there is nothing else
  kReserved,  ///< mines only when named: a GPU without memory of its own, a CPU that another module
              ///< drives better
  kSimulated,  ///< mines only when named: there is no such device
};

/// What is known of a device before it is opened. A value; never changes.
struct DeviceInfo {
  std::string backend;      ///< the module that drives it, e.g. "cpu"
  std::uint32_t index = 0;  ///< counts from 0 within the backend
  std::string name;         ///< the maker's name for it
  DeviceKind kind = DeviceKind::kGpu;
  std::string pci_address;         ///< "0000:01:00.0", lower case; empty where there is none
  std::uint64_t memory_bytes = 0;  ///< in all
  std::optional<std::uint64_t> memory_free_bytes;  ///< now, where it can be told
  std::string path;                                ///< the kernel path chosen for it, e.g. "avx2"
  std::string note;  ///< one line for the owner, e.g. "not yet measured on this card"

  /// "cpu:0": how flags and logs name it where it has no PCI address.
  std::string id() const { return backend + ":" + std::to_string(index); }
  /// PCI address where there is one, else id(): the name that survives a change of backend.
  std::string label() const { return pci_address.empty() ? id() : pci_address; }
};

}  // namespace backends
