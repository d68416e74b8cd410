#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "backends/telemetry/nvml/telemetry.h"
#include "tests/telemetry_nvml/fake_script.h"

namespace tests {

/// The path of a stand-in library: "current", "old", "bare" or "too_old".
std::string fake_library(const std::string& level);

/// A card with every sensor there is, at an address.
FakeCard full_card(const std::string& bus_id);

/// Telemetry over the stand-in library, which begins each test with an empty script.
class NvmlTest : public testing::Test {
 protected:
  /// Takes the stand-in of that level from now on.
  void use(const std::string& level);
  /// Puts a card into the script, behind those there.
  FakeCard& add(const FakeCard& card);

  void SetUp() override { use("current"); }
  void TearDown() override;

  /// The first card's sample; a failed test and an empty sample if there is none.
  backends::TelemetrySample sample();
  /// The message that the first card's sample is refused with; empty if it is not.
  std::string refusal();
  /// The message that the list of cards is refused with; empty if it is not.
  std::string no_cards();

  FakeScript* script_ = nullptr;
  std::optional<backends::nvml::NvmlTelemetry> telemetry_;

 private:
  void* handle_ = nullptr;
};

/// Expects that no sensor has a value.
void expect_nothing(const backends::TelemetrySample& sample);

}  // namespace tests
