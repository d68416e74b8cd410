#pragma once

// Threads of a block, for host and device.

#include <cstdint>

namespace backends::gpu {

constexpr std::uint32_t kThreads = 256;     ///< where nothing speaks for another number
constexpr std::uint32_t kHashThreads = 64;  ///< few rows, long work: over all processors
constexpr std::uint32_t kNormThreads = 256;
constexpr std::uint32_t kNormRows = kNormThreads / 32;
constexpr std::uint32_t kAttentionThreads = 128;
constexpr std::uint32_t kAttentionHeads = kAttentionThreads / 32;

}  // namespace backends::gpu
