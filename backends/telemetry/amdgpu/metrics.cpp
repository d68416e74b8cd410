#include "backends/telemetry/amdgpu/metrics.h"

#include <cstddef>
#include <cstdint>

#include "backends/api/telemetry.h"

namespace backends::amdgpu {
namespace {

// It begins with a metrics_table_header: its size in two bytes, format and content revision.
constexpr std::uint64_t kSize = 120;  // of gpu_metrics_v1_3
constexpr std::uint64_t kFormat = 1;
constexpr std::uint64_t kContent = 3;
constexpr std::size_t kIndependentThrottleStatus = 112;  // its last eight bytes

/// The bits from..to of a mask.
constexpr std::uint64_t bits(unsigned from, unsigned to) {
  return (~std::uint64_t{0} >> (63 - to)) & (~std::uint64_t{0} << from);
}

constexpr std::uint64_t kPower = bits(0, 7);           // PPT0..3, SPL, FPPT, SPPT
constexpr std::uint64_t kCurrent = bits(16, 23);       // TDC, EDC, APCC
constexpr std::uint64_t kTemperature = bits(32, 45);   // chip, memory, regulators, liquid
constexpr std::uint64_t kProcessorHot = bits(46, 47);  // PROCHOT: a signal of the board
constexpr std::uint64_t kOther = bits(56, 56);         // PPM; 57, FIT, ends every card's boost
constexpr std::uint64_t kNotTold = ~std::uint64_t{0};

/// A number of `size` bytes, little endian as every machine of these cards.
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return value;
}

}  // namespace

std::optional<std::string> throttle_words(std::string_view metrics) {
  if (metrics.size() != kSize) return std::nullopt;
  if (number_at(metrics, 0, 2) != kSize || number_at(metrics, 2, 1) != kFormat ||
      number_at(metrics, 3, 1) != kContent) {
    return std::nullopt;
  }
  const std::uint64_t status = number_at(metrics, kIndependentThrottleStatus, 8);
  if (status == kNotTold) return std::nullopt;
  ThrottleReasons out;
  out.power_limit = (status & kPower) != 0;
  out.current_limit = (status & kCurrent) != 0;
  out.thermal = (status & kTemperature) != 0;
  out.hardware_slowdown = (status & kProcessorHot) != 0;
  out.other_limit = (status & kOther) != 0;
  return out.words();
}

}  // namespace backends::amdgpu
