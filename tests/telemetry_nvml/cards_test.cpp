// Which cards there are, and the life of the library.

#include <thread>

#include "tests/telemetry_nvml/fixture.h"

namespace tests {
namespace {

class Cards : public NvmlTest {
 protected:
  void name(FakeCard& card, const std::string& text) {
    text.copy(card.name, sizeof card.name - 1);
    card.name[text.size()] = '\0';
  }
};

TEST_F(Cards, AreNamedByTheirAddress) {
  name(add(full_card("00000000:01:00.0")), "NVIDIA GeForce RTX 4090");
  name(add(full_card("00000000:C1:00.0")), "NVIDIA H100 PCIe");
  const auto cards = telemetry_->cards();
  ASSERT_TRUE(cards.ok()) << cards.message();
  ASSERT_EQ(cards->size(), 2U);
  EXPECT_EQ(cards->at(0).label, "0000:01:00.0");
  EXPECT_EQ(cards->at(0).name, "NVIDIA GeForce RTX 4090");
  EXPECT_EQ(cards->at(1).label, "0000:c1:00.0");
  EXPECT_EQ(cards->at(1).name, "NVIDIA H100 PCIe");
}

TEST_F(Cards, NamesAreSafeForATerminal) {
  name(add(full_card("00000000:01:00.0")), "Evil\x1b[2J");
  EXPECT_EQ(telemetry_->cards()->at(0).name, "Evil\\x1b[2J");
}

TEST_F(Cards, EachHasItsOwnSensors) {
  add(full_card("00000000:01:00.0")).core_celsius = 50;
  add(full_card("00000000:02:00.0")).core_celsius = 60;
  EXPECT_EQ(telemetry_->sample("0000:02:00.0")->core_celsius, 60)
      << "before anyone asked for cards";
  EXPECT_EQ(telemetry_->sample("0000:01:00.0")->core_celsius, 50);
}

TEST_F(Cards, AnUnknownOneIsAnError) {
  add(full_card("00000000:01:00.0"));
  ASSERT_TRUE(telemetry_->cards().ok());
  const auto sample = telemetry_->sample("0000:09:00.0");
  ASSERT_FALSE(sample.ok());
  EXPECT_EQ(sample.message(), "no NVIDIA card '0000:09:00.0'");
}

TEST_F(Cards, AreLookedForAnewAtEachCall) {
  add(full_card("00000000:01:00.0"));
  EXPECT_EQ(telemetry_->cards()->size(), 1U);
  add(full_card("00000000:02:00.0"));
  EXPECT_EQ(telemetry_->cards()->size(), 2U);
  script_->cards_told = 1;
  EXPECT_EQ(telemetry_->cards()->size(), 1U);
  EXPECT_FALSE(telemetry_->sample("0000:02:00.0").ok());
  EXPECT_EQ(script_->inits, 1);
}

TEST_F(Cards, OfABareLibraryHaveNoSensors) {
  use("bare");
  add(full_card("00000000:01:00.0"));
  EXPECT_EQ(telemetry_->cards()->at(0).name, "NVIDIA card");
  expect_nothing(sample());
}

TEST_F(Cards, TheLibraryIsNotTouchedBeforeItIsNeeded) {
  EXPECT_EQ(script_->inits, 0);
  add(full_card("00000000:01:00.0"));
  ASSERT_TRUE(telemetry_->cards().ok());
  EXPECT_EQ(script_->initialised, 1);
  telemetry_.reset();
  EXPECT_EQ(script_->initialised, 0);
}

TEST_F(Cards, AreReadOnAThreadThatDidNotMakeThem) {
  add(full_card("00000000:01:00.0"));
  std::thread reader([&] { EXPECT_EQ(sample().core_celsius, 64); });
  reader.join();
}

TEST_F(Cards, NoneIsUnavailable) {
  EXPECT_EQ(no_cards(), "NVIDIA driver 535.129.03: no cards");
  EXPECT_FALSE(telemetry_->sample("0000:01:00.0").ok());
}

TEST_F(Cards, NoLibraryIsUnavailableInOneLine) {
  telemetry_.emplace("libno-such-driver.so.1");
  EXPECT_EQ(no_cards(),
            "no NVIDIA driver: libno-such-driver.so.1 cannot be opened: cannot open shared object "
            "file: No such file "
            "or directory");
  EXPECT_FALSE(telemetry_->sample("0000:01:00.0").ok());
}

TEST_F(Cards, AFileThatIsNoLibraryIsUnavailable) {
  telemetry_.emplace("/etc/passwd");
  EXPECT_EQ(no_cards().substr(0, 51), "no NVIDIA driver: /etc/passwd cannot be opened: inv")
      << no_cards();
}

TEST_F(Cards, ADriverThatIsTooOldIsUnavailable) {
  use("too_old");
  EXPECT_EQ(no_cards(), "NVIDIA driver too old: " + fake_library("too_old") +
                            " has no nvmlDeviceGetPciInfo_v3");
  EXPECT_EQ(script_->inits, 0);
}

TEST_F(Cards, ADriverThatIsNotLoadedIsAskedAgain) {
  script_->init = kDriverNotLoaded;
  EXPECT_EQ(no_cards(), "the NVIDIA driver does not answer: Driver Not Loaded");
  add(full_card("00000000:01:00.0"));
  script_->init = kSuccess;
  EXPECT_EQ(sample().core_celsius, 64);
}

TEST_F(Cards, AnErrorWithoutWordsHasItsNumber) {
  use("bare");
  script_->init = kDriverNotLoaded;
  EXPECT_EQ(no_cards(), "the NVIDIA driver does not answer: error 9");
}

}  // namespace
}  // namespace tests
