#include "tests/backends_gpu/processor.h"

#include <bit>
#include <cstring>

#include "base/check.h"
#include "tests/backends_gpu/guards.h"

namespace backends::gpu {
namespace {

constexpr std::uint32_t kAllLanes = 0xffffffff;
constexpr std::size_t kCopyBytes = 16;

/// "lanes 0, 5-7" of the bits set.
std::string lanes_of(std::uint32_t bits) {
  std::string text = std::popcount(bits) == 1 ? "lane" : "lanes";
  const char* before = " ";
  for (int lane = 0; lane < 32;) {
    const int run = std::countr_one(bits >> lane);
    if (run > 0) text += before + std::to_string(lane);
    if (run > 1) text += '-' + std::to_string(lane + run - 1);
    if (run > 0) before = ", ";
    lane += run + 1;
  }
  return text;
}

}  // namespace

Processor& Processor::here() {
  thread_local Processor processor;
  return processor;
}

base::Status Processor::run(const EmulatedKernel& kernel, const Grid& grid, const void* arguments) {
  CHECK(kernel_ == nullptr);  // a kernel launches none
  CHECK(grid.threads > 0 && grid.threads % kWarpLanes == 0);
  kernel_ = &kernel;
  grid_ = grid;
  arguments_ = arguments;
  std::string failure;
  for (std::uint32_t i = 0; i < grid.blocks && failure.empty(); ++i) {
    failure = run_block(grid.order == Order::kForward ? i : grid.blocks - 1 - i);
  }
  kernel_ = nullptr;
  if (failure.empty()) return base::Ok{};
  return base::device_fault("kernel " + std::string(kernel.name()) + ", " + failure);
}

/// What went wrong, or empty.
std::string Processor::run_block(std::uint32_t block) {
  begin_block(block);
  CHECK(pick_next());
  host_.switch_to(threads_[current_]->fiber);
  const std::string beside = shared_.end_block();
  if (!failure_.empty()) {
    for (const auto& thread : threads_) thread->fiber.restart();
    return failure_;
  }
  return beside.empty() ? beside : "block " + std::to_string(block) + ": " + beside;
}

void Processor::begin_block(std::uint32_t block) {
  while (threads_.size() < grid_.threads) threads_.push_back(std::make_unique<Thread>(*this));
  for (std::uint32_t i = 0; i < grid_.threads; ++i) {
    threads_[i]->copies.clear();
    threads_[i]->batch = 0;
  }
  warps_.assign(grid_.threads / kWarpLanes, Warp{kAllLanes, 0, 0, Collective::kBlockSync});
  shared_.begin_block(grid_.shared_bytes);
  failure_.clear();
  block_ = block;
  alive_ = grid_.threads;
  arrived_ = 0;
  backward_ = (grid_.order == Order::kBackward) != (block % 2 != 0);
  current_ = backward_ ? grid_.threads - 1 : 0;
}

/// A fiber's life: one thread of a block after the other.
void Processor::live(void* processor) {
  auto& self = *static_cast<Processor*>(processor);
  for (;;) {
    self.kernel_->run(self.arguments_);
    self.leave_block();
  }
}

/// The running thread has returned from the kernel; comes back in the next block.
void Processor::leave_block() {
  Warp& mine = warp();
  mine.ready &= ~lane_bit();
  mine.returned |= lane_bit();
  --alive_;
  if (is_missed()) abandon();
  if (alive_ > 0 && arrived_ == alive_) release_barrier();
  Fiber& self = threads_[current_]->fiber;
  self.switch_to(pick_next() ? threads_[current_]->fiber : host_);
}

/// Makes another thread the current one: of the same warp if any of it can go on, else of the next
/// warp that can. False when nobody can.
bool Processor::pick_next() {
  const auto warps = static_cast<std::uint32_t>(warps_.size());
  const std::uint32_t first = current_ / kWarpLanes;
  for (std::uint32_t i = 0; i < warps; ++i) {
    const std::uint32_t index = (backward_ ? first + warps - i : first + i) % warps;
    const std::uint32_t ready = warps_[index].ready;
    if (ready == 0) continue;
    const int lane = backward_ ? 31 - std::countl_zero(ready) : std::countr_zero(ready);
    current_ = index * kWarpLanes + static_cast<std::uint32_t>(lane);
    return true;
  }
  return false;
}

void Processor::yield() {
  Fiber& self = threads_[current_]->fiber;
  CHECK(pick_next());  // lanes that wait in vain are found as they come or leave
  self.switch_to(threads_[current_]->fiber);
}

void Processor::meet(Collective what, Operands* operands) {
  if (alone_at(what)) abandon();
  Warp& mine = warp();
  threads_[current_]->operands = operands;
  mine.ready &= ~lane_bit();
  mine.waiting |= lane_bit();
  mine.at = what;
  if (what == Collective::kBlockSync) {
    if (++arrived_ == alive_) return release_barrier();
  } else if (mine.waiting == kAllLanes) {
    return compute_for_warp(what);
  }
  yield();
}

/// Before the running thread waits at `what`: whether other lanes of its warp cannot come there.
bool Processor::alone_at(Collective what) {
  const Warp& mine = warp();
  if (mine.waiting != 0 && mine.at != what) {
    report(std::string("came to ") + name_of(what) + ", while " + lanes_of(mine.waiting) +
           " of its warp waited at " + name_of(mine.at));
    return true;
  }
  if (mine.returned != 0 && what != Collective::kBlockSync) {
    report(std::string("came to ") + name_of(what) + ", but " + lanes_of(mine.returned) +
           " of its warp had returned");
    return true;
  }
  return false;
}

/// After the running thread has returned: whether its warp waits for it.
bool Processor::is_missed() {
  const Warp& mine = warp();
  if (mine.waiting == 0 || mine.at == Collective::kBlockSync) return false;
  report("returned, while " + lanes_of(mine.waiting) + " of its warp waited at " +
         name_of(mine.at));
  return true;
}

void Processor::release_barrier() {
  arrived_ = 0;
  for (Warp& w : warps_) {
    w.ready |= w.waiting;
    w.waiting = 0;
  }
}

void Processor::compute_for_warp(Collective what) {
  WarpOperands lanes{};
  const std::uint32_t first = current_ / kWarpLanes * kWarpLanes;
  for (std::uint32_t i = 0; i < kWarpLanes; ++i) lanes[i] = threads_[first + i]->operands;
  compute(what, lanes);
  warp().waiting = 0;
  warp().ready = kAllLanes;
}

void Processor::begin_copy(void* to, const void* from) {
  Thread& thread = *threads_[current_];
  poison(to, kCopyBytes);
  thread.copies.push_back({to, from, thread.batch});
}

void Processor::close_batch() {
  ++threads_[current_]->batch;
}

void Processor::wait_for_copies(std::uint32_t open_batches) {
  Thread& thread = *threads_[current_];
  auto copy = thread.copies.begin();
  for (; copy != thread.copies.end() && copy->batch + open_batches < thread.batch; ++copy) {
    std::memcpy(copy->to, copy->from, kCopyBytes);
  }
  thread.copies.erase(thread.copies.begin(), copy);
}

void Processor::report(const std::string& what) {
  if (!failure_.empty()) return;
  failure_ =
      "block " + std::to_string(block_) + ", thread " + std::to_string(current_) + ": " + what;
}

void Processor::abandon() {
  CHECK(!failure_.empty());
  threads_[current_]->fiber.switch_to(host_);
  CHECK(false && "a thread went on after its launch had failed");
  __builtin_unreachable();
}

}  // namespace backends::gpu
