#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace backends::cpu {

/// Zeroed pages of this process, given back by the destructor; large ones ask for huge pages.
class PageBuffer {
 public:
  /// `what` names the use in the error.
  static base::Result<PageBuffer> make(std::uint64_t bytes, std::string_view what);

  PageBuffer() = default;
  PageBuffer(PageBuffer&& other) noexcept;
  PageBuffer& operator=(PageBuffer&& other) noexcept;
  ~PageBuffer();

  /// Aligned to a page; null when empty.
  std::byte* data() const { return data_; }
  std::uint64_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

}  // namespace backends::cpu
