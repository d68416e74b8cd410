#pragma once

#include <thread>

#include "base/check.h"

namespace base {

/// Asserts, in debug builds, that an object is used by one thread only: the one that first asked.
/// `rebind` when the object is handed to another thread for good.
class OwnerThread {
 public:
  void assert_here() const {
#ifndef NDEBUG
    if (owner_ == std::thread::id()) owner_ = std::this_thread::get_id();
    DCHECK(owner_ == std::this_thread::get_id());
#endif
  }

  void rebind() {
#ifndef NDEBUG
    owner_ = std::thread::id();
#endif
  }

#ifndef NDEBUG
 private:
  mutable std::thread::id owner_;
#endif
};

}  // namespace base
