#include "backends/telemetry/nvml/throttle.h"

namespace backends::nvml {
namespace {

constexpr std::uint64_t kHardwareSlowdown = 0x08;
constexpr std::uint64_t kHardwareThermal = 0x40;
constexpr std::uint64_t kPowerBrake = 0x80;

struct Reason {
  std::uint64_t bit;
  const char* words;
};

// Left out: idle (0x01), application clocks (0x02), display clocks (0x100); and reliability
// (0x400), the voltage that ends every healthy card's boost. Bits of later drivers say nothing
// here.
constexpr Reason kReasons[] = {
    {0x04, "power cap"},
    {0x20, "thermal (software)"},
    {kHardwareThermal, "thermal (hardware)"},
    {kPowerBrake, "power brake"},
    {kHardwareSlowdown, "hardware slowdown"},
    {0x10, "sync boost"},
    {0x200, "board limit"},
};

}  // namespace

std::optional<std::string> throttle_words(std::uint64_t reasons) {
  // The slowdown's bit is set along with the one that says why, where the driver knows why.
  if ((reasons & (kHardwareThermal | kPowerBrake)) != 0) reasons &= ~kHardwareSlowdown;
  std::string out;
  for (const Reason& reason : kReasons) {
    if ((reasons & reason.bit) == 0) continue;
    if (!out.empty()) out += ", ";
    out += reason.words;
  }
  if (out.empty()) return std::nullopt;
  return out;
}

}  // namespace backends::nvml
