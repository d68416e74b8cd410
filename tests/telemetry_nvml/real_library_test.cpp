// The driver's own library, where there is one: that the declarations fit it.

#include "tests/telemetry_nvml/fixture.h"

namespace tests {
namespace {

using backends::nvml::Library;
using backends::nvml::NvmlTelemetry;

TEST(RealLibrary, EveryCardHasPowerClocksAndMemory) {
  NvmlTelemetry telemetry(Library::kName);
  const auto cards = telemetry.cards();
  if (!cards.ok()) GTEST_SKIP() << cards.message();
  for (const auto& card : *cards) {
    SCOPED_TRACE(card.label + " " + card.name);
    const auto read = telemetry.sample(card.label);
    ASSERT_TRUE(read.ok()) << read.message();
    EXPECT_GT(read->memory_total_bytes.value_or(0), 1U << 28);
    EXPECT_GT(read->core_celsius.value_or(0), 5);
    EXPECT_GT(read->power_watts.value_or(0), 1);
    EXPECT_GT(read->power_limit_watts.value_or(0), read->power_watts.value_or(0) / 2);
    EXPECT_GT(read->core_mhz.value_or(0), 50);
    EXPECT_GT(read->memory_mhz.value_or(0), 50);
    EXPECT_GT(read->pcie_generation.value_or(0), 0U);
    EXPECT_GT(read->pcie_lanes.value_or(0), 0U);
    std::cout << card.label << " " << card.name << ": core " << read->core_celsius.value_or(-1)
              << ", hot spot " << read->hotspot_celsius.value_or(-1) << ", memory "
              << read->memory_celsius.value_or(-1) << " C, fan " << read->fan_percent.value_or(-1)
              << " %, " << read->power_watts.value_or(-1) << " W, link "
              << read->pcie_generation.value_or(0) << " x" << read->pcie_lanes.value_or(0)
              << ", throttled by '" << read->throttle_reason.value_or("") << "'\n";
  }
}

}  // namespace
}  // namespace tests
