// A module of another interface: nothing after the number may be read.

#include "backends/api/module.h"

extern "C" __attribute__((visibility("default"))) const void* sprintminer_module() {
  static constexpr std::uint32_t kAbi = backends::kModuleAbi + 1;
  return &kAbi;
}
