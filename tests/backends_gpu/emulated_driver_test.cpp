#include "tests/backends_gpu/emulated_driver.h"

#include "tests/backends_gpu/emulation.h"
#include "tests/backends_gpu/emulation_bench.h"
#include "tests/support/sanitizers.h"

// The emulated driver: memory, launches, faults, and what it reports of those who misuse it.

namespace backends::gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct FillArguments {
  std::uint32_t* words;
  std::int32_t first;
  std::uint32_t value;
};

GPU_KERNEL(test_fill, FillArguments, 64, 1) {
  const auto self = static_cast<std::int32_t>(thread_index() + 64 * block_index());
  args.words[args.first + self] = args.value;
}

class EmulatedDriverTest : public testing::Test {
 protected:
  EmulatedDriverTest() { EXPECT_TRUE(driver_.enter().ok()); }

  Address allocate(std::uint64_t bytes) {
    const auto memory = driver_.allocate(bytes);
    EXPECT_TRUE(memory.ok());
    return memory.ok() ? *memory : 0;
  }

  static std::uint32_t* words(Address memory) { return reinterpret_cast<std::uint32_t*>(memory); }

  /// Fills 128 words from `first` on.
  base::Status fill(Address memory, std::int32_t first = 0) {
    const auto kernel = driver_.kernel("test_fill", 0);
    EXPECT_TRUE(kernel.ok());
    const FillArguments arguments{words(memory), first, 9};
    return driver_.launch(Queue::kRace, {*kernel, 2, 64, 0, &arguments});
  }

  /// Expects that `status` is a fault that was reported too, with this text.
  template <class T>
  void expect_bug(const base::Result<T>& status, const std::string& text) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().fault, base::Fault::kDevice);
    EXPECT_THAT(status.message(), HasSubstr(text));
    EXPECT_THAT(machine_->take_bugs(), ElementsAre(HasSubstr(text)));
  }

  std::shared_ptr<EmulatedMachine> machine_ = std::make_shared<EmulatedMachine>();
  EmulatedDriver driver_{machine_};
};

TEST_F(EmulatedDriverTest, MemoryHoldsNothingAndIsAlignedAsRealOnesIs) {
  for (const std::uint64_t bytes : {4U, 1000U, 1U << 20}) {
    const Address memory = allocate(bytes);
    EXPECT_EQ(memory % 512, 256U);
    EXPECT_EQ(*words(memory), 0xa5a5a5a5);
  }
  const auto shared = driver_.allocate_shared(64);
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(*static_cast<std::uint64_t*>(shared->host), 0U);
  EXPECT_EQ(shared->device, reinterpret_cast<Address>(shared->host));
  driver_.release_shared(*shared);
}

TEST_F(EmulatedDriverTest, MemoryRunsOutAndComesBack) {
  machine_->set_limits({.memory_bytes = 1000});
  const Address first = allocate(600);
  EXPECT_EQ(driver_.memory()->free_bytes, 400U);
  EXPECT_EQ(driver_.memory()->total_bytes, 1000U);
  const auto refused = driver_.allocate(401);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_TRUE(driver_.allocate_shared(5000).ok()) << "that is the host's";
  allocate(400);
  driver_.release(first);
  EXPECT_EQ(driver_.memory()->free_bytes, 600U);
}

TEST_F(EmulatedDriverTest, LaunchesRunAtOnce) {
  const Address memory = allocate(4 * 128);
  ASSERT_TRUE(fill(memory).ok());
  EXPECT_THAT(std::vector(words(memory), words(memory) + 128), testing::Each(9U));
  const std::uint32_t two[2] = {1, 2};
  ASSERT_TRUE(driver_.upload(Queue::kModels, memory + 4 * 126, two, sizeof two).ok());
  EXPECT_EQ(words(memory)[125], 9U);
  EXPECT_EQ(words(memory)[127], 2U);
  EXPECT_TRUE(driver_.finish(Queue::kRace).ok());
}

#if defined(SPRINT_ADDRESS_SANITIZER)
using EmulatedDriverDeathTest = EmulatedDriverTest;

TEST_F(EmulatedDriverDeathTest, AnAccessBesideMemoryEndsTheProgram) {
  const Address memory = allocate(4 * 128);
  EXPECT_DEATH(static_cast<void>(fill(memory, 1)), "AddressSanitizer: use-after-poison");
  EXPECT_DEATH(static_cast<void>(fill(memory, -1)), "AddressSanitizer: use-after-poison");
}
#else
TEST_F(EmulatedDriverTest, AWriteBesideMemoryIsReportedWithItsKernel) {
  const Address memory = allocate(4 * 128);
  expect_bug(fill(memory, 1), "kernel test_fill: wrote past the end of 512 bytes");
  expect_bug(fill(memory, -1), "kernel test_fill: wrote before 512 bytes");
  EXPECT_TRUE(fill(memory).ok()) << "once each";
  words(memory)[128] = 0;
  driver_.release(memory);
  EXPECT_THAT(machine_->take_bugs(), ElementsAre(HasSubstr("release: wrote past the end")));
}

TEST(EmulatedDriverEnd, LooksAtItsMemoryOnceMore) {
  const auto machine = std::make_shared<EmulatedMachine>();
  {
    EmulatedDriver driver(machine);
    ASSERT_TRUE(driver.enter().ok());
    const auto shared = driver.allocate_shared(8);
    ASSERT_TRUE(shared.ok());
    static_cast<std::uint64_t*>(shared->host)[1] = 0;
  }
  EXPECT_THAT(machine->take_bugs(), ElementsAre(HasSubstr("8 bytes of memory shared")));
}
#endif

TEST_F(EmulatedDriverTest, AKernelsFaultIsReported) {
  const auto kernel = driver_.kernel("test_lost_lane", 16);
  ASSERT_TRUE(kernel.ok());
  const FillArguments arguments{};
  expect_bug(driver_.launch(Queue::kRace, {*kernel, 1, 32, 16, &arguments}),
             "kernel test_lost_lane, block 0, thread 1: came to warp_sync");
}

GPU_KERNEL(test_lost_lane, FillArguments, 32, 1) {
  if (thread_index() != args.value) warp_sync();
}

TEST_F(EmulatedDriverTest, LaunchesThatNoDeviceTakesAreReported) {
  const auto kernel = driver_.kernel("test_fill", 16);
  ASSERT_TRUE(kernel.ok());
  const FillArguments arguments{};
  const auto launch = [&](const Launch& l) { return driver_.launch(Queue::kRace, l); };
  expect_bug(launch({nullptr, 1, 32, 16, &arguments}), "did not make");
  expect_bug(launch({*kernel, 0, 32, 16, &arguments}), "no blocks");
  expect_bug(launch({*kernel, 1, 33, 16, &arguments}), "not a multiple of 32");
  expect_bug(launch({*kernel, 1, 96, 16, &arguments}), "96 threads, made for 64");
  expect_bug(launch({*kernel, 1, 32, 32, &arguments}),
             "32 bytes of shared memory, prepared for 16");
  expect_bug(launch({*kernel, 1, 32, 16, nullptr}), "no arguments");
  EXPECT_EQ(machine_->calls("launch"), 0U);
}

TEST_F(EmulatedDriverTest, AKernelThatIsNotThereOrTooLargeIsAnError) {
  EXPECT_THAT(driver_.kernel("test_flil", 0).message(), HasSubstr("none named test_flil"));
  machine_->set_limits({.shared_bytes = 1024});
  EXPECT_TRUE(driver_.kernel("test_fill", 1024).ok());
  EXPECT_THAT(driver_.kernel("test_fill", 1040).message(), HasSubstr("more shared memory"));
}

TEST_F(EmulatedDriverTest, MisuseOfTheDriverIsReported) {
  const Address memory = allocate(64);
  const char bytes[65] = {};
  expect_bug(driver_.upload(Queue::kRace, memory, bytes, 65), "upload");
  expect_bug(driver_.upload(Queue::kRace, memory - 1, bytes, 1), "upload");
  expect_bug(driver_.wait(*driver_.make_event()), "wait");
  expect_bug(driver_.record(nullptr, Queue::kRace), "record");
  driver_.release(memory + 1);
  EXPECT_THAT(machine_->take_bugs(), ElementsAre(HasSubstr("release")));
  std::thread([this] { EXPECT_FALSE(driver_.memory().ok()); }).join();
  EXPECT_THAT(machine_->take_bugs(), ElementsAre(HasSubstr("thread")));
}

TEST_F(EmulatedDriverTest, EventsMarkTime) {
  const Event first = *driver_.make_event();
  const Event second = *driver_.make_event();
  ASSERT_TRUE(driver_.record(first, Queue::kRace).ok());
  ASSERT_TRUE(driver_.record(second, Queue::kRace).ok());
  EXPECT_TRUE(driver_.wait(second).ok());
  EXPECT_GE(*driver_.between(first, second), base::Micros(0));
  EXPECT_LE(*driver_.between(second, first), base::Micros(0));
}

TEST_F(EmulatedDriverTest, TheNthCallFailsAsPlanned) {
  const Address memory = allocate(512);
  machine_->fail("allocate", 2, base::Fault::kNoMemory);
  EXPECT_TRUE(driver_.allocate(1).ok());
  EXPECT_EQ(driver_.allocate(1).error().fault, base::Fault::kNoMemory);
  EXPECT_TRUE(driver_.allocate(1).ok());
  machine_->fail("launch test_fill", 1, base::Fault::kDevice);
  EXPECT_THAT(fill(memory).message(), HasSubstr("launch test_fill"));
  EXPECT_EQ(*words(memory), 0xa5a5a5a5);
  EXPECT_TRUE(fill(memory).ok());
  EXPECT_EQ(machine_->calls("allocate"), 4U);
  EXPECT_EQ(machine_->calls("launch test_fill"), 2U);
  EXPECT_EQ(machine_->calls("launch"), 1U);
}

TEST_F(EmulatedDriverTest, ALostDeviceStaysLost) {
  const Address memory = allocate(512);
  machine_->lose("launch", 2);
  EXPECT_TRUE(fill(memory).ok());
  EXPECT_TRUE(driver_.finish(Queue::kRace).ok());
  EXPECT_EQ(fill(memory).error().fault, base::Fault::kDevice);
  EXPECT_EQ(driver_.finish(Queue::kRace).error().fault, base::Fault::kDevice);
  EXPECT_FALSE(driver_.memory().ok());
  driver_.release(memory);
  machine_->restore();
  EXPECT_TRUE(driver_.finish(Queue::kRace).ok());
  EXPECT_THAT(machine_->take_bugs(), IsEmpty());
}

TEST_F(EmulatedDriverTest, ATestSeesEachLaunchBeforeItRuns) {
  const Address memory = allocate(512);
  std::vector<std::string> seen;
  machine_->before_launch([&](const std::string& kernel, const void* arguments) {
    const auto& given = *static_cast<const FillArguments*>(arguments);
    seen.push_back(kernel + ' ' + std::to_string(given.words[0]));
  });
  ASSERT_TRUE(fill(memory).ok() && fill(memory).ok());
  EXPECT_THAT(seen, ElementsAre("test_fill 2779096485", "test_fill 9"));
}

}  // namespace
}  // namespace backends::gpu
