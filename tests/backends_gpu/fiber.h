#pragma once

#include <cstddef>

namespace backends::gpu {

/// A thread of control with a stack of its own, on whatever OS thread switches to it; always the
/// same one. Known to the address sanitizer. Code that runs on fibers is compiled without the
/// thread sanitizer, see CMakeLists.txt.
class Fiber {
 public:
  /// Stands for the stack that its maker runs on.
  Fiber() = default;

  /// Runs body(argument), which never returns, from the first switch on.
  Fiber(void (*body)(void*), void* argument);

  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Leaves this fiber, which the caller runs on, for `next`; returns when one switches back.
  void switch_to(Fiber& next);

  /// What ran on it is forgotten, objects on its stack too: the next switch begins with the body.
  void restart();

 private:
  static void enter();
  void arrived();

  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  std::byte* mapping_ = nullptr;  // a page that nobody may touch, then the stack
  const void* stack_ = nullptr;   // its lowest byte
  std::size_t stack_bytes_ = 0;
  void* context_ = nullptr;          // where it stands while another runs
  void* sanitizer_stack_ = nullptr;  // the address sanitizer's, while another runs
  Fiber* came_from_ = nullptr;
};

}  // namespace backends::gpu
