#include "tests/backends_gpu/emulation.h"

#include <cstring>
#include <thread>

#include "tests/backends_gpu/emulation_bench.h"
#include "tests/support/sanitizers.h"

// The emulated machine: threads, barriers, shared memory, copies, and what it reports of kernels
// that are wrong. Its matrix instructions are in warp_test.cpp.

namespace backends::gpu {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;

class Emulation : public EachOrder {};
INSTANTIATE_EACH_ORDER(Emulation);

constexpr std::uint32_t kPoisonWord = 0xa5a5a5a5;

struct OutArguments {
  std::uint32_t* out;
  std::uint32_t number;
};

GPU_KERNEL(test_places, OutArguments, 1024, 1) {
  args.out[block_index() * args.number + thread_index()] += 1000 * block_index() + thread_index();
  if (block_index() + 1 == block_count()) atomic_add(args.out, 7);
}

TEST_P(Emulation, EachThreadOfEachBlockRunsOnce) {
  for (const std::uint32_t threads : {32U, 96U, 1024U}) {
    std::vector<std::uint32_t> out(3 * threads);
    ASSERT_EQ(
        run_kernel("test_places", {3, threads, 0, order()}, OutArguments{out.data(), threads}), "");
    out[0] -= 7 * threads;
    for (std::uint32_t i = 0; i < 3 * threads; ++i) {
      EXPECT_EQ(out[i], 1000 * (i / threads) + i % threads) << i;
    }
  }
}

/// Turns 128 values round `number` times; at `skipped` the barrier of that turn is missing.
struct TurnArguments {
  std::uint32_t* values;
  std::uint32_t turns;
  std::uint32_t skipped;
};

GPU_KERNEL(test_turn, TurnArguments, 128, 1) {
  GPU_SHARED(std::uint32_t, values, 128);
  const std::uint32_t self = thread_index();
  values[self] = args.values[self];
  block_sync();
  for (std::uint32_t turn = 0; turn < args.turns; ++turn) {
    const std::uint32_t other = values[(self + 64) % 128];
    if (2 * turn != args.skipped) block_sync();
    values[self] = other + 1;
    if (2 * turn + 1 != args.skipped) block_sync();
  }
  args.values[self] = values[self];
}

std::vector<std::uint32_t> turned(Order order, std::uint32_t skipped) {
  std::vector<std::uint32_t> values(128);
  for (std::uint32_t i = 0; i < 128; ++i) values[i] = 100 * i;
  EXPECT_EQ(run_kernel("test_turn", {1, 128, 0, order}, TurnArguments{values.data(), 3, skipped}),
            "");
  return values;
}

TEST_P(Emulation, BarriersHoldAllThreadsOfABlock) {
  const auto values = turned(order(), 1000);
  for (std::uint32_t i = 0; i < 128; ++i) EXPECT_EQ(values[i], 100 * ((i + 64) % 128) + 3);
}

TEST_P(Emulation, AMissingBarrierChangesTheResult) {
  for (const std::uint32_t skipped : {0U, 1U, 2U, 3U, 4U}) {
    EXPECT_NE(turned(order(), skipped), turned(order(), 1000)) << skipped;
  }
}

GPU_KERNEL(test_leave_early, OutArguments, 64, 1) {
  GPU_SHARED(std::uint32_t, sum, 1);
  if (thread_index() == 0) sum[0] = 0;
  block_sync();
  if (thread_index() % 3 == 1) return;
  atomic_add(&sum[0], 1);
  block_sync();
  if (thread_index() == 0) args.out[block_index()] = sum[0];
}

TEST_P(Emulation, ThreadsThatReturnedAreNotWaitedFor) {
  std::vector<std::uint32_t> out(2);
  ASSERT_EQ(run_kernel("test_leave_early", {2, 64, 0, order()}, OutArguments{out.data(), 0}), "");
  EXPECT_THAT(out, Each(64U - 21U));
}

struct ReadArguments {
  std::uint32_t* out;
  std::int32_t write_at;  // the word that is written, of that kind of memory
  std::uint32_t kind;
};

GPU_KERNEL(test_memory, ReadArguments, 32, 1) {
  GPU_SHARED(std::uint32_t, words, 40);
  auto* dynamic = reinterpret_cast<std::uint32_t*>(dynamic_shared());
  if (thread_index() != 0) return;
  args.out[2 * block_index()] = words[39];
  args.out[2 * block_index() + 1] = dynamic[39];
  (args.kind == 0 ? static_cast<std::uint32_t*>(words) : dynamic)[args.write_at] = 1;
}

TEST_P(Emulation, SharedMemoryHoldsNothingWhenABlockBegins) {
  std::vector<std::uint32_t> out(8);
  for (const std::uint32_t kind : {0U, 1U}) {
    ASSERT_EQ(run_kernel("test_memory", {4, 32, 160, order()}, ReadArguments{out.data(), 39, kind}),
              "");
    EXPECT_THAT(out, Each(kPoisonWord));
  }
}

#if !defined(SPRINT_ADDRESS_SANITIZER)  // which would stop the program
TEST_P(Emulation, AWriteBesideSharedMemoryIsReported) {
  std::vector<std::uint32_t> out(2);
  for (const std::uint32_t kind : {0U, 1U}) {
    EXPECT_THAT(
        run_kernel("test_memory", {1, 32, 160, order()}, ReadArguments{out.data(), 40, kind}),
        AllOf(HasSubstr("test_memory, block 0"), HasSubstr("past the end of 160 bytes")));
  }
  EXPECT_THAT(run_kernel("test_memory", {1, 32, 160, order()}, ReadArguments{out.data(), -1, 1}),
              HasSubstr("before its dynamic"));
}
#endif

GPU_KERNEL(test_alignment, OutArguments, 32, 1) {
  GPU_SHARED(std::uint8_t, bytes, 3);
  GPU_SHARED(std::uint8_t, more, 3);
  const auto at = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p); };
  args.out[0] = static_cast<std::uint32_t>(at(bytes) % 16 + at(more) % 16);
  args.out[1] = static_cast<std::uint32_t>(at(dynamic_shared()) % 2048);
}

TEST_P(Emulation, SharedMemoryIsAlignedAsPromisedAndNoBetter) {
  std::vector<std::uint32_t> out(2);
  ASSERT_EQ(run_kernel("test_alignment", {1, 32, 16, order()}, OutArguments{out.data(), 0}), "");
  EXPECT_THAT(out, testing::ElementsAre(0U, 1024U));
}

/// Three batches of one chunk a thread; `open` of them need not be there. What is read of each.
struct CopyArguments {
  const std::uint8_t* from;
  std::uint32_t* out;  // [3]
  std::uint32_t open;
};

GPU_KERNEL(test_copies, CopyArguments, 32, 1) {
  std::uint8_t* shared = dynamic_shared();
  for (std::uint32_t i = 0; i < 3; ++i) {
    copy_chunk(shared + 512 * i + 16 * thread_index(), args.from + 512 * i + 16 * thread_index());
    copy_commit();
  }
  if (args.open == 0) copy_wait<0>();
  if (args.open == 1) copy_wait<1>();
  if (args.open == 2) copy_wait<2>();
  block_sync();
  const std::uint32_t other = 31 - thread_index();
  for (std::uint32_t i = 0; i < 3; ++i) {
    std::memcpy(&args.out[3 * other + i], shared + 512 * i + 16 * other, 4);
  }
}

TEST_P(Emulation, ACopyIsThereOnlyWhenItsBatchWasWaitedFor) {
  alignas(16) std::uint8_t from[3 * 512];
  std::memset(from, 0x11, sizeof from);
  for (const std::uint32_t open : {0U, 1U, 2U, 3U}) {
    std::vector<std::uint32_t> out(96);
    ASSERT_EQ(run_kernel("test_copies", {1, 32, sizeof from, order()},
                         CopyArguments{from, out.data(), open}),
              "");
    for (std::uint32_t i = 0; i < 96; ++i) {
      const bool there = !kCopyIsAsynchronous || i % 3 + open < 3;
      EXPECT_EQ(out[i], there ? 0x11111111 : kPoisonWord) << open << ' ' << i;
    }
  }
}

/// What lanes with an odd number do while the others call warp_exchange.
enum class Odd : std::uint32_t { kSame, kReturn, kWarpSync, kBlockSync };

GPU_KERNEL(test_diverge, OutArguments, 64, 1) {
  const bool odd = thread_index() == 37 && block_index() == 1;
  const auto what = static_cast<Odd>(args.number);
  if (odd && what == Odd::kReturn) return;
  if (odd && what == Odd::kWarpSync) warp_sync();
  if (odd && what == Odd::kBlockSync) block_sync();
  warp_exchange(1, 1);
  if (odd && what == Odd::kWarpSync) return;
  block_sync();
}

std::string diverged(Order order, Odd what) {
  return run_kernel("test_diverge", {2, 64, 0, order},
                    OutArguments{nullptr, static_cast<std::uint32_t>(what)});
}

TEST_P(Emulation, LanesThatDoNotComeToTheirWarpsCollectiveAreReported) {
  EXPECT_EQ(diverged(order(), Odd::kSame), "");
  EXPECT_THAT(diverged(order(), Odd::kReturn), HasSubstr("returned"));
  EXPECT_THAT(diverged(order(), Odd::kWarpSync), HasSubstr("warp_sync"));
  EXPECT_THAT(diverged(order(), Odd::kBlockSync), HasSubstr("block_sync"));
  for (const Odd what : {Odd::kReturn, Odd::kWarpSync, Odd::kBlockSync}) {
    EXPECT_THAT(diverged(order(), what), AllOf(HasSubstr("kernel test_diverge, block 1, thread "),
                                               HasSubstr("warp_exchange")));
    EXPECT_EQ(diverged(order(), Odd::kSame), "") << "after a launch that failed";
  }
}

TEST(EmulationMessages, NameTheThreadAndWhomItMissed) {
  EXPECT_EQ(
      diverged(Order::kBackward, Odd::kReturn),  // odd blocks go the other way: forward
      "kernel test_diverge, block 1, thread 37: returned, while lanes 0-4 of its warp waited at "
      "warp_exchange");
  EXPECT_EQ(
      diverged(Order::kForward, Odd::kReturn),
      "kernel test_diverge, block 1, thread 37: returned, while lanes 6-31 of its warp waited at "
      "warp_exchange");
}

GPU_KERNEL(test_addresses, OutArguments, 32, 1) {
  alignas(16) std::uint8_t own[32] = {};
  std::uint32_t out[4];
  if (args.number == 0) load_matrices(dynamic_shared() + 8, out);
  if (args.number == 1) load_matrices(own, out);
  if (args.number == 2) load_matrices(dynamic_shared() + 512, out);
  if (args.number == 3) copy_chunk(own, dynamic_shared());
  if (args.number == 4) copy_chunk(dynamic_shared(), own + 4);
  if (args.number == 5) warp_exchange(0, 32);
}

TEST_P(Emulation, OperandsThatNoDeviceTakesAreReported) {
  const auto run = [](std::uint32_t number) {
    return run_kernel("test_addresses", {1, 32, 512, order()}, OutArguments{nullptr, number});
  };
  EXPECT_THAT(run(0), HasSubstr("load_matrices: address not a multiple of 16"));
  EXPECT_THAT(run(1), HasSubstr("load_matrices: not an address in the block's shared memory"));
  EXPECT_THAT(run(2), HasSubstr("load_matrices: not an address in the block's shared memory"));
  EXPECT_THAT(run(3), HasSubstr("copy_chunk: not an address in the block's shared memory"));
  EXPECT_THAT(run(4), HasSubstr("copy_chunk: source not a multiple of 16"));
  EXPECT_THAT(run(5), HasSubstr("warp_exchange: mask"));
}

// Each thread of the host has a machine of its own, shared memory included.
TEST_P(Emulation, RunsOnSeveralThreadsOfTheHostAtOnce) {
  const auto expected = turned(order(), 1000);
  std::vector<std::thread> threads;
  std::vector<std::vector<std::uint32_t>> results(4);
  for (auto& result : results) {
    threads.emplace_back([&result, order = order()] {
      for (int i = 0; i < 20; ++i) result = turned(order, 1000);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(results, Each(expected));
}

TEST(EmulatedKernels, AreFoundByName) {
  ASSERT_NE(find_kernel("test_turn"), nullptr);
  EXPECT_STREQ(find_kernel("test_turn")->name(), "test_turn");
  EXPECT_EQ(find_kernel("test_turn")->max_threads(), 128U);
  EXPECT_EQ(find_kernel("test_"), nullptr);
  EXPECT_THAT(all_kernels(), testing::Contains(find_kernel("test_turn")));
}

}  // namespace
}  // namespace backends::gpu
