#include "backends/telemetry/nvml/library.h"

#include <dlfcn.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace backends::nvml {
namespace {

constexpr std::size_t kLongestReason = 200;
constexpr std::size_t kVersionSize = 80;  // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE

/// Finds functions by name in an open library and remembers the first that is missed.
class Finder {
 public:
  explicit Finder(void* handle) : handle_(handle) {}

  template <class Function>
  void find(const char* name, Function*& out) const {
    out = reinterpret_cast<Function*>(dlsym(handle_, name));
  }

  template <class Function>
  void need(const char* name, Function*& out) {
    find(name, out);
    if (out == nullptr && missed_ == nullptr) missed_ = name;
  }

  const char* missed() const { return missed_; }

 private:
  void* handle_;
  const char* missed_ = nullptr;
};

void find_sensors(const Finder& finder, Functions& out) {
  finder.find("nvmlDeviceGetTemperature", out.temperature);
  finder.find("nvmlDeviceGetFieldValues", out.field_values);
  finder.find("nvmlDeviceGetFanSpeed", out.fan_speed);
  finder.find("nvmlDeviceGetFanSpeed_v2", out.fan_speed_of);
  finder.find("nvmlDeviceGetFanSpeedRPM", out.fan_speed_rpm);
  finder.find("nvmlDeviceGetPowerUsage", out.power_usage);
  finder.find("nvmlDeviceGetEnforcedPowerLimit", out.enforced_power_limit);
  finder.find("nvmlDeviceGetPowerManagementLimit", out.managed_power_limit);
  finder.find("nvmlDeviceGetClockInfo", out.clock);
  finder.find("nvmlDeviceGetUtilizationRates", out.utilization);
  finder.find("nvmlDeviceGetMemoryInfo", out.memory);
  finder.find("nvmlDeviceGetCurrPcieLinkGeneration", out.pcie_generation);
  finder.find("nvmlDeviceGetCurrPcieLinkWidth", out.pcie_lanes);
  finder.find("nvmlDeviceGetCurrentClocksEventReasons", out.event_reasons);
  finder.find("nvmlDeviceGetCurrentClocksThrottleReasons", out.throttle_reasons);
}

base::Result<Functions> find_functions(void* handle, const std::string& path) {
  Functions out;
  Finder finder(handle);
  finder.need("nvmlInit_v2", out.init);
  finder.need("nvmlShutdown", out.shutdown);
  finder.need("nvmlDeviceGetCount_v2", out.device_count);
  finder.need("nvmlDeviceGetHandleByIndex_v2", out.device_by_index);
  finder.need("nvmlDeviceGetPciInfo_v3", out.pci_info);
  if (finder.missed() != nullptr) {
    return base::unavailable("NVIDIA driver too old: " + base::printable(path, kLongestReason) +
                             " has no " + finder.missed());
  }
  finder.find("nvmlErrorString", out.error_string);
  finder.find("nvmlSystemGetDriverVersion", out.driver_version);
  finder.find("nvmlDeviceGetName", out.name);
  find_sensors(finder, out);
  return out;
}

/// Why the library at `path` did not open, without the path, which dlerror puts in front.
std::string open_error(std::string_view path) {
  const char* reason = dlerror();
  std::string_view text = reason == nullptr ? "no reason given" : reason;
  const std::string front = std::string(path) + ": ";
  if (text.substr(0, front.size()) == front) text.remove_prefix(front.size());
  return base::printable(text, kLongestReason);
}

}  // namespace

std::string text_of(const char* text, std::size_t size) {
  const std::string_view all(text, size);
  return base::printable(all.substr(0, all.find('\0')));
}

std::string in_words(const Functions& functions, Return answer) {
  const char* text = functions.error_string == nullptr ? nullptr : functions.error_string(answer);
  if (text == nullptr) return "error " + std::to_string(static_cast<int>(answer));
  return base::printable(text, kLongestReason);
}

void Library::Close::operator()(void* handle) const {
  dlclose(handle);
}

base::Result<std::unique_ptr<Library>> Library::open(const std::string& path) {
  // Never unmapped, as the modules are not: a backend may use it as well.
  Handle handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
  if (handle == nullptr) {
    return base::unavailable("no NVIDIA driver: " + base::printable(path, kLongestReason) +
                             " cannot be opened: " + open_error(path));
  }
  ASSIGN_OR_RETURN(const Functions functions, find_functions(handle.get(), path));
  const Return answer = functions.init();
  if (answer != Return::kSuccess) {
    return base::unavailable("the NVIDIA driver does not answer: " + in_words(functions, answer));
  }
  return std::unique_ptr<Library>(new Library(std::move(handle), functions));
}

Library::Library(Handle handle, const Functions& functions)
    : handle_(std::move(handle)), functions_(functions) {}

Library::~Library() {
  functions_.shutdown();
}

std::string Library::driver() const {
  std::array<char, kVersionSize> version = {};
  const bool told = functions_.driver_version != nullptr &&
                    functions_.driver_version(version.data(), kVersionSize) == Return::kSuccess;
  return told ? "NVIDIA driver " + text_of(version.data(), version.size()) : "NVIDIA driver";
}

}  // namespace backends::nvml
