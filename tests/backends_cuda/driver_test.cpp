#include "backends/cuda/driver.h"

#include <thread>

#include "tests/backends_cuda/bench.h"

namespace backends::cuda {
namespace {

using gpu::Queue;
using testing::HasSubstr;

constexpr const char* kLost = "; the card does nothing more until it is opened again";

class DriverTest : public FakeMachine {
 protected:
  std::unique_ptr<CudaDriver> make(std::span<const void* const> images, CUdevice device = 0) const {
    return std::make_unique<CudaDriver>(DriverParts{
        .library = library_.get(), .device = device, .label = "0000:c1:00.0", .images = images});
  }
  /// One that has entered.
  std::unique_ptr<CudaDriver> entered() const {
    auto driver = make(images_);
    const auto status = driver->enter();
    EXPECT_TRUE(status.ok()) << failure(status);
    return driver;
  }

  const std::unique_ptr<const Library> library_ = open_library();
  const FakeImage shared_{{75, 80, 90}, {"make_keys", "norm"}};
  const FakeImage hopper_{{90}, {"product_wgmma_add"}};
  const std::array<const void*, 2> images_{&shared_, &hopper_};
};

TEST_F(DriverTest, DoesNothingBeforeItIsEntered) {
  const auto driver = make(images_);
  EXPECT_EQ(fake_.counts, FakeCounts{});
}

TEST_F(DriverTest, EntersOnceAndGivesEverythingBack) {
  auto driver = entered();
  EXPECT_EQ(fake_.context_flags, unsigned{CU_CTX_SCHED_BLOCKING_SYNC});
  const FakeCounts one_card{.contexts = 1, .streams = 2, .modules = 2};
  EXPECT_EQ(fake_.counts, one_card);
  EXPECT_TRUE(driver->enter().ok());
  EXPECT_EQ(fake_.counts, one_card);
  ASSERT_TRUE(driver->make_event().ok());
  ASSERT_TRUE(driver->allocate(100).ok());
  ASSERT_TRUE(driver->allocate_shared(100).ok());
  EXPECT_EQ(fake_.event_flags, unsigned{CU_EVENT_BLOCKING_SYNC});
  driver.reset();
  EXPECT_EQ(fake_.counts, FakeCounts{});
  EXPECT_EQ(fake_.cards[0].used_bytes, 0U);
}

TEST_F(DriverTest, MovesToAThreadThatEnters) {
  auto driver = entered();
  std::thread([&] {
    EXPECT_THAT(failure(driver->allocate(1)), HasSubstr("cuMemAlloc"));
    EXPECT_TRUE(driver->enter().ok());
    EXPECT_TRUE(driver->allocate(1).ok());
  }).join();
}

TEST_F(DriverTest, GivesBackOnAnyThread) {
  auto driver = entered();
  const auto memory = driver->allocate(1);
  const auto shared = driver->allocate_shared(1);
  ASSERT_TRUE(memory.ok() && shared.ok());
  std::thread([&] { driver->release(*memory); }).join();
  std::thread([&] { driver->release_shared(*shared); }).join();
  EXPECT_EQ(fake_.counts.allocations + fake_.counts.pinned, 0);
  std::thread([&] { driver.reset(); }).join();
}

TEST_F(DriverTest, TwoCardsMayBeOnOneThread) {
  fake_.cards.resize(2);
  auto first = make(images_, 0);
  auto second = make(images_, 1);
  ASSERT_TRUE(first->enter().ok() && second->enter().ok());
  const auto of_second = second->allocate(2);
  ASSERT_TRUE(first->enter().ok());
  const auto of_first = first->allocate(1);
  ASSERT_TRUE(of_first.ok() && of_second.ok());
  EXPECT_EQ(fake_.cards[0].used_bytes, 1U);
  EXPECT_EQ(fake_.cards[1].used_bytes, 2U);
  second->release(*of_second);
  EXPECT_EQ(fake_.cards[1].used_bytes, 0U);
  second.reset();
  first.reset();
  EXPECT_EQ(fake_.cards[0].used_bytes, 0U);
}

TEST_F(DriverTest, TellsAndTakesMemory) {
  auto driver = entered();
  fake_.cards[0].memory_bytes = 1000;
  const auto memory = driver->allocate(300);
  ASSERT_TRUE(memory.ok());
  auto state = driver->memory();
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->free_bytes, 700U);
  EXPECT_EQ(state->total_bytes, 1000U);
  driver->release(*memory);
  EXPECT_EQ(driver->memory()->free_bytes, 1000U);
}

TEST_F(DriverTest, SharedMemoryIsZeroed) {
  auto driver = entered();
  const auto shared = driver->allocate_shared(1000);
  ASSERT_TRUE(shared.ok());
  const auto* bytes = static_cast<const unsigned char*>(shared->host);
  EXPECT_THAT(std::vector<unsigned char>(bytes, bytes + 1000), testing::Each(0));
  EXPECT_NE(shared->device, 0U);
}

TEST_F(DriverTest, OutOfMemoryTellsWhatWasNeededAndWhatIsFree) {
  auto driver = entered();
  fake_.cards[0].memory_bytes = 10 << 20;
  EXPECT_EQ(failure(driver->allocate((20 << 20) + 1)),
            "no memory: 0000:c1:00.0: 21 MiB of memory needed, 10 MiB of the card's memory free");
  fake_.answers["cuMemHostAlloc"] = CUDA_ERROR_OUT_OF_MEMORY;
  EXPECT_THAT(failure(driver->allocate_shared(1)),
              HasSubstr("no memory: 0000:c1:00.0: 1 MiB of the host's pinned memory needed"));
  EXPECT_TRUE(driver->allocate(1).ok()) << "less may fit";
}

TEST_F(DriverTest, FindsKernelsInAnyImage) {
  auto driver = entered();
  EXPECT_TRUE(driver->kernel("norm", 0).ok());
  EXPECT_TRUE(driver->kernel("product_wgmma_add", 200 << 10).ok());
}

TEST_F(DriverTest, NamesAKernelThatIsMissing) {
  auto driver = entered();
  EXPECT_EQ(failure(driver->kernel("attention", 0)),
            "device: 0000:c1:00.0: kernel attention: cuModuleGetFunction: CUDA_ERROR_NOT_FOUND, "
            "named symbol not found");
}

TEST_F(DriverTest, NamesAKernelThatAsksForTooMuch) {
  auto driver = entered();
  EXPECT_EQ(failure(driver->kernel("norm", 228 << 10)),
            "device: 0000:c1:00.0: kernel norm: cuFuncSetAttribute: CUDA_ERROR_INVALID_VALUE, "
            "invalid argument");
}

TEST_F(DriverTest, SkipsAnImageForOtherCards) {
  fake_.cards[0].major = 8;
  auto driver = entered();
  EXPECT_EQ(fake_.counts.modules, 1);
  EXPECT_TRUE(driver->kernel("norm", 0).ok());
}

TEST_F(DriverTest, SaysThatNoImageIsForTheCard) {
  fake_.cards[0].major = 12;
  EXPECT_EQ(failure(make(images_)->enter()),
            "device: 0000:c1:00.0: this build has no kernels for this card: cuModuleLoadData: "
            "CUDA_ERROR_NO_BINARY_FOR_GPU, no kernel image is available for execution on the "
            "device");
}

TEST_F(DriverTest, LaunchesWithOneStructure) {
  auto driver = entered();
  const auto kernel = driver->kernel("product_wgmma_add", 100'000);
  ASSERT_TRUE(kernel.ok());
  const std::uint64_t arguments[3] = {0x0123456789ABCDEF, 2, 3};
  gpu::Launch launch{.kernel = *kernel,
                     .blocks = 7,
                     .threads = 384,
                     .shared_bytes = 100'000,
                     .arguments = arguments};
  ASSERT_TRUE(driver->launch(Queue::kRace, launch).ok());
  ASSERT_TRUE(driver->launch(Queue::kModels, launch).ok());
  ASSERT_EQ(fake_.work.size(), 2U);
  const FakeWork& work = fake_.work[0];
  EXPECT_EQ(work.kernel, "product_wgmma_add");
  EXPECT_EQ(work.blocks, 7U);
  EXPECT_EQ(work.threads, 384U);
  EXPECT_EQ(work.shared_bytes, 100'000U);
  EXPECT_EQ(work.first_argument, arguments[0]);
  EXPECT_LT(work.priority, fake_.work[1].priority) << "lower numbers go first";
}

TEST_F(DriverTest, Uploads) {
  auto driver = entered();
  const auto memory = driver->allocate(5);
  ASSERT_TRUE(memory.ok());
  char text[] = "abcd";
  ASSERT_TRUE(driver->upload(Queue::kRace, *memory, text, sizeof(text)).ok());
  text[0] = 'x';
  EXPECT_STREQ(reinterpret_cast<const char*>(*memory), "abcd");
}

TEST_F(DriverTest, MeasuresBetweenEvents) {
  auto driver = entered();
  const auto earlier = driver->make_event();
  const auto later = driver->make_event();
  ASSERT_TRUE(earlier.ok() && later.ok());
  ASSERT_TRUE(driver->record(*earlier, Queue::kRace).ok());
  ASSERT_TRUE(driver->record(*later, Queue::kRace).ok());
  ASSERT_TRUE(driver->wait(*later).ok());
  EXPECT_EQ(driver->between(*earlier, *later)->count(), 1500);
  EXPECT_TRUE(driver->finish(Queue::kModels).ok());
}

TEST_F(DriverTest, ALostCardIsAnErrorOfTheDevice) {
  auto driver = entered();
  const auto event = driver->make_event();
  ASSERT_TRUE(event.ok());
  fake_.answers["cuEventSynchronize"] = CUDA_ERROR_ILLEGAL_ADDRESS;
  EXPECT_EQ(
      failure(driver->wait(*event)),
      "device: 0000:c1:00.0: cuEventSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS, an illegal memory "
      "access was encountered" +
          std::string(kLost));
  fake_.answers["cuStreamSynchronize"] = CUDA_ERROR_UNKNOWN;
  EXPECT_EQ(failure(driver->finish(Queue::kRace)),
            "device: 0000:c1:00.0: cuStreamSynchronize: error 999" + std::string(kLost));
}

TEST_F(DriverTest, EveryFailedCallIsNamedAndNothingStaysBehind) {
  for (const char* call :
       {"cuDevicePrimaryCtxSetFlags", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent",
        "cuCtxGetStreamPriorityRange", "cuStreamCreateWithPriority", "cuModuleLoadData"}) {
    fake_.answers = {{call, CUDA_ERROR_INVALID_VALUE}};
    EXPECT_THAT(failure(make(images_)->enter()), HasSubstr(std::string("c1:00.0: ") + call));
    EXPECT_EQ(fake_.counts, FakeCounts{}) << call;
  }
}

TEST_F(DriverTest, AContextThatIsOpenAlreadyIsTaken) {
  fake_.answers = {{"cuDevicePrimaryCtxSetFlags", CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE}};
  EXPECT_TRUE(make(images_)->enter().ok());
}

}  // namespace
}  // namespace backends::cuda
