#include "backends/cuda/backend.h"

#include "tests/backends_cuda/bench.h"

namespace backends::cuda {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class BackendTest : public FakeMachine {
 protected:
  OptionValues values(const std::vector<OptionAssignment>& assignments = {}) {
    return resolve_options(backend_.options(), assignments).value();
  }
  std::vector<DeviceInfo> probe() {
    auto found = backend_.probe();
    EXPECT_TRUE(found.ok()) << failure(found);
    return found.ok() ? *found : std::vector<DeviceInfo>{};
  }

  const FakeImage image_{{75, 80, 86, 89, 90, 120}, {}};
  const std::array<const void*, 1> images_{&image_};
  CudaBackend backend_{SPRINT_FAKE_DRIVER, images_};
};

TEST_F(BackendTest, DescribesACard) {
  const auto found = probe();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id(), "cuda:0");
  EXPECT_EQ(found[0].label(), "0000:c1:00.0");
  EXPECT_EQ(found[0].name, "Fake H100");
  EXPECT_EQ(found[0].kind, DeviceKind::kGpu);
  EXPECT_EQ(found[0].memory_bytes, std::uint64_t{80} << 30);
  EXPECT_FALSE(found[0].memory_free_bytes.has_value()) << "nobody asked the card";
  EXPECT_EQ(found[0].path, "wgmma");
  EXPECT_EQ(found[0].note, "");
  EXPECT_EQ(fake_.counts, FakeCounts{}) << "a probe opens nothing";
}

TEST_F(BackendTest, SaysWhyThereIsNone) {
  EXPECT_THAT(failure(CudaBackend("/nowhere.so", images_).probe()),
              StartsWith("unavailable: no NVIDIA driver: "));
  fake_.cards.clear();
  EXPECT_EQ(failure(backend_.probe()), "unavailable: no NVIDIA card");
}

TEST_F(BackendTest, LeavesOutCardsThatAreTooOld) {
  fake_.cards.resize(3);
  fake_.cards[0].name = "Fake 1080";
  fake_.cards[0].major = 6;
  fake_.cards[0].minor = 1;
  fake_.cards[2].pci = "0000:C2:00.0";
  const auto found = probe();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].id(), "cuda:0");
  EXPECT_EQ(found[0].label(), "0000:c1:00.0");
  EXPECT_EQ(found[1].id(), "cuda:1");
  EXPECT_EQ(found[1].label(), "0000:c2:00.0");
}

TEST_F(BackendTest, SaysWhyNoCardIsLeft) {
  fake_.cards[0].name = "Fake 1080";
  fake_.cards[0].major = 6;
  fake_.cards[0].minor = 1;
  EXPECT_EQ(
      failure(backend_.probe()),
      "unavailable: no NVIDIA card to compute on: Fake 1080 (compute capability 6.1) is older "
      "than 7.5: left to OpenCL");
  fake_.answers["cuDeviceTotalMem"] = CUDA_ERROR_INVALID_VALUE;
  EXPECT_THAT(failure(backend_.probe()), HasSubstr("card 0: cuDeviceTotalMem"));
}

TEST_F(BackendTest, SaysWhichCardsWereNotMeasured) {
  fake_.cards[0].major = 12;
  EXPECT_EQ(probe().at(0).note, "not yet measured on compute capability 12.0");
}

TEST_F(BackendTest, OpensACardOnceAtATime) {
  probe();
  auto first = backend_.open(0, values());
  ASSERT_TRUE(first.ok()) << failure(first);
  EXPECT_EQ(fake_.counts.contexts, 1);
  EXPECT_EQ(failure(backend_.open(0, values())), "unavailable: cuda:0 is open already");
  first->reset();
  EXPECT_EQ(fake_.counts, FakeCounts{});
  EXPECT_TRUE(backend_.open(0, values()).ok());
}

TEST_F(BackendTest, ACardThatDidNotOpenMayBeTriedAgain) {
  probe();
  fake_.answers["cuStreamCreateWithPriority"] = CUDA_ERROR_OUT_OF_MEMORY;
  EXPECT_THAT(failure(backend_.open(0, values())),
              StartsWith("no memory: 0000:c1:00.0: cuStreamCreateWithPriority: "));
  fake_.answers.clear();
  EXPECT_TRUE(backend_.open(0, values()).ok());
}

TEST_F(BackendTest, TakesThePathOfItsOptions) {
  probe();
  const auto device = backend_.open(0, values({{"cuda", "path", "dot4"}}));
  ASSERT_TRUE(device.ok()) << failure(device);
  EXPECT_EQ((*device)->info().path, "dot4");
}

TEST_F(BackendTest, RefusesAPathThatDoesNotRun) {
  fake_.cards[0].major = 8;
  fake_.cards[0].shared_bytes = 163 * 1024;
  probe();
  EXPECT_THAT(failure(backend_.open(0, values({{"cuda", "path", "wgmma"}}))),
              StartsWith("unavailable: path 'wgmma' does not run on Fake H100"));
}

TEST_F(BackendTest, TakesTheGroupOfItsOptions) {
  probe();
  const auto device = backend_.open(0, values({{"cuda", "group", "48"}}));
  ASSERT_TRUE(device.ok()) << failure(device);
  EXPECT_EQ((*device)->group_size(), 48U);
}

TEST_F(BackendTest, RefusesACardThatIsNotThere) {
  EXPECT_EQ(failure(backend_.open(0, values())), "invalid: no device cuda:0 among 0");
  probe();
  EXPECT_EQ(failure(backend_.open(1, values())), "invalid: no device cuda:1 among 1");
}

TEST_F(BackendTest, DefaultsAreAutomatic) {
  EXPECT_EQ(values().text("path"), "auto");
  EXPECT_EQ(values().integer("group"), 0);
  EXPECT_EQ(values().integer("keep_free"), 256);
}

}  // namespace
}  // namespace backends::cuda
