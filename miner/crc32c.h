#pragma once

#include <cstdint>
#include <string_view>

namespace miner {

/// CRC-32C (Castagnoli's polynomial, reflected; RFC 3720, appendix B.4) of the bytes. Tells every
/// fault that lies within 32 bits in a row.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace miner
