#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace backends::cpu {

/// Bytes the machine can still give without swapping; nothing where that cannot be told. Any
/// thread.
using AvailableMemory = std::function<std::optional<std::uint64_t>()>;

/// The AvailableMemory of Linux: MemAvailable of /proc/meminfo, or what control groups leave if
/// that is less.
std::optional<std::uint64_t> available_memory();

/// MemAvailable in bytes, from the text of /proc/meminfo.
std::optional<std::uint64_t> parse_available(std::string_view meminfo);

/// What is left for the rest of the machine: 5 % of what is available, at least 200 MB.
std::uint64_t memory_reserve(std::uint64_t available_bytes);

/// Whether `needed_bytes` may be taken now, in view of `promised_bytes` that others have reserved
/// but not touched. Linux hands out more than it has and kills a process later, so ask before, not
/// after. `what` names the use; the error names the numbers.
base::Status check_memory(std::string_view what, std::uint64_t needed_bytes,
                          std::uint64_t promised_bytes,
                          std::optional<std::uint64_t> available_bytes);

}  // namespace backends::cpu
