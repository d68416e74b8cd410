#include "backends/telemetry/nvml/address.h"

#include <gtest/gtest.h>

namespace tests {
namespace {

using backends::nvml::pci_label;

TEST(Address, IsWrittenAsLinuxDoes) {
  EXPECT_EQ(pci_label("00000000:01:00.0"), "0000:01:00.0");
  EXPECT_EQ(pci_label("00000000:0A:1F.7"), "0000:0a:1f.7");
  EXPECT_EQ(pci_label("0000ABCD:FE:00.0"), "abcd:fe:00.0");
  EXPECT_EQ(pci_label("0000:C1:00.0"), "0000:c1:00.0") << "of four digits, as it used to be";
  EXPECT_EQ(pci_label("0000:c1:00.0"), "0000:c1:00.0");
}

TEST(Address, ADomainKeepsTheDigitsThatItNeeds) {
  EXPECT_EQ(pci_label("00010000:01:00.0"), "10000:01:00.0") << "behind a VMD controller";
  EXPECT_EQ(pci_label("FFFFFFFF:01:00.0"), "ffffffff:01:00.0");
  EXPECT_EQ(pci_label("00000001:01:00.0"), "0001:01:00.0");
}

TEST(Address, AnythingElseIsNone) {
  for (const char* wrong :
       {"", ":", "01:00.0", "000:01:00.0", "000000000:01:00.0", "0000:01:00", "0000:01:00.",
        "0000:01:00.00", "0000:1:00.0", "0000:01:0.0", "0000:01:00:0", "0000.01:00.0",
        "000g:01:00.0", "0000:0g:00.0", "0000:01:00.0 ", " 0000:01:00.0", "0000:01:00.#",
        "####:##:##.#", "card 0"}) {
    EXPECT_EQ(pci_label(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace tests
