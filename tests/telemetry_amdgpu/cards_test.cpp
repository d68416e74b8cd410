// Which cards there are.

#include <thread>

#include "tests/telemetry_amdgpu/fixture.h"

namespace tests {
namespace {

class Cards : public AmdgpuTest {
 protected:
  /// A card of the least that makes one, at an address.
  void bare(const std::string& number, const std::string& address, const std::string& vendor,
            const std::string& driver) {
    const std::string folder = "class/drm/card" + number + "/device/";
    tree_.write(folder + "vendor", vendor + "\n");
    tree_.write(folder + "uevent",
                "DRIVER=" + driver + "\nPCI_ID=1002:73BF\nPCI_SLOT_NAME=" + address + "\n");
  }

  std::string labels() {
    std::string out;
    const auto cards = telemetry_.cards();
    if (!cards.ok()) return cards.message();
    for (const auto& card : *cards) out += (out.empty() ? "" : " ") + card.label;
    return out;
  }
};

TEST_F(Cards, AreNamedByTheirAddress) {
  add("mi210");
  const auto cards = telemetry_.cards();
  ASSERT_TRUE(cards.ok()) << cards.message();
  ASSERT_EQ(cards->size(), 1U) << "the one that shows the console is none of ours";
  EXPECT_EQ(cards->at(0).label, "0000:c3:00.0");
  EXPECT_EQ(cards->at(0).name, "AMD INSTINCT MI210");
}

TEST_F(Cards, WithoutANameAreNamedByTheirChip) {
  add("rx580");
  const auto cards = telemetry_.cards();
  ASSERT_TRUE(cards.ok()) << cards.message();
  ASSERT_EQ(cards->size(), 1U) << "connectors and render nodes are no cards";
  EXPECT_EQ(cards->at(0).label, "0000:03:00.0");
  EXPECT_EQ(cards->at(0).name, "AMD card 1002:67df");
}

TEST_F(Cards, NamesAreSafeForATerminal) {
  add("rx580");
  tree_.write(std::string(kRx580) + "product_name", "Evil\x1b[2J\n");
  EXPECT_EQ(telemetry_.cards()->at(0).name, "Evil\\x1b[2J");
}

TEST_F(Cards, AreInTheOrderOfTheirNumbers) {
  bare("10", "0000:0a:00.0", "0x1002", "amdgpu");
  bare("2", "0000:0b:00.0", "0x1002", "amdgpu");
  bare("0", "0000:0c:00.0", "0x1002", "amdgpu");
  EXPECT_EQ(labels(), "0000:0c:00.0 0000:0b:00.0 0000:0a:00.0");
}

TEST_F(Cards, OfOthersOrWithoutTheDriverAreNot) {
  bare("0", "0000:0a:00.0", "0x10de", "amdgpu");
  bare("1", "0000:0b:00.0", "0x1002", "radeon");
  bare("2", "0000:0c:00.0", "0x1002", "vfio-pci");
  bare("3", "nonsense", "0x1002", "amdgpu");
  EXPECT_EQ(labels(), "no card that the driver amdgpu drives");
  bare("4", "0000:0e:00.0", "0x1002", "amdgpu");
  EXPECT_EQ(labels(), "0000:0e:00.0");
}

TEST_F(Cards, ACardInPartsIsOne) {
  bare("0", "0000:0a:00.0", "0x1002", "amdgpu");
  bare("1", "0000:0a:00.0", "0x1002", "amdgpu");
  EXPECT_EQ(labels(), "0000:0a:00.0");
}

TEST_F(Cards, NoneIsUnavailableInOneLine) {
  const auto cards = telemetry_.cards();
  ASSERT_FALSE(cards.ok());
  EXPECT_EQ(cards.error().fault, base::Fault::kUnavailable);
  EXPECT_EQ(cards.message(), "no card that the driver amdgpu drives");
  EXPECT_FALSE(telemetry_.sample("0000:03:00.0").ok());
}

TEST_F(Cards, AreLookedForAnewAtEachCall) {
  EXPECT_EQ(labels(), "no card that the driver amdgpu drives");
  bare("0", "0000:0a:00.0", "0x1002", "amdgpu");
  EXPECT_EQ(labels(), "0000:0a:00.0");
  tree_.remove("class/drm/card0");
  bare("1", "0000:0b:00.0", "0x1002", "amdgpu");
  EXPECT_EQ(labels(), "0000:0b:00.0");
}

TEST_F(Cards, AreReadOnAThreadThatDidNotMakeThem) {
  add("rx580");
  std::thread reader([&] { EXPECT_EQ(sample("0000:03:00.0").core_celsius, 64); });
  reader.join();
}

TEST(RealCards, EveryOneHasATemperatureAndPower) {
  backends::amdgpu::AmdgpuTelemetry telemetry("/sys");
  const auto cards = telemetry.cards();
  if (!cards.ok()) GTEST_SKIP() << cards.message();
  for (const auto& card : *cards) {
    SCOPED_TRACE(card.label + " " + card.name);
    const auto read = telemetry.sample(card.label);
    ASSERT_TRUE(read.ok()) << read.message();
    if (sensors_of(*read).empty()) continue;  // asleep
    EXPECT_GT(read->core_celsius.value_or(read->hotspot_celsius.value_or(0)), 5);
    EXPECT_GT(read->memory_total_bytes.value_or(0), 1U << 28);
    std::cout << card.label << " " << card.name << ": " << sensors_of(*read) << "\n";
  }
}

}  // namespace
}  // namespace tests
