#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cpu/isa/select.h"
#include "base/result.h"

namespace backends::cpu {

/// What the backend knows of the machine. A value, so that tests can make any machine.
struct Machine {
  std::string name;                ///< the processor's, by its maker
  std::uint64_t memory_bytes = 0;  ///< installed
  std::uint64_t l2_bytes = 0;      ///< of one core; a cautious guess where it cannot be told
  std::uint32_t threads = 1;       ///< processors that this process may run on; at least 1
  CpuFeatures features;
};

/// The machine this runs on.
Machine read_machine();

/// The processors of a list like "0,2,4-7", in its order; none for an empty list. Numbers up to
/// 65535; a processor twice is an error.
base::Result<std::vector<std::uint32_t>> parse_processors(std::string_view list);

/// Whether this process may use each of them: else which one it may not, or does not exist.
base::Status check_processors(std::span<const std::uint32_t> processors);

/// The processor's name from the text of /proc/cpuinfo; "unknown processor" if it has none.
std::string parse_cpu_name(std::string_view cpuinfo);

}  // namespace backends::cpu
