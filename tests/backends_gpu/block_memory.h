#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace backends::gpu {

/// The shared memory of the block that runs now: the launch's dynamic part and the arrays that the
/// kernel declares. All of it holds nothing when a block begins, and has guards around it.
class BlockMemory {
 public:
  static constexpr std::size_t kMaxBytes = 256 * 1024;

  BlockMemory();
  ~BlockMemory();
  BlockMemory(const BlockMemory&) = delete;
  BlockMemory& operator=(const BlockMemory&) = delete;

  /// `bytes` of dynamic memory, at most kMaxBytes.
  void begin_block(std::size_t bytes);

  /// What was written beside the memory, or empty.
  std::string end_block();

  /// Aligned to 1024 bytes and to no more.
  std::uint8_t* dynamic() { return dynamic_; }

  /// The block's threads come to an array that they declare; `block` is the array's own mark of the
  /// block that it was last made for. The guard follows the array.
  void enter_array(std::uint64_t& block, void* array, std::size_t bytes, void* guard,
                   std::size_t guard_bytes);

  /// Whether those bytes lie in one piece of the block's memory.
  bool contains(const void* memory, std::size_t bytes) const;

 private:
  struct Piece {
    std::uint8_t* data;
    std::size_t bytes;
    void* guard;
    std::size_t guard_bytes;
  };

  std::uint8_t* mapping_ = nullptr;
  std::uint8_t* dynamic_ = nullptr;
  std::uint64_t block_ = 0;  // how many there have been
  std::vector<Piece> pieces_;
};

}  // namespace backends::gpu
