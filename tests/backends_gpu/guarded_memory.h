#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace backends::gpu {

/// Memory of an emulated device: the host's, with guards on both sides of every piece. Aligned to
/// 256 bytes and to no more, as real drivers promise. Holds nothing (bytes 0xa5) when allocated.
class GuardedMemory {
 public:
  GuardedMemory() = default;
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  /// Null when the host has no more.
  std::uint8_t* allocate(std::uint64_t bytes);

  /// False when there is no such piece.
  bool release(const void* memory);

  std::uint64_t bytes() const { return bytes_; }
  bool contains(const void* memory, std::uint64_t bytes) const;

  /// One line for each piece beside which something was written since the last call.
  std::vector<std::string> check();

 private:
  struct Piece {
    std::uint8_t* mapping;
    std::uint64_t bytes;
  };

  static void free(std::uint8_t* memory, const Piece& piece);

  std::map<const std::uint8_t*, Piece> pieces_;
  std::uint64_t bytes_ = 0;
};

}  // namespace backends::gpu
