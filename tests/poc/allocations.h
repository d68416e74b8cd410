#pragma once

#include <cstddef>

namespace tests {

/// Watches the program's allocations of at least `bytes` while it lives, and refuses them (as if
/// memory had run out) once told so. One at a time.
class LargeAllocations {
 public:
  explicit LargeAllocations(std::size_t bytes);
  ~LargeAllocations();
  LargeAllocations(const LargeAllocations&) = delete;
  LargeAllocations& operator=(const LargeAllocations&) = delete;

  /// How many there were, refused ones too.
  int count() const;
  void refuse(bool refuse);
};

}  // namespace tests
