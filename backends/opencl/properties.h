#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backends/opencl/library.h"

namespace backends::opencl {

/// Whose extensions a device has: they decide how some questions are asked.
enum class Maker : std::uint8_t { kAmd, kNvidia, kOther };

/// What a platform says of a device, without opening it.
struct Properties {
  std::string name;      ///< for a person: the board's where it is told
  std::string chip;      ///< what the compiler calls it, e.g. "gfx906:sramecc+:xnack-"
  std::string platform;  ///< name and version
  std::string driver;    ///< version
  std::string pci_address;
  Maker maker = Maker::kOther;
  bool is_gpu = false;
  bool is_unified = false;  ///< its memory is the host's: an integrated GPU, a CPU
  std::uint32_t compute_units = 1;
  std::uint32_t clock_mhz = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t largest_buffer_bytes = 0;
  std::uint64_t local_bytes = 0;      ///< local memory of a work-group
  std::uint64_t group_items = 1;      ///< the largest work-group
  std::uint32_t vector_ints = 1;      ///< 32-bit integers that it takes at once
  std::uint32_t version = 12;         ///< 30 for OpenCL 3.0
  std::uint32_t capability = 0;       ///< NVIDIA's compute capability, 61 for 6.1; 0: another's
  bool has_dot = false;               ///< cl_khr_integer_dot_product, with packed arguments
  bool has_fast_dot = false;          ///< and the device has an instruction for it
  bool tells_free_memory = false;     ///< CL_DEVICE_GLOBAL_FREE_MEMORY_AMD
  std::optional<std::string> defect;  ///< why it cannot compute for us
};

/// Fault::kDevice, with the call's name, when the device does not answer.
base::Result<Properties> read_properties(const Library& library, cl_platform_id platform,
                                         cl_device_id device);

/// A platform's name, printable; empty when it does not tell.
std::string platform_text(const Library& library, cl_platform_id platform, cl_platform_info what);

/// The device's free memory where it tells that, in bytes.
std::optional<std::uint64_t> free_memory(const Library& library, cl_device_id device);

/// "0000:c1:00.0"; empty for numbers that are no address.
std::string pci_text(std::uint32_t domain, std::uint32_t bus, std::uint32_t device,
                     std::uint32_t function);

}  // namespace backends::opencl
