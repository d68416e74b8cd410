#include "backends/telemetry/amdgpu/metrics.h"

#include <gtest/gtest.h>

#include "tests/telemetry_amdgpu/fixture.h"

namespace tests {
namespace {

using backends::amdgpu::throttle_words;

/// The file of a structure of this size and revision with these bits where 1.3 has them.
std::string metrics(std::size_t size, int format, int content, std::uint64_t status) {
  std::string out(size, '\0');
  out[0] = static_cast<char>(size & 0xff);
  out[1] = static_cast<char>(size >> 8);
  out[2] = static_cast<char>(format);
  out[3] = static_cast<char>(content);
  for (std::size_t i = 0; i < 8 && 112 + i < size; ++i) {
    out[112 + i] = static_cast<char>(status >> (8 * i));
  }
  return out;
}

std::optional<std::string> words(std::uint64_t status) {
  return throttle_words(metrics(120, 1, 3, status));
}

std::uint64_t bit(int number) {
  return std::uint64_t{1} << number;
}

TEST(Metrics, EachBitHasItsWord) {
  for (int number = 0; number < 64; ++number) {
    std::optional<std::string> word;
    if (number <= 7) word = "power limit";                         // PPT0..3, SPL, FPPT, SPPT
    if (number >= 16 && number <= 23) word = "current limit";      // TDC, EDC, APCC
    if (number >= 32 && number <= 45) word = "thermal";            // TEMP_*, VRHOT
    if (number == 46 || number == 47) word = "hardware slowdown";  // PROCHOT
    if (number == 56) word = "other limit";                        // PPM
    EXPECT_EQ(words(bit(number)), word) << number;
  }
}

TEST(Metrics, SeveralAreListedOnce) {
  EXPECT_EQ(words(bit(0) | bit(1) | bit(35) | bit(36)), "thermal, power limit");
  EXPECT_EQ(words(bit(17) | bit(47) | bit(2)), "power limit, current limit, hardware slowdown");
}

TEST(Metrics, NothingHoldsItDown) {
  EXPECT_EQ(words(0), std::nullopt);
  EXPECT_EQ(words(UINT64_MAX), std::nullopt) << "the driver's word for: not told";
}

TEST(Metrics, OnlyTheStructureThatIsKnownIsRead) {
  const std::uint64_t hot = bit(36);
  EXPECT_EQ(throttle_words(metrics(120, 1, 3, hot)), "thermal");
  EXPECT_EQ(throttle_words(metrics(120, 1, 2, hot)), std::nullopt);
  EXPECT_EQ(throttle_words(metrics(120, 1, 4, hot)), std::nullopt);
  EXPECT_EQ(throttle_words(metrics(120, 2, 3, hot)), std::nullopt);
  EXPECT_EQ(throttle_words(metrics(119, 1, 3, hot)), std::nullopt);
  EXPECT_EQ(throttle_words(metrics(128, 1, 3, hot)), std::nullopt);
}

TEST(Metrics, AFileThatIsCutOrLongerThanItSaysIsNotRead) {
  const std::string whole = metrics(120, 1, 3, bit(36));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(throttle_words(whole.substr(0, size)), std::nullopt) << size;
  }
  EXPECT_EQ(throttle_words(whole + '\0'), std::nullopt);
}

class MetricsOfCard : public AmdgpuTest {};

TEST_F(MetricsOfCard, AreReadEachTime) {
  add("rx6800");
  EXPECT_EQ(sample("0000:03:00.0").throttle_reason, "thermal, power limit");
  tree_.write(std::string(kRx6800) + "gpu_metrics", metrics(120, 1, 3, 0));
  EXPECT_EQ(sample("0000:03:00.0").throttle_reason, std::nullopt);
  tree_.fail(std::string(kRx6800) + "gpu_metrics", "EIO");
  EXPECT_EQ(sample("0000:03:00.0").throttle_reason, std::nullopt);
}

}  // namespace
}  // namespace tests
