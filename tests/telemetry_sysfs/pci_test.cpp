#include "backends/telemetry/sysfs/pci.h"

#include <gtest/gtest.h>

#include "tests/telemetry_sysfs/tree.h"

namespace tests {
namespace {

using namespace backends::sysfs;

TEST(PciAddress, IsAsLinuxWritesIt) {
  for (const char* right : {"0000:0a:00.0", "0000:ff:1f.7", "10000:01:00.0", "ffffffff:00:00.0"}) {
    EXPECT_TRUE(is_pci_address(right)) << right;
  }
  for (const char* wrong :
       {"", ":", "0000", "0a:00.0", "000:0a:00.0", "000000000:0a:00.0", "0000:0A:00.0",
        "0000:0a:00.00", "0000:0a:00", "0000:0a:00:0", "0000:0g:00.0", "0000:0a:00.0 ", "cpu:0"}) {
    EXPECT_FALSE(is_pci_address(wrong)) << wrong;
  }
}

class Pci : public testing::Test {
 protected:
  std::optional<PciIdentity> identity(const std::string& uevent) {
    tree_.write("card/uevent", uevent);
    return read_identity(tree_.root() / "card");
  }
  PcieLink link(const std::string& speed, const std::string& width) {
    tree_.write("card/current_link_speed", speed);
    tree_.write("card/current_link_width", width);
    return read_link(tree_.root() / "card");
  }
  void bridge(const std::string& folder, const std::string& vendor, const std::string& kind) {
    tree_.write(folder + "/vendor", vendor + "\n");
    tree_.write(folder + "/device", "0x1478\n");
    tree_.write(folder + "/class", kind + "\n");
  }

  Tree tree_;
};

TEST_F(Pci, TheIdentityIsInItsEvent) {
  const auto read = identity(
      "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:67DF\n"
      "PCI_SUBSYS_ID=1DA2:E387\nPCI_SLOT_NAME=0000:0A:00.0\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->address, "0000:0a:00.0");
  EXPECT_EQ(read->driver, "amdgpu");
  EXPECT_EQ(read->id, "1002:67df");
  EXPECT_EQ(identity("PCI_SLOT_NAME=0000:01:00.0\n")->driver, "") << "nobody drives it";
}

TEST_F(Pci, WithoutAnAddressItIsNoPciDevice) {
  EXPECT_FALSE(read_identity(tree_.root() / "nowhere"));
  EXPECT_FALSE(identity(""));
  EXPECT_FALSE(identity("DRIVER=amdgpu\nPCI_SLOT_NAME=../../etc\n"));
  EXPECT_FALSE(identity("OF_NAME=gpu\n"));
}

TEST_F(Pci, ASleepingDeviceIsKnown) {
  const auto asleep = [&](const std::string& status) {
    tree_.write("card/power/runtime_status", status + "\n");
    return is_asleep(tree_.root() / "card");
  };
  EXPECT_TRUE(asleep("suspended"));
  EXPECT_TRUE(asleep("suspending"));
  for (const char* awake : {"active", "resuming", "unsupported", "error", ""}) {
    EXPECT_FALSE(asleep(awake)) << awake;
  }
  EXPECT_FALSE(is_asleep(tree_.root() / "nowhere")) << "a kernel without power management";
}

TEST_F(Pci, TheLinkHasGenerationAndLanes) {
  EXPECT_EQ(link("8.0 GT/s PCIe\n", "16\n").generation, 3U);
  EXPECT_EQ(link("8.0 GT/s PCIe\n", "16\n").lanes, 16U);
  EXPECT_EQ(link("2.5 GT/s PCIe\n", "1\n").generation, 1U);
  EXPECT_EQ(link("5.0 GT/s PCIe\n", "1\n").generation, 2U);
  EXPECT_EQ(link("8 GT/s\n", "1\n").generation, 3U) << "before Linux 5.7";
  EXPECT_EQ(link("16.0 GT/s PCIe\n", "1\n").generation, 4U);
  EXPECT_EQ(link("32.0 GT/s PCIe\n", "1\n").generation, 5U);
  EXPECT_EQ(link("64.0 GT/s PCIe\n", "1\n").generation, 6U);
}

TEST_F(Pci, ALinkThatCannotBeIsNone) {
  for (const char* speed :
       {"Unknown\n", "Unknown speed\n", "", "8.0\n", "8.0 GB/s\n", "9 GT/s\n"}) {
    EXPECT_EQ(link(speed, "16\n").generation, std::nullopt) << speed;
  }
  for (const char* width : {"0\n", "-1\n", "63\n", "x16\n", ""}) {
    EXPECT_EQ(link("8.0 GT/s PCIe\n", width).lanes, std::nullopt) << width;
  }
}

TEST_F(Pci, BridgesOnTheCardAreSteppedOver) {
  const auto of_card = [](std::string_view vendor, std::string_view device) {
    return vendor == "0x1002" && device == "0x1478";
  };
  bridge("root", "0x1022", "0x060400");
  bridge("root/up", "0x1002", "0x060400");
  bridge("root/up/down", "0x1002", "0x060400");
  bridge("root/up/down/card", "0x1002", "0x030000");
  tree_.link("link", "root/up/down/card");
  const Path top = std::filesystem::canonical(tree_.root());
  EXPECT_EQ(outermost_on_card(tree_.root() / "link", of_card), top / "root/up");
  bridge("root", "0x1002", "0x060400");
  EXPECT_EQ(outermost_on_card(tree_.root() / "link", of_card), top / "root/up")
      << "a card has no third one";
  bridge("root/up/down", "0x8086", "0x060400");
  EXPECT_EQ(outermost_on_card(tree_.root() / "link", of_card), top / "root/up/down/card");
  bridge("root/up/down", "0x1002", "0x030000");
  EXPECT_EQ(outermost_on_card(tree_.root() / "link", of_card), top / "root/up/down/card")
      << "no bridge";
  EXPECT_EQ(outermost_on_card(tree_.root() / "gone", of_card), tree_.root() / "gone");
}

}  // namespace
}  // namespace tests
