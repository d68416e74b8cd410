// Cards that fail: when they are looked for, and while they are read.

#include "tests/telemetry_nvml/fixture.h"

namespace tests {
namespace {

class Faults : public NvmlTest {};

TEST_F(Faults, ALostCardIsAnErrorOfItsSampleThatNamesIt) {
  FakeCard& card = add(full_card("00000000:0A:00.0"));
  add(full_card("00000000:0B:00.0"));
  ASSERT_TRUE(telemetry_->cards().ok());
  card.gone = kGpuIsLost;
  const auto lost = telemetry_->sample("0000:0a:00.0");
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().fault, base::Fault::kDevice);
  EXPECT_EQ(lost.message(), "0000:0a:00.0: the NVIDIA driver says: GPU is lost");
  EXPECT_TRUE(telemetry_->sample("0000:0b:00.0").ok()) << "the other goes on";
}

TEST_F(Faults, ALostCardIsAskedOnce) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  ASSERT_TRUE(telemetry_->cards().ok());
  card.gone = kGpuIsLost;
  card.questions = 0;
  EXPECT_FALSE(telemetry_->sample("0000:01:00.0").ok());
  EXPECT_EQ(card.questions, 1) << "each question could wait for a time-out";
}

TEST_F(Faults, ACardThatIsLostInMidSampleIsLost) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.load_percent = FakeAnswer::fault(kGpuIsLost);
  EXPECT_EQ(refusal(), "0000:01:00.0: the NVIDIA driver says: GPU is lost");
  card.load_percent = 5;
  card.memory_celsius = FakeAnswer::fault(kGpuIsLost);
  EXPECT_EQ(refusal(), "0000:01:00.0: the NVIDIA driver says: GPU is lost") << "told in a field";
}

TEST_F(Faults, ACardThatMustBeResetIsAnError) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.power_milliwatts = FakeAnswer::fault(kResetRequired);
  EXPECT_EQ(refusal(), "0000:01:00.0: the NVIDIA driver says: GPU requires reset");
}

TEST_F(Faults, AnErrorOfOneSensorIsItsMissingValue) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.power_milliwatts = FakeAnswer::fault(kUnknown);
  const auto read = sample();
  EXPECT_EQ(read.power_watts, std::nullopt);
  EXPECT_EQ(read.core_celsius, 64);
}

TEST_F(Faults, ErrorsOfAllSensorsAreAnError) {
  FakeCard card;
  card.power_milliwatts = FakeAnswer::fault(kUnknown);
  add(card);
  EXPECT_EQ(refusal(), "0000:01:00.0: the NVIDIA driver says: Unknown Error\\x1b[31m");
}

TEST_F(Faults, ACardLostEarlierIsLeftOut) {
  add(full_card("00000000:01:00.0")).handle = kGpuIsLost;
  add(full_card("00000000:02:00.0"));
  add(full_card("no address"));
  add(full_card("00000000:04:00.0")).core_celsius = 4;
  const auto cards = telemetry_->cards();
  ASSERT_TRUE(cards.ok()) << cards.message();
  ASSERT_EQ(cards->size(), 2U);
  EXPECT_EQ(cards->at(0).label, "0000:02:00.0");
  EXPECT_EQ(telemetry_->sample("0000:04:00.0")->core_celsius, 4);
}

TEST_F(Faults, NoCardThatAnswersIsUnavailable) {
  add(full_card("00000000:01:00.0")).handle = kGpuIsLost;
  EXPECT_EQ(no_cards(), "NVIDIA driver 535.129.03: card 0: GPU is lost");
  script_->cards[0].handle = kSuccess;
  script_->cards[0].gone = kGpuIsLost;
  EXPECT_EQ(no_cards(), "NVIDIA driver 535.129.03: card 0: GPU is lost");
  script_->cards[0] = full_card("no address");
  EXPECT_EQ(no_cards(), "NVIDIA driver 535.129.03: card 0: 'no address' is no PCI address");
}

TEST_F(Faults, ACountThatFailsIsUnavailable) {
  script_->count = kGpuIsLost;
  EXPECT_EQ(no_cards(), "NVIDIA driver 535.129.03: GPU is lost");
}

TEST_F(Faults, ACountThatCannotBeIsNotFollowed) {
  add(full_card("00000000:01:00.0"));
  script_->cards_told = UINT32_MAX;
  const auto cards = telemetry_->cards();
  ASSERT_TRUE(cards.ok()) << cards.message();
  EXPECT_EQ(cards->size(), 1U) << "the others are one address, or lost";
}

TEST_F(Faults, AnAddressWithoutAnEndIsCut) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  for (char& c : card.bus_id) c = '0';
  EXPECT_EQ(
      no_cards(),
      "NVIDIA driver 535.129.03: card 0: '00000000000000000000000000000000' is no PCI address");
}

}  // namespace
}  // namespace tests
