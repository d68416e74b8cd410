#include "backends/telemetry/nvml/sensors.h"

#include <cstdint>
#include <optional>

#include "backends/telemetry/nvml/throttle.h"

namespace backends::nvml {
namespace {

// Past these a reading is a sentinel (all bits set) or a driver's mistake. Today's largest card
// draws 1400 W and its memory runs at 16 GHz; a fan may go past the speed that its maker rates.
constexpr double kLeastCelsius = -50;
constexpr double kMostCelsius = 150;
constexpr double kMostWatts = 3000;
constexpr double kMostMhz = 50'000;
constexpr double kMostFanPercent = 200;
constexpr double kMostRpm = 100'000;
constexpr std::uint32_t kMostPcieGeneration = 16;  // today's is 6
constexpr std::uint32_t kMostPcieLanes = 32;
constexpr std::uint64_t kMostMemoryBytes = std::uint64_t{1} << 50;

std::optional<double> within(double value, double least, double most) {
  if (value >= least && value <= most) return value;  // false for a NaN
  return std::nullopt;
}

std::optional<double> number_of(const FieldValue& field) {
  switch (field.type) {
    case ValueType::kDouble:
      return field.value.as_double;
    case ValueType::kUnsignedInt:
      return field.value.as_unsigned_int;
    case ValueType::kUnsignedLong:
    case ValueType::kUnsignedLongLong:
      return static_cast<double>(field.value.as_unsigned_long);
    case ValueType::kSignedLongLong:
      return static_cast<double>(field.value.as_signed_long);
    case ValueType::kSignedInt:
      return field.value.as_signed_int;
    case ValueType::kUnsignedShort:
      return field.value.as_unsigned_short;
  }
  return std::nullopt;  // a type of a later driver
}

/// Whether an answer says that there is no such sensor, rather than that something failed.
bool means_absent(Return answer) {
  switch (answer) {
    case Return::kInvalidArgument:
    case Return::kNotSupported:
    case Return::kNoPermission:
    case Return::kFunctionNotFound:
    case Return::kNoData:
      return true;
    default:
      return false;
  }
}

/// Asks one card for one sample.
class Reader {
 public:
  Reader(const Functions& functions, Device device) : f_(functions), device_(device) {}

  TelemetrySample read();

  /// The answer that makes the sample worthless, if there was one.
  std::optional<Return> fault() const {
    if (!gone_ && answered_) return std::nullopt;
    return fault_;
  }

 private:
  template <class Function, class... Arguments>
  bool ask(Function* function, Arguments... arguments);
  bool note(Return answer);

  std::optional<double> celsius(Sensor sensor);
  std::optional<double> memory_celsius();
  std::optional<double> fan_percent();
  std::optional<double> fan_rpm();
  std::optional<double> watts(Return (*function)(Device, std::uint32_t*));
  std::optional<double> power_limit_watts();
  std::optional<double> mhz(Clock clock);
  std::optional<double> load_percent();
  std::optional<std::uint32_t> count(Return (*function)(Device, std::uint32_t*),
                                     std::uint32_t most);
  std::optional<std::string> throttle_reason();
  void read_memory(TelemetrySample& out);

  const Functions& f_;
  const Device device_;
  bool answered_ = false;
  bool gone_ = false;  // lost or to be reset: each further question could wait for a time-out
  std::optional<Return> fault_;
};

/// True when the card answered. A function that the library lacks is not asked.
template <class Function, class... Arguments>
bool Reader::ask(Function* function, Arguments... arguments) {
  if (function == nullptr || gone_) return false;
  return note(function(device_, arguments...));
}

bool Reader::note(Return answer) {
  if (answer == Return::kSuccess) {
    answered_ = true;
    return true;
  }
  gone_ = answer == Return::kGpuIsLost || answer == Return::kResetRequired;
  if (gone_ || (!fault_ && !means_absent(answer))) fault_ = answer;
  return false;
}

TelemetrySample Reader::read() {
  TelemetrySample out;
  out.core_celsius = celsius(Sensor::kCore);
  out.hotspot_celsius = celsius(Sensor::kHottest);
  out.memory_celsius = memory_celsius();
  out.fan_percent = fan_percent();
  out.fan_rpm = fan_rpm();
  out.power_watts = watts(f_.power_usage);
  out.power_limit_watts = power_limit_watts();
  out.core_mhz = mhz(Clock::kSm);
  out.memory_mhz = mhz(Clock::kMemory);
  out.load_percent = load_percent();
  read_memory(out);
  out.pcie_generation = count(f_.pcie_generation, kMostPcieGeneration);
  out.pcie_lanes = count(f_.pcie_lanes, kMostPcieLanes);
  out.throttle_reason = throttle_reason();
  return out;
}

std::optional<double> Reader::celsius(Sensor sensor) {
  std::uint32_t degrees = 0;
  if (!ask(f_.temperature, sensor, &degrees)) return std::nullopt;
  return within(static_cast<std::int32_t>(degrees), kLeastCelsius, kMostCelsius);
}

std::optional<double> Reader::memory_celsius() {
  if (f_.field_values == nullptr || gone_) return std::nullopt;
  FieldValue field;
  field.field = kFieldMemoryCelsius;
  const Return called = f_.field_values(device_, 1, &field);
  if (!note(called == Return::kSuccess ? field.answer : called)) return std::nullopt;
  const auto degrees = number_of(field);
  return degrees ? within(*degrees, kLeastCelsius, kMostCelsius) : std::nullopt;
}

std::optional<double> Reader::fan_percent() {
  std::uint32_t percent = 0;
  if (!ask(f_.fan_speed_of, 0U, &percent) && !ask(f_.fan_speed, &percent)) return std::nullopt;
  return within(percent, 0, kMostFanPercent);
}

std::optional<double> Reader::fan_rpm() {
  FanSpeed fan = {kFanSpeedVersion, 0, 0};
  if (!ask(f_.fan_speed_rpm, &fan)) return std::nullopt;
  return within(fan.rpm, 0, kMostRpm);
}

std::optional<double> Reader::watts(Return (*function)(Device, std::uint32_t*)) {
  std::uint32_t milliwatts = 0;
  if (!ask(function, &milliwatts)) return std::nullopt;
  return within(milliwatts / 1000.0, 0, kMostWatts);
}

std::optional<double> Reader::power_limit_watts() {
  const auto enforced = watts(f_.enforced_power_limit);
  return enforced ? enforced : watts(f_.managed_power_limit);
}

std::optional<double> Reader::mhz(Clock clock) {
  std::uint32_t mhz = 0;
  if (!ask(f_.clock, clock, &mhz)) return std::nullopt;
  return within(mhz, 0, kMostMhz);
}

std::optional<double> Reader::load_percent() {
  Utilization load = {};
  if (!ask(f_.utilization, &load)) return std::nullopt;
  return within(load.gpu_percent, 0, 100);
}

void Reader::read_memory(TelemetrySample& out) {
  Memory memory = {};
  if (!ask(f_.memory, &memory)) return;
  if (memory.total_bytes == 0 || memory.total_bytes > kMostMemoryBytes) return;
  out.memory_total_bytes = memory.total_bytes;
  if (memory.used_bytes <= memory.total_bytes) out.memory_used_bytes = memory.used_bytes;
}

/// A number that counts from 1; a 0 says that there is no link.
std::optional<std::uint32_t> Reader::count(Return (*function)(Device, std::uint32_t*),
                                           std::uint32_t most) {
  std::uint32_t value = 0;
  if (!ask(function, &value) || value == 0 || value > most) return std::nullopt;
  return value;
}

std::optional<std::string> Reader::throttle_reason() {
  std::uint64_t reasons = 0;
  if (!ask(f_.event_reasons, &reasons) && !ask(f_.throttle_reasons, &reasons)) return std::nullopt;
  return throttle_words(reasons);
}

}  // namespace

base::Result<TelemetrySample> read_sensors(const Functions& functions, Device device,
                                           const std::string& label) {
  Reader reader(functions, device);
  TelemetrySample sample = reader.read();
  if (const auto fault = reader.fault()) {
    return base::device_fault(label + ": the NVIDIA driver says: " + in_words(functions, *fault));
  }
  return sample;
}

}  // namespace backends::nvml
