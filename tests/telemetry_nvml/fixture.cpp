#include "tests/telemetry_nvml/fixture.h"

#include <dlfcn.h>

#include "base/check.h"

namespace tests {

std::string fake_library(const std::string& level) {
  return SPRINT_TEST_FAKES_DIR "/" + level + ".so";
}

FakeCard full_card(const std::string& bus_id) {
  FakeCard card;
  bus_id.copy(card.bus_id, sizeof card.bus_id - 1);
  card.bus_id[bus_id.size()] = '\0';
  card.core_celsius = 64;
  card.hotspot_celsius = 75;
  card.memory_celsius = 82;
  card.fan_percent = 41;
  card.old_fan_percent = 43;
  card.fan_rpm = 1850;
  card.power_milliwatts = 287'450;
  card.enforced_limit_milliwatts = 300'000;
  card.managed_limit_milliwatts = 320'000;
  card.sm_mhz = 2520;
  card.memory_mhz = 10'501;
  card.load_percent = 99;
  card.memory_used_bytes = 3'221'225'472;
  card.memory_total_bytes = 25'757'220'864;
  card.pcie_generation = 4;
  card.pcie_lanes = 16;
  card.reasons = 0;
  return card;
}

void NvmlTest::use(const std::string& level) {
  TearDown();
  handle_ = dlopen(fake_library(level).c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(handle_, nullptr) << dlerror();
  void* symbol = dlsym(handle_, kScriptSymbol);
  ASSERT_NE(symbol, nullptr);
  script_ = reinterpret_cast<ScriptFunction*>(symbol)();
  *script_ = FakeScript();
  telemetry_.emplace(fake_library(level));
}

void NvmlTest::TearDown() {
  telemetry_.reset();
  if (script_ != nullptr) {
    EXPECT_EQ(script_->initialised, 0) << "shut down as often as initialised";
  }
  script_ = nullptr;
  if (handle_ != nullptr) dlclose(handle_);
  handle_ = nullptr;
}

FakeCard& NvmlTest::add(const FakeCard& card) {
  CHECK(script_->cards_told < FakeScript::kMostCards);
  return script_->cards[script_->cards_told++] = card;
}

backends::TelemetrySample NvmlTest::sample() {
  const auto cards = telemetry_->cards();
  EXPECT_TRUE(cards.ok()) << cards.message();
  if (!cards.ok()) return {};
  const auto out = telemetry_->sample(cards->at(0).label);
  EXPECT_TRUE(out.ok()) << out.message();
  return out.ok() ? *out : backends::TelemetrySample();
}

std::string NvmlTest::refusal() {
  const auto cards = telemetry_->cards();
  EXPECT_TRUE(cards.ok()) << cards.message();
  if (!cards.ok()) return {};
  const auto out = telemetry_->sample(cards->at(0).label);
  return out.ok() ? "" : out.message();
}

std::string NvmlTest::no_cards() {
  const auto cards = telemetry_->cards();
  if (cards.ok()) return {};
  EXPECT_EQ(cards.error().fault, base::Fault::kUnavailable);
  return cards.message();
}

void expect_nothing(const backends::TelemetrySample& sample) {
  EXPECT_EQ(sample.core_celsius, std::nullopt);
  EXPECT_EQ(sample.hotspot_celsius, std::nullopt);
  EXPECT_EQ(sample.memory_celsius, std::nullopt);
  EXPECT_EQ(sample.fan_percent, std::nullopt);
  EXPECT_EQ(sample.fan_rpm, std::nullopt);
  EXPECT_EQ(sample.power_watts, std::nullopt);
  EXPECT_EQ(sample.power_limit_watts, std::nullopt);
  EXPECT_EQ(sample.core_mhz, std::nullopt);
  EXPECT_EQ(sample.memory_mhz, std::nullopt);
  EXPECT_EQ(sample.load_percent, std::nullopt);
  EXPECT_EQ(sample.memory_used_bytes, std::nullopt);
  EXPECT_EQ(sample.memory_total_bytes, std::nullopt);
  EXPECT_EQ(sample.pcie_generation, std::nullopt);
  EXPECT_EQ(sample.pcie_lanes, std::nullopt);
  EXPECT_EQ(sample.throttle_reason, std::nullopt);
}

}  // namespace tests
