#include "backends/api/loader.h"

#include <dlfcn.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "backends/api/module.h"
#include "base/bytes.h"
#include "base/result.h"

namespace backends {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestReason = 400;

std::string last_dl_error() {
  const char* text = dlerror();
  return base::printable(text == nullptr ? "no reason given" : text, kLongestReason);
}

/// The entry of a module's file, checked to be one of this build.
base::Result<const Module*> open_module(const std::string& file, const std::string& name) {
  // Never unmapped: threads, thread-local destructors and messages of its libraries may outlive it.
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) return base::unavailable(last_dl_error());
  void* symbol = dlsym(handle, kModuleSymbol);
  if (symbol == nullptr) {
    return base::invalid("not a module: no symbol " + std::string(kModuleSymbol));
  }
  const Module* module = reinterpret_cast<ModuleEntry*>(symbol)();
  if (module == nullptr) return base::invalid("not a module: its entry is empty");
  if (module->abi != kModuleAbi) {
    return base::invalid("made for module interface " + std::to_string(module->abi) +
                         "; this program has " + std::to_string(kModuleAbi));
  }
  if (module->build_id == nullptr || module->build_id != std::string_view(SPRINT_BUILD_ID)) {
    const char* id = module->build_id == nullptr ? "" : module->build_id;
    return base::invalid("of build '" + base::printable(id, 64) + "'; this program is of build '" +
                         SPRINT_BUILD_ID "'");
  }
  if (module->name == nullptr || module->name != name) {
    const char* own = module->name == nullptr ? "" : module->name;
    return base::invalid("the file is named after another module: this is '" +
                         base::printable(own, 64) + "'");
  }
  return module;
}

base::Result<LoadedModule> make_module(const std::string& file, const std::string& name) {
  ASSIGN_OR_RETURN(const Module* module, open_module(file, name));
  LoadedModule loaded;
  loaded.name = name;
  loaded.file = file;
  loaded.rank = module->rank;
  if (module->make_backend != nullptr) loaded.backend.reset(module->make_backend());
  if (module->make_telemetry != nullptr) {
    loaded.telemetry.reset(module->make_telemetry(loaded.backend.get()));
  }
  if (loaded.backend == nullptr && loaded.telemetry == nullptr) {
    return base::invalid("it offers neither devices nor sensors");
  }
  return loaded;
}

/// No exception of a module or of a library under it gets further than here.
base::Result<LoadedModule> load_module(const std::string& file, const std::string& name) {
  try {
    return make_module(file, name);
  } catch (const std::exception& fault) {
    return base::unavailable("it failed to start: " + base::printable(fault.what()));
  } catch (...) {
    return base::unavailable("it failed to start");
  }
}

/// The modules' files, by name; an error when the folder cannot be read.
base::Result<std::vector<fs::path>> module_files(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code fault;
  fs::directory_iterator at(folder, fault);
  for (; !fault && at != fs::directory_iterator(); at.increment(fault)) {
    const fs::path& path = at->path();
    if (path.extension() == ".so" && !path.stem().empty()) files.push_back(path);
  }
  if (fault) return base::unavailable("cannot read " + folder + ": " + fault.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

LoadResult load_modules(const std::string& folder) {
  LoadResult out;
  const auto files = module_files(folder);
  if (!files.ok()) {
    out.failed.push_back({"modules", files.message()});
    return out;
  }
  for (const fs::path& file : *files) {
    const std::string name = file.stem().string();
    auto module = load_module(file.string(), name);
    if (module.ok()) {
      out.modules.push_back(std::move(module).value());
    } else {
      out.failed.push_back({base::printable(name, 64), module.message()});
    }
  }
  std::sort(out.modules.begin(), out.modules.end(), [](const auto& a, const auto& b) {
    return std::tie(b.rank, a.name) < std::tie(a.rank, b.name);
  });
  return out;
}

std::string module_folder(const std::string& program_path) {
  std::error_code fault;
  fs::path program = fs::canonical(program_path, fault);
  if (fault) program = fs::absolute(program_path, fault).lexically_normal();
  return (program.parent_path().parent_path() / "lib" / "sprintminer").string();
}

}  // namespace backends
