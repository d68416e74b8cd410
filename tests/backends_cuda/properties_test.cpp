#include "backends/cuda/properties.h"

#include "tests/backends_cuda/bench.h"

namespace backends::cuda {
namespace {

TEST(PciAddress, HasOneForm) {
  EXPECT_EQ(normal_pci_address("0000:C1:00.0"), "0000:c1:00.0");
  EXPECT_EQ(normal_pci_address("00000000:C1:00.0"), "0000:c1:00.0");
  EXPECT_EQ(normal_pci_address("c1:0a.7"), "0000:c1:0a.7");
  EXPECT_EQ(normal_pci_address("00AB:01:1F.0"), "00ab:01:1f.0");
  EXPECT_EQ(normal_pci_address("10000:01:00.0"), "10000:01:00.0");
}

TEST(PciAddress, IsEmptyForAnythingElse) {
  for (const char* text : {"", "0000", "0000:01:00", "0000:01:00.", "0000:01:00.8", "0000:01:20.0",
                           "0000:100:00.0", "0000:01:00.00", "g000:01:00.0", ":01:00.0",
                           "0000::00.0", "0000:01:00.0 ", "0000:01:-1.0", "1ffffffff:01:00.0"}) {
    EXPECT_EQ(normal_pci_address(text), "") << text;
  }
}

using PropertiesTest = FakeMachine;

TEST_F(PropertiesTest, AreWhatTheDriverSays) {
  FakeCard& card = fake_.cards[0];
  card.name = "Fake 3080";
  card.pci = "0000:0A:00.0";
  card.major = 8;
  card.minor = 6;
  card.integrated = true;
  const auto properties = read_properties(*open_library(), 0);
  ASSERT_TRUE(properties.ok()) << properties.message();
  EXPECT_EQ(properties->name, "Fake 3080");
  EXPECT_EQ(properties->pci_address, "0000:0a:00.0");
  EXPECT_EQ(properties->capability(), 86U);
  EXPECT_EQ(properties->capability_text(), "8.6");
  EXPECT_EQ(properties->processors, 132U);
  EXPECT_EQ(properties->clock_khz, 1'980'000U);
  EXPECT_EQ(properties->shared_bytes, 227U * 1024);
  EXPECT_EQ(properties->l2_bytes, 50U << 20);
  EXPECT_EQ(properties->memory_bytes, std::uint64_t{80} << 30);
  EXPECT_TRUE(properties->integrated);
}

TEST_F(PropertiesTest, AnErrorNamesCardAndCall) {
  fake_.answers["cuDeviceGetAttribute"] = CUDA_ERROR_INVALID_VALUE;
  fake_.answers["cuDeviceTotalMem"] = CUDA_ERROR_NO_DEVICE;
  EXPECT_EQ(failure(read_properties(*open_library(), 0)),
            "device: card 0: cuDeviceGetAttribute: CUDA_ERROR_INVALID_VALUE, invalid argument");
}

}  // namespace
}  // namespace backends::cuda
