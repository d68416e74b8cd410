#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/backends_gpu/block_memory.h"
#include "tests/backends_gpu/emulated_kernel.h"
#include "tests/backends_gpu/fiber.h"
#include "tests/backends_gpu/warp.h"

namespace backends::gpu {

/// The order in which blocks, warps and lanes come to run. A kernel must not care; one that lacks a
/// barrier does.
enum class Order : std::uint8_t { kForward, kBackward };

/// One launch. `threads` is a multiple of 32.
struct Grid {
  std::uint32_t blocks = 1;
  std::uint32_t threads = kWarpLanes;
  std::uint32_t shared_bytes = 0;
  Order order = Order::kForward;
};

/// Runs kernels on the calling thread: blocks one after the other, a block's threads as fibers. A
/// warp runs on until the block's barrier stops it before the next one moves, so it is as far ahead
/// as a real one can be. Odd blocks run in the reverse of the order asked for.
///
/// What a kernel must not do ends the launch with Fault::kDevice and kernel, block and thread:
/// lanes of a warp at different collectives or returned, an address that a collective cannot take,
/// a write beside the shared memory.
class Processor {
 public:
  /// The calling thread's.
  static Processor& here();

  Processor() = default;
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;

  base::Status run(const EmulatedKernel& kernel, const Grid& grid, const void* arguments);

  // For the kernel's threads, while it runs.

  std::uint32_t thread() const { return current_; }
  std::uint32_t block() const { return block_; }
  std::uint32_t blocks() const { return grid_.blocks; }
  bool backward() const { return backward_; }
  BlockMemory& shared() { return shared_; }

  /// The running thread waits for its block or warp; returns when all have come and `operands`, if
  /// there are any, hold the results.
  void meet(Collective what, Operands* operands);

  /// Background copies of the running thread, see README.md of the kernels: until `wait_for_copies`
  /// covers it, the place of a copy holds nothing.
  void begin_copy(void* to, const void* from);
  void close_batch();
  void wait_for_copies(std::uint32_t open_batches);

  /// The running thread did what it must not; the first report counts. `abandon` follows.
  void report(const std::string& what);

  /// Ends the launch, after a report. What is on the stacks of the block's threads is forgotten and
  /// not destroyed, so there should be nothing that owns memory.
  [[noreturn]] void abandon();

 private:
  struct Copy {
    void* to;
    const void* from;
    std::uint32_t batch;
  };

  struct Thread {
    explicit Thread(Processor& processor) : fiber(&Processor::live, &processor) {}
    Fiber fiber;
    Operands* operands = nullptr;
    std::vector<Copy> copies;  // not waited for, in order
    std::uint32_t batch = 0;   // the open one's number
  };

  /// Lanes by what they do, as bits. Those at the block's barrier wait too.
  struct Warp {
    std::uint32_t ready = 0;
    std::uint32_t waiting = 0;
    std::uint32_t returned = 0;
    Collective at = Collective::kBlockSync;  // where they wait
  };

  static void live(void* processor);
  std::string run_block(std::uint32_t block);
  void begin_block(std::uint32_t block);
  void leave_block();
  bool pick_next();
  void yield();
  bool alone_at(Collective what);
  bool is_missed();
  void release_barrier();
  void compute_for_warp(Collective what);
  Warp& warp() { return warps_[current_ / kWarpLanes]; }
  std::uint32_t lane_bit() const { return std::uint32_t{1} << current_ % kWarpLanes; }

  const EmulatedKernel* kernel_ = nullptr;
  const void* arguments_ = nullptr;
  Grid grid_;
  Fiber host_;
  std::vector<std::unique_ptr<Thread>> threads_;  // as many as were ever needed
  std::vector<Warp> warps_;
  BlockMemory shared_;
  std::string failure_;
  std::uint32_t block_ = 0;
  std::uint32_t current_ = 0;  // thread that runs
  std::uint32_t alive_ = 0;    // threads that have not returned
  std::uint32_t arrived_ = 0;  // of them, at the block's barrier
  bool backward_ = false;
};

}  // namespace backends::gpu
