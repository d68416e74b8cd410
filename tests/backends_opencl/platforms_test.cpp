#include "backends/opencl/platforms.h"

#include "backends/opencl/trial.h"
#include "tests/backends_opencl/bench.h"

namespace backends::opencl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlatformsTest : public FakeMachine {
 protected:
  Listing list(const std::set<std::uint32_t>& skipped = {}) const {
    auto listing = list_devices(*library_, skipped);
    EXPECT_TRUE(listing.ok()) << failure(listing);
    return listing.ok() ? *listing : Listing{};
  }
  Properties only() const {
    const Listing listing = list();
    EXPECT_EQ(listing.devices.size(), 1U);
    return listing.devices.empty() ? Properties{} : listing.devices[0].properties;
  }
  base::Result<Trial> attempt(base::Micros patience = kPatience) const {
    return try_platforms(SPRINT_FAKE_OPENCL, patience);
  }

  const std::unique_ptr<const Library> library_ = open_library();
};

TEST_F(PlatformsTest, ReadsWhatADeviceSays) {
  const Properties properties = only();
  EXPECT_EQ(properties.name, "Fake Polaris");
  EXPECT_EQ(properties.platform, "Fake Platform, OpenCL 1.2 of the fake");
  EXPECT_TRUE(properties.is_gpu);
  EXPECT_FALSE(properties.is_unified);
  EXPECT_EQ(properties.compute_units, 36U);
  EXPECT_EQ(properties.clock_mhz, 1300U);
  EXPECT_EQ(properties.memory_bytes, std::uint64_t{8} << 30);
  EXPECT_EQ(properties.largest_buffer_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(properties.local_bytes, 64U << 10);
  EXPECT_EQ(properties.group_items, 256U);
  EXPECT_EQ(properties.version, 12U);
  EXPECT_EQ(properties.pci_address, "");
  EXPECT_FALSE(properties.has_dot);
  EXPECT_EQ(properties.defect, std::nullopt);
}

TEST_F(PlatformsTest, ReadsThePciAddressHoweverItIsTold) {
  card().pci = {1, 0xc1, 0x1f, 7};
  EXPECT_EQ(only().pci_address, "") << "nobody said that it is told";
  card().extensions = "cl_khr_fp64 cl_khr_pci_bus_info";
  EXPECT_EQ(only().pci_address, "0001:c1:1f.7");
  card().extensions = "cl_nv_device_attribute_query cl_khr_fp64";
  EXPECT_EQ(only().pci_address, "0001:c1:1f.7");
  card().extensions = "cl_amd_device_attribute_query";
  EXPECT_EQ(only().pci_address, "0000:c1:1f.7") << "that extension tells no domain";
  card().extensions = "cl_khr_pci_bus_info_of_another_kind";
  EXPECT_EQ(only().pci_address, "");
}

TEST_F(PlatformsTest, APciAddressThatCannotBeIsNone) {
  EXPECT_EQ(pci_text(0, 1, 0, 0), "0000:01:00.0");
  EXPECT_EQ(pci_text(0x10000, 1, 0, 0), "");
  EXPECT_EQ(pci_text(0, 0x100, 0, 0), "");
  EXPECT_EQ(pci_text(0, 1, 0x20, 0), "");
  EXPECT_EQ(pci_text(0, 1, 0, 8), "");
}

TEST_F(PlatformsTest, ReadsWhatMakersAdd) {
  card().extensions = "cl_amd_device_attribute_query";
  card().name = "gfx906:sramecc+";
  card().board = "Radeon VII  ";
  card().free_kibibytes = 1000;
  Properties properties = only();
  EXPECT_EQ(properties.maker, Maker::kAmd);
  EXPECT_EQ(properties.name, "Radeon VII");
  EXPECT_EQ(properties.chip, "gfx906:sramecc+");
  EXPECT_TRUE(properties.tells_free_memory);
  card() = FakeDevice{};
  card().extensions = "cl_nv_device_attribute_query";
  card().capability = 61;
  properties = only();
  EXPECT_EQ(properties.maker, Maker::kNvidia);
  EXPECT_EQ(properties.capability, 61U);
  card() = FakeDevice{};
  card().extensions = "cl_khr_integer_dot_product";
  EXPECT_TRUE(only().has_dot);
  EXPECT_FALSE(only().has_fast_dot);
  card().has_fast_dot = true;
  EXPECT_TRUE(only().has_fast_dot);
}

TEST_F(PlatformsTest, LeavesOutWhatCannotCompute) {
  auto& devices = fake_.platforms[0].devices;
  devices.resize(4);
  devices[0].is_available = false;
  devices[1].has_compiler = false;
  devices[2].version = "OpenCL 1.1 old";
  const Listing listing = list();
  EXPECT_EQ(listing.devices.size(), 1U);
  EXPECT_THAT(listing.left_out,
              ElementsAre("Fake Polaris is not available", "Fake Polaris has no compiler",
                          "Fake Polaris has 'OpenCL 1.1 old', and OpenCL 1.2 is needed"));
}

TEST_F(PlatformsTest, ADeviceThatDoesNotAnswerIsLeftOut) {
  fake_.answers["clGetDeviceInfo"] = {CL_OUT_OF_HOST_MEMORY, 0};
  const Listing listing = list();
  EXPECT_THAT(listing.devices, IsEmpty());
  EXPECT_THAT(listing.left_out, ElementsAre("platform 'Fake Platform': an OpenCL device: "
                                            "clGetDeviceInfo(CL_DEVICE_TYPE): "
                                            "CL_OUT_OF_HOST_MEMORY"));
}

TEST_F(PlatformsTest, SaysThatThereIsNoPlatform) {
  fake_.platforms.clear();
  EXPECT_EQ(failure(list_devices(*library_, {})),
            "unavailable: no OpenCL platform; install an OpenCL driver");
  fake_.answers["clGetPlatformIDs"] = {CL_OUT_OF_HOST_MEMORY, 0};
  EXPECT_EQ(failure(list_devices(*library_, {})),
            "unavailable: no OpenCL platform: clGetPlatformIDs: CL_OUT_OF_HOST_MEMORY");
}

TEST_F(PlatformsTest, APlatformWithoutDevicesIsNoFault) {
  fake_.platforms[0].devices.clear();
  EXPECT_THAT(list().devices, IsEmpty());
  EXPECT_THAT(list().left_out, IsEmpty());
}

TEST_F(PlatformsTest, ATrialOfSoundPlatformsBreaksNone) {
  const auto trial = attempt();
  ASSERT_TRUE(trial.ok()) << failure(trial);
  EXPECT_THAT(trial->broken, IsEmpty());
  EXPECT_THAT(trial->lines, IsEmpty());
}

TEST_F(PlatformsTest, ATrialWithoutPlatformsBreaksNone) {
  fake_.platforms.clear();
  EXPECT_TRUE(attempt().ok()) << "the list says what is wrong";
  EXPECT_TRUE(try_platforms("/nowhere.so").ok()) << "opening says what is wrong";
}

TEST_F(PlatformsTest, APlatformThatCrashesCostsItselfAlone) {
  fake_.platforms.resize(4);
  fake_.platforms[1].name = "Crasher";
  fake_.platforms[1].ill = FakePlatform::Ill::kCrashes;
  fake_.platforms[2].name = "Another";
  fake_.platforms[2].ill = FakePlatform::Ill::kCrashes;
  fake_.platforms[3].devices.resize(2);
  const auto trial = attempt();
  ASSERT_TRUE(trial.ok()) << failure(trial);
  EXPECT_THAT(trial->broken, ElementsAre(1, 2));
  EXPECT_THAT(trial->lines,
              ElementsAre("platform 'Crasher' left out: it crashed (signal 6) when it was asked "
                          "for its devices",
                          "platform 'Another' left out: it crashed (signal 6) when it was asked "
                          "for its devices"));
  EXPECT_EQ(list(trial->broken).devices.size(), 3U);
}

TEST_F(PlatformsTest, APlatformThatHangsIsLeftOut) {
  fake_.platforms[0].ill = FakePlatform::Ill::kHangs;
  const auto trial = attempt(std::chrono::seconds(3));
  ASSERT_TRUE(trial.ok()) << failure(trial);
  EXPECT_THAT(trial->broken, ElementsAre(0));
  EXPECT_THAT(trial->lines, ElementsAre("platform 'Fake Platform' left out: it did not answer for "
                                        "3 s when it was asked for its devices"));
}

}  // namespace
}  // namespace backends::opencl
