#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace backends::nvml {

/// What holds the clocks down, in words, of NVML's bits (nvmlClocksEventReasons): "power cap,
/// thermal (software)". No value while nothing does; idling and clocks that somebody set are no
/// throttling.
std::optional<std::string> throttle_words(std::uint64_t reasons);

}  // namespace backends::nvml
