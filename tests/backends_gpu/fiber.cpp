#include "tests/backends_gpu/fiber.h"

#include <sys/mman.h>

#include <cstdint>

#include "base/check.h"
#include "tests/support/sanitizers.h"

#if !defined(__x86_64__) && !defined(SPRINT_EMULATED_UCONTEXT)
#define SPRINT_EMULATED_UCONTEXT
#endif
#if defined(SPRINT_EMULATED_UCONTEXT)
#include <ucontext.h>
#endif

namespace backends::gpu {
namespace {

constexpr std::size_t kPage = 4096;
#if defined(SPRINT_ADDRESS_SANITIZER)
constexpr std::size_t kStackBytes = 256 * 1024;  // its frames are wide
#else
constexpr std::size_t kStackBytes = 64 * 1024;
#endif

/// The fiber that a switch under way goes to.
thread_local Fiber* switching_to = nullptr;

}  // namespace

// How a context is made and changed. `context` is the stack pointer, or a ucontext_t.
#if defined(SPRINT_EMULATED_UCONTEXT)
namespace {

void swap_contexts(void** save, void** load) {
  if (*save == nullptr) *save = new ucontext_t;
  CHECK(swapcontext(static_cast<ucontext_t*>(*save), static_cast<ucontext_t*>(*load)) == 0);
}

void make_context(void** context, std::byte* stack, void (*entry)()) {
  if (*context == nullptr) *context = new ucontext_t;
  auto* made = static_cast<ucontext_t*>(*context);
  CHECK(getcontext(made) == 0);
  made->uc_stack.ss_sp = stack;
  made->uc_stack.ss_size = kStackBytes;
  made->uc_link = nullptr;
  makecontext(made, entry, 0);
}

void free_context(void* context) {
  delete static_cast<ucontext_t*>(context);
}

}  // namespace
#else
// swapcontext asks the kernel for the signal mask at every switch, which is most of its time; this
// saves what the System V ABI has a callee save.
extern "C" void sprint_swap_contexts(void** save, void** load);
asm(R"(
.pushsection .text
.type sprint_swap_contexts, @function
sprint_swap_contexts:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq (%rsi), %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size sprint_swap_contexts, . - sprint_swap_contexts
.popsection
)");

namespace {

void swap_contexts(void** save, void** load) {
  sprint_swap_contexts(save, load);
}

void make_context(void** context, std::byte* stack, void (*entry)()) {
  constexpr std::size_t kRegisters = 6;
  auto* top = reinterpret_cast<std::uintptr_t*>(stack + kStackBytes);
  // `ret` takes the entry from a multiple of 16 and leaves the stack as a call would.
  std::uintptr_t* at = top - 2;
  at[0] = reinterpret_cast<std::uintptr_t>(entry);
  at[1] = 0;  // nobody called the entry
  at -= kRegisters;
  for (std::size_t i = 0; i < kRegisters; ++i) at[i] = 0;
  *context = at;
}

void free_context(void* /*context*/) {}

}  // namespace
#endif

Fiber::Fiber(void (*body)(void*), void* argument) : body_(body), argument_(argument) {
  void* mapping = mmap(nullptr, kPage + kStackBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(mapping != MAP_FAILED);
  mapping_ = static_cast<std::byte*>(mapping);
  CHECK(mprotect(mapping_, kPage, PROT_NONE) == 0);
  stack_ = mapping_ + kPage;
  stack_bytes_ = kStackBytes;
  restart();
}

Fiber::~Fiber() {
  free_context(context_);
  if (mapping_ == nullptr) return;
#if defined(SPRINT_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(mapping_ + kPage, kStackBytes);
#endif
  munmap(mapping_, kPage + kStackBytes);
}

void Fiber::restart() {
#if defined(SPRINT_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(mapping_ + kPage, kStackBytes);
#endif
  make_context(&context_, mapping_ + kPage, &Fiber::enter);
}

void Fiber::switch_to(Fiber& next) {
  next.came_from_ = this;
  switching_to = &next;
#if defined(SPRINT_ADDRESS_SANITIZER)
  __sanitizer_start_switch_fiber(&sanitizer_stack_, next.stack_, next.stack_bytes_);
#endif
  swap_contexts(&context_, &next.context_);
  arrived();
}

/// The first that runs after a switch to this fiber.
void Fiber::arrived() {
#if defined(SPRINT_ADDRESS_SANITIZER)
  __sanitizer_finish_switch_fiber(sanitizer_stack_, &came_from_->stack_, &came_from_->stack_bytes_);
#endif
}

void Fiber::enter() {
  Fiber& self = *switching_to;
  self.sanitizer_stack_ = nullptr;
  self.arrived();
  self.body_(self.argument_);
  CHECK(false && "a fiber's body returned");
}

}  // namespace backends::gpu
