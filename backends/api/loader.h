#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/api/backend.h"
#include "backends/api/telemetry.h"

namespace backends {

/// A module in use. Devices must be gone before it is.
struct LoadedModule {
  std::string name;
  std::string file;
  std::int32_t rank = 0;
  std::unique_ptr<Backend> backend;      ///< null: it only has sensors
  std::unique_ptr<Telemetry> telemetry;  ///< null: it only computes
};

/// A module that could not be used: costs that module only.
struct FailedModule {
  std::string name;
  std::string reason;  ///< one line for a person
};

struct LoadResult {
  std::vector<LoadedModule> modules;  ///< by rank, highest first; then by name
  std::vector<FailedModule> failed;
};

/// Loads every module (*.so) of a folder. A file that is not a module, of another interface or
/// another build, or whose libraries are missing ends in `failed`; a missing folder is one failure.
/// Modules stay mapped until the process ends.
LoadResult load_modules(const std::string& folder);

/// The folder of the modules for a program at `program_path`: lib/sprintminer beside its bin/.
std::string module_folder(const std::string& program_path);

}  // namespace backends
