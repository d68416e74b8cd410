#include "tests/backends_gpu/block_memory.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "tests/backends_gpu/guards.h"

namespace backends::gpu {
namespace {

constexpr std::size_t kAlignment = 1024;  // also the guards' size

}  // namespace

BlockMemory::BlockMemory()
    : mapping_(static_cast<std::uint8_t*>(
          std::aligned_alloc(2 * kAlignment, kMaxBytes + 4 * kAlignment))) {
  CHECK(mapping_ != nullptr);
  dynamic_ = mapping_ + kAlignment;
  close_guard(mapping_, kAlignment);
}

BlockMemory::~BlockMemory() {
  open_guard(mapping_, kMaxBytes + 4 * kAlignment);
  std::free(mapping_);
}

void BlockMemory::begin_block(std::size_t bytes) {
  CHECK(bytes <= kMaxBytes);
  ++block_;
  pieces_.clear();
  open_guard(dynamic_, kMaxBytes + kAlignment);
  poison(dynamic_, bytes);
  close_guard(dynamic_ + bytes, kAlignment);
  pieces_.push_back({dynamic_, bytes, dynamic_ + bytes, kAlignment});
}

std::string BlockMemory::end_block() {
  if (!guard_intact(mapping_, kAlignment)) {
    close_guard(mapping_, kAlignment);
    return "wrote before its dynamic shared memory";
  }
  for (const Piece& piece : pieces_) {
    if (guard_intact(piece.guard, piece.guard_bytes)) continue;
    return "wrote past the end of " + std::to_string(piece.bytes) + " bytes of shared memory";
  }
  return {};
}

void BlockMemory::enter_array(std::uint64_t& block, void* array, std::size_t bytes, void* guard,
                              std::size_t guard_bytes) {
  if (block == block_) return;
  block = block_;
  poison(array, bytes);
  close_guard(guard, guard_bytes);
  pieces_.push_back({static_cast<std::uint8_t*>(array), bytes, guard, guard_bytes});
}

bool BlockMemory::contains(const void* memory, std::size_t bytes) const {
  const auto* begin = static_cast<const std::uint8_t*>(memory);
  return std::any_of(pieces_.begin(), pieces_.end(), [=](const Piece& piece) {
    return begin >= piece.data && begin + bytes <= piece.data + piece.bytes;
  });
}

}  // namespace backends::gpu
