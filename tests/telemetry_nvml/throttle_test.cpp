#include "backends/telemetry/nvml/throttle.h"

#include <gtest/gtest.h>

#include "tests/telemetry_nvml/fixture.h"

namespace tests {
namespace {

using backends::nvml::throttle_words;

TEST(Throttle, ReasonsHaveWords) {
  EXPECT_EQ(throttle_words(0x04), "power limit");
  EXPECT_EQ(throttle_words(0x08), "hardware slowdown");
  EXPECT_EQ(throttle_words(0x10), "other limit");
  EXPECT_EQ(throttle_words(0x20), "thermal");
  EXPECT_EQ(throttle_words(0x40), "thermal, hardware slowdown");
  EXPECT_EQ(throttle_words(0x80), "power brake");
  EXPECT_EQ(throttle_words(0x200), "other limit");
}

TEST(Throttle, IdlingAndSetClocksAreNone) {
  for (const std::uint64_t reasons :
       {0x0ULL, 0x1ULL, 0x2ULL, 0x3ULL, 0x100ULL, 0x400ULL, 0x800ULL, 0x8000000000000000ULL}) {
    EXPECT_EQ(throttle_words(reasons), std::nullopt) << reasons;
  }
}

TEST(Throttle, SeveralAreListedOnce) {
  EXPECT_EQ(throttle_words(0x24), "thermal, power limit");
  EXPECT_EQ(throttle_words(0x14), "power limit, other limit");
  EXPECT_EQ(throttle_words(0x210), "other limit");
  EXPECT_EQ(throttle_words(0x68), "thermal, hardware slowdown");
  EXPECT_EQ(throttle_words(0x88), "power brake, hardware slowdown");
  EXPECT_EQ(throttle_words(0x2fc),
            "thermal, power limit, power brake, hardware slowdown, other limit");
}

class ThrottleOfCard : public NvmlTest {};

TEST_F(ThrottleOfCard, IsThereWhileItThrottles) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.reasons = 0x1;
  EXPECT_EQ(sample().throttle_reason, std::nullopt);
  card.reasons = 0x24;
  EXPECT_EQ(sample().throttle_reason, "thermal, power limit");
  card.reasons = FakeAnswer::fault(kNotSupported);
  EXPECT_EQ(sample().throttle_reason, std::nullopt);
}

TEST_F(ThrottleOfCard, IsAskedForByItsOldNameOfAnOldDriver) {
  use("old");
  add(full_card("00000000:01:00.0")).reasons = 0x40;
  EXPECT_EQ(sample().throttle_reason, "thermal, hardware slowdown");
}

}  // namespace
}  // namespace tests
