#include "backends/telemetry/nvml/throttle.h"

#include "backends/api/telemetry.h"

namespace backends::nvml {
namespace {

constexpr std::uint64_t kPowerCap = 0x04;
constexpr std::uint64_t kHardwareSlowdown = 0x08;
constexpr std::uint64_t kSyncBoost = 0x10;
constexpr std::uint64_t kSoftwareThermal = 0x20;
constexpr std::uint64_t kHardwareThermal = 0x40;
constexpr std::uint64_t kPowerBrake = 0x80;
constexpr std::uint64_t kBoardLimit = 0x200;

}  // namespace

// Left out: idle (0x01), application clocks (0x02), display clocks (0x100); and reliability
// (0x400), the voltage that ends every healthy card's boost. Bits of later drivers say nothing
// here.
std::optional<std::string> throttle_words(std::uint64_t reasons) {
  ThrottleReasons out;
  out.thermal = (reasons & (kSoftwareThermal | kHardwareThermal)) != 0;
  out.power_limit = (reasons & kPowerCap) != 0;
  out.power_brake = (reasons & kPowerBrake) != 0;
  // Set by old drivers along with the one that says why, by others instead of it.
  out.hardware_slowdown = (reasons & (kHardwareSlowdown | kHardwareThermal)) != 0;
  out.other_limit = (reasons & (kSyncBoost | kBoardLimit)) != 0;
  return out.words();
}

}  // namespace backends::nvml
