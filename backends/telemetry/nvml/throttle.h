#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace backends::nvml {

/// What holds the clocks down, in the words of ThrottleReasons, of NVML's bits
/// (nvmlClocksEventReasons). A slowdown by the hardware because of heat is both, "thermal, hardware
/// slowdown". No value while nothing does.
std::optional<std::string> throttle_words(std::uint64_t reasons);

}  // namespace backends::nvml
