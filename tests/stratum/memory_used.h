#pragma once

#include <unistd.h>

#include <cstddef>
#include <fstream>

#include "tests/support/sanitizers.h"

namespace tests {

/// Bytes of this process that lie in memory now.
inline std::size_t memory_used() {
  std::ifstream in("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Sanitizers keep what was freed for a while, so that there is nothing to be measured.
#if defined(SPRINT_ADDRESS_SANITIZER) || defined(SPRINT_THREAD_SANITIZER)
constexpr bool kMemoryIsMeasured = false;
#else
constexpr bool kMemoryIsMeasured = true;
#endif

}  // namespace tests
