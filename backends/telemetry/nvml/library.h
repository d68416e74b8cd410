#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace backends::nvml {

// The part of NVML that is used here, declared after NVIDIA's "NVML API Reference Guide" (no header
// of theirs is needed to build). The names on the right are the guide's.

enum class Return : int {  // nvmlReturn_t; any other value may come as well
  kSuccess = 0,
  kInvalidArgument = 2,
  kNotSupported = 3,
  kNoPermission = 4,
  kFunctionNotFound = 13,
  kGpuIsLost = 15,
  kResetRequired = 16,
  kNoData = 21,
  kUnknown = 999,
};

enum class Sensor : int {  // nvmlTemperatureSensors_t
  kCore = 0,               // NVML_TEMPERATURE_GPU
  kHottest = 1,            // NVML_TEMPERATURE_GPU_MAX; an invalid argument before NVML 13
};

enum class Clock : int {  // nvmlClockType_t
  kSm = 1,                // NVML_CLOCK_SM
  kMemory = 2,            // NVML_CLOCK_MEM
};

using Device = struct OpaqueDevice*;  // nvmlDevice_t

struct PciInfo {  // nvmlPciInfo_t
  char bus_id_legacy[16];
  std::uint32_t domain;
  std::uint32_t bus;
  std::uint32_t device;
  std::uint32_t device_and_vendor;
  std::uint32_t subsystem;
  char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68);

enum class ValueType : int {  // nvmlValueType_t
  kDouble = 0,
  kUnsignedInt = 1,
  kUnsignedLong = 2,
  kUnsignedLongLong = 3,
  kSignedLongLong = 4,
  kSignedInt = 5,
  kUnsignedShort = 6,
};

union Value {  // nvmlValue_t
  double as_double;
  std::int32_t as_signed_int;
  std::uint32_t as_unsigned_int;
  std::uint64_t as_unsigned_long;  // 64 bits wide on every Linux that NVIDIA has drivers for
  std::int64_t as_signed_long;
  std::uint16_t as_unsigned_short;
};

constexpr std::uint32_t kFieldMemoryCelsius = 82;  // NVML_FI_DEV_MEMORY_TEMP

struct FieldValue {  // nvmlFieldValue_t
  std::uint32_t field = 0;
  std::uint32_t scope = 0;
  std::int64_t timestamp_micros = 0;
  std::int64_t latency_micros = 0;
  ValueType type = ValueType::kDouble;
  Return answer = Return::kUnknown;  ///< to be asked before the value, whatever the call returned
  Value value = {0};
};
static_assert(sizeof(FieldValue) == 40);

struct FanSpeed {  // nvmlFanSpeedInfo_v1_t
  std::uint32_t version;
  std::uint32_t fan;
  std::uint32_t rpm;
};
constexpr std::uint32_t kFanSpeedVersion = sizeof(FanSpeed) | 1U << 24;  // nvmlFanSpeedInfo_v1

struct Utilization {  // nvmlUtilization_t
  std::uint32_t gpu_percent;
  std::uint32_t memory_percent;
};

struct Memory {  // nvmlMemory_t
  std::uint64_t total_bytes;
  std::uint64_t free_bytes;
  std::uint64_t used_bytes;  // what the driver keeps for itself is counted
};

/// The functions of a library; null: this one does not have it.
struct Functions {
  // A library without these is refused.
  Return (*init)() = nullptr;                                       // nvmlInit_v2
  Return (*shutdown)() = nullptr;                                   // nvmlShutdown
  Return (*device_count)(std::uint32_t*) = nullptr;                 // nvmlDeviceGetCount_v2
  Return (*device_by_index)(std::uint32_t, Device*) = nullptr;      // ..HandleByIndex_v2
  Return (*pci_info)(Device, PciInfo*) = nullptr;                   // ..PciInfo_v3
  const char* (*error_string)(Return) = nullptr;                    // nvmlErrorString
  Return (*driver_version)(char*, std::uint32_t) = nullptr;         // nvmlSystemGetDriverVersion
  Return (*name)(Device, char*, std::uint32_t) = nullptr;           // nvmlDeviceGetName
  Return (*temperature)(Device, Sensor, std::uint32_t*) = nullptr;  // ..Temperature
  Return (*field_values)(Device, int, FieldValue*) = nullptr;       // ..FieldValues
  Return (*fan_speed)(Device, std::uint32_t*) = nullptr;            // ..FanSpeed, percent
  Return (*fan_speed_of)(Device, std::uint32_t, std::uint32_t*) = nullptr;  // ..FanSpeed_v2
  Return (*fan_speed_rpm)(Device, FanSpeed*) = nullptr;                     // ..FanSpeedRPM
  Return (*power_usage)(Device, std::uint32_t*) = nullptr;                  // ..PowerUsage, mW
  Return (*enforced_power_limit)(Device, std::uint32_t*) = nullptr;  // ..EnforcedPowerLimit, mW
  Return (*managed_power_limit)(Device, std::uint32_t*) = nullptr;   // ..PowerManagementLimit, mW
  Return (*clock)(Device, Clock, std::uint32_t*) = nullptr;          // ..ClockInfo, MHz
  Return (*utilization)(Device, Utilization*) = nullptr;             // ..UtilizationRates
  Return (*memory)(Device, Memory*) = nullptr;                       // ..MemoryInfo
  Return (*pcie_generation)(Device, std::uint32_t*) = nullptr;       // ..CurrPcieLinkGeneration
  Return (*pcie_lanes)(Device, std::uint32_t*) = nullptr;            // ..CurrPcieLinkWidth
  Return (*event_reasons)(Device, std::uint64_t*) = nullptr;         // ..CurrentClocksEventReasons
  Return (*throttle_reasons)(Device, std::uint64_t*) = nullptr;  // ..CurrentClocksThrottleReasons
};

/// NVML, opened and initialised; shut down when this goes. One thread.
class Library {
 public:
  /// The name by which the driver's library is found.
  static constexpr const char* kName = "libnvidia-ml.so.1";

  /// Opens the library at `path`, or the one that the system finds by that name, and initialises
  /// it. Unavailable: no driver, one too old, or one that does not answer.
  static base::Result<std::unique_ptr<Library>> open(const std::string& path);

  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const Functions& functions() const { return functions_; }

  /// "NVIDIA driver 535.129.03", for a message; without the version where it does not tell it.
  std::string driver() const;

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  using Handle = std::unique_ptr<void, Close>;
  Library(Handle handle, const Functions& functions);

  const Handle handle_;
  const Functions functions_;
};

/// The library's own words for an answer, made safe for a terminal.
std::string in_words(const Functions& functions, Return answer);

/// Text of at most `size` bytes that ends at a zero byte, if there is one, made safe for a
/// terminal.
std::string text_of(const char* text, std::size_t size);

}  // namespace backends::nvml
