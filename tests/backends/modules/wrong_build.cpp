// A module of the same interface from another build.

#include "backends/api/module.h"

extern "C" __attribute__((visibility("default"))) const backends::Module* sprintminer_module() {
  static constexpr backends::Module kModule = {
      backends::kModuleAbi, "0.0.1-other", "wrong_build", 0, nullptr, nullptr};
  return &kModule;
}
