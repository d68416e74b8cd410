// A stand-in for NVIDIA's libnvidia-ml.so.1, which says what a script tells it to. It declares the
// types for itself, as NVML's reference does, so that the module's own declarations are compared
// with something. FAKE_IS_CURRENT has every function; FAKE_IS_OLD those of a driver of 2017;
// FAKE_IS_BARE no sensor and no text; FAKE_IS_TOO_OLD lacks one that is needed.

#include <cstring>

#include "tests/telemetry_nvml/fake_script.h"

#if defined(FAKE_IS_CURRENT)
#define FAKE_IS_OLD
#endif

using nvmlReturn_t = int;
using nvmlDevice_t = tests::FakeCard*;

struct nvmlPciInfo_t {
  char busIdLegacy[16];
  unsigned int domain;
  unsigned int bus;
  unsigned int device;
  unsigned int pciDeviceId;
  unsigned int pciSubSystemId;
  char busId[32];
};

union nvmlValue_t {
  double dVal;
  int siVal;
  unsigned int uiVal;
  unsigned long ulVal;
  unsigned long long ullVal;
  signed long long sllVal;
  unsigned short usVal;
};

struct nvmlFieldValue_t {
  unsigned int fieldId;
  unsigned int scopeId;
  long long timestamp;
  long long latencyUsec;
  int valueType;
  nvmlReturn_t nvmlReturn;
  nvmlValue_t value;
};

struct nvmlFanSpeedInfo_v1_t {
  unsigned int version;
  unsigned int fan;
  unsigned int speed;
};

struct nvmlUtilization_t {
  unsigned int gpu;
  unsigned int memory;
};

struct nvmlMemory_t {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

namespace {

tests::FakeScript script;

/// A buffer's text as the real library writes it: it must fit.
[[maybe_unused]] nvmlReturn_t write_text(const char* text, char* out, unsigned int length) {
  if (std::strlen(text) >= length) return 7;
  std::strcpy(out, text);
  return tests::kSuccess;
}

/// The answer to any question about a card: a success, unless it is not there to answer.
[[maybe_unused]] nvmlReturn_t about(nvmlDevice_t card) {
  if (script.initialised <= 0) return tests::kUninitialized;
  ++card->questions;
  return card->gone;
}

template <class Number>
nvmlReturn_t tell(nvmlDevice_t card, const tests::FakeAnswer& answer, Number* out) {
  const nvmlReturn_t general = about(card);
  if (general != tests::kSuccess) return general;
  if (answer.answer == tests::kSuccess) *out = static_cast<Number>(answer.value);
  return answer.answer;
}

}  // namespace

extern "C" {

tests::FakeScript* fake_library_script() {
  return &script;
}

nvmlReturn_t nvmlInit_v2() {
  ++script.inits;
  if (script.init == tests::kSuccess) ++script.initialised;
  return script.init;
}

nvmlReturn_t nvmlShutdown() {
  --script.initialised;
  return tests::kSuccess;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* count) {
  if (script.initialised <= 0) return tests::kUninitialized;
  *count = script.cards_told;
  return script.count;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t* device) {
  if (index >= script.cards_told) return tests::kInvalidArgument;
  if (index >= tests::FakeScript::kMostCards) return tests::kGpuIsLost;
  *device = &script.cards[index];
  return script.cards[index].handle;
}

#if !defined(FAKE_IS_TOO_OLD)
nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  if (device->gone != tests::kSuccess) return device->gone;
  *pci = {};
  std::strcpy(pci->busIdLegacy, "no one asks");
  pci->pciDeviceId = pci->pciSubSystemId = ~0U;
  std::memcpy(pci->busId, device->bus_id, sizeof pci->busId);
  return tests::kSuccess;
}
#endif

#if defined(FAKE_IS_OLD)
const char* nvmlErrorString(nvmlReturn_t code) {
  switch (code) {
    case tests::kDriverNotLoaded:
      return "Driver Not Loaded";
    case tests::kGpuIsLost:
      return "GPU is lost";
    case tests::kResetRequired:
      return "GPU requires reset";
    default:
      return "Unknown Error\x1b[31m";
  }
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  return write_text("535.129.03", version, length);
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length) {
  return write_text(device->name, name, length);
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned int* celsius) {
  if (sensor != 0 && sensor != 1) return tests::kInvalidArgument;
  return tell(device, sensor == 0 ? device->core_celsius : device->hotspot_celsius, celsius);
}

nvmlReturn_t nvmlDeviceGetFanSpeed(nvmlDevice_t device, unsigned int* percent) {
  return tell(device, device->old_fan_percent, percent);
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int* milliwatts) {
  return tell(device, device->power_milliwatts, milliwatts);
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned int* milliwatts) {
  return tell(device, device->managed_limit_milliwatts, milliwatts);
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, int clock, unsigned int* mhz) {
  if (clock != 1 && clock != 2) return tests::kInvalidArgument;
  return tell(device, clock == 1 ? device->sm_mhz : device->memory_mhz, mhz);
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* rates) {
  rates->memory = 77;
  return tell(device, device->load_percent, &rates->gpu);
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  const nvmlReturn_t answer = tell(device, device->memory_used_bytes, &memory->used);
  if (answer == tests::kSuccess) memory->total = device->memory_total_bytes;
  memory->free = 11;
  return answer;
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t device, unsigned int* generation) {
  return tell(device, device->pcie_generation, generation);
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t device, unsigned int* lanes) {
  return tell(device, device->pcie_lanes, lanes);
}

nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device,
                                                       unsigned long long* reasons) {
  return tell(device, device->reasons, reasons);
}
#endif

#if defined(FAKE_IS_CURRENT)
nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t* values) {
  if (count != 1 || values->fieldId != 82 || values->scopeId != 0) return tests::kInvalidArgument;
  if (device->fields != tests::kSuccess) return device->fields;
  values->valueType = device->memory_celsius_type;
  // As DCGM's issue 311 has it: a success of the call, with a value nobody wrote, says nothing.
  values->value.ullVal = 0;
  if (values->valueType == 0) {
    values->nvmlReturn = tell(device, device->memory_celsius, &values->value.dVal);
  } else if (values->valueType == 6) {
    values->nvmlReturn = tell(device, device->memory_celsius, &values->value.usVal);
  } else if (values->valueType == 1 || values->valueType == 5) {
    values->nvmlReturn = tell(device, device->memory_celsius, &values->value.uiVal);
  } else {
    values->nvmlReturn = tell(device, device->memory_celsius, &values->value.ullVal);
  }
  return tests::kSuccess;
}

nvmlReturn_t nvmlDeviceGetFanSpeed_v2(nvmlDevice_t device, unsigned int fan,
                                      unsigned int* percent) {
  if (fan != 0) return tests::kInvalidArgument;
  return tell(device, device->fan_percent, percent);
}

nvmlReturn_t nvmlDeviceGetFanSpeedRPM(nvmlDevice_t device, nvmlFanSpeedInfo_v1_t* fan) {
  if (fan->version != (sizeof *fan | (1U << 24)) || fan->fan != 0) return 25;
  return tell(device, device->fan_rpm, &fan->speed);
}

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int* milliwatts) {
  return tell(device, device->enforced_limit_milliwatts, milliwatts);
}

nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device,
                                                    unsigned long long* reasons) {
  return tell(device, device->reasons, reasons);
}
#endif

}  // extern "C"
