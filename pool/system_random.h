#pragma once

#include <cstdint>
#include <span>

namespace pool {

/// A RandomSource: the system's generator, as OpenSSL draws from it. Any thread.
bool system_random(std::span<std::uint8_t> bytes);

}  // namespace pool
