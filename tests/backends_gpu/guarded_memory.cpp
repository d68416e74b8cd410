#include "tests/backends_gpu/guarded_memory.h"

#include <cstdlib>

#include "tests/backends_gpu/guards.h"

namespace backends::gpu {
namespace {

constexpr std::uint64_t kAlignment = 256;
constexpr std::uint64_t kGuard = 1024 + kAlignment;  // an odd number of alignments

/// What is allocated for a piece: guard, piece, filling, guard.
std::uint64_t mapped_bytes(std::uint64_t bytes) {
  return (bytes + 2 * kGuard + 2 * kAlignment - 1) / (2 * kAlignment) * (2 * kAlignment);
}

std::string wrote_beside(std::uint64_t bytes, const char* where) {
  return std::string("wrote ") + where + ' ' + std::to_string(bytes) + " bytes of memory";
}

}  // namespace

GuardedMemory::~GuardedMemory() {
  for (const auto& [memory, piece] : pieces_) free(piece.mapping + kGuard, piece);
}

std::uint8_t* GuardedMemory::allocate(std::uint64_t bytes) {
  auto* mapping =
      static_cast<std::uint8_t*>(std::aligned_alloc(2 * kAlignment, mapped_bytes(bytes)));
  if (mapping == nullptr) return nullptr;
  std::uint8_t* memory = mapping + kGuard;
  poison(memory, bytes);
  close_guard(mapping, kGuard);
  close_guard(memory + bytes, kGuard);
  pieces_[memory] = {mapping, bytes};
  bytes_ += bytes;
  return memory;
}

void GuardedMemory::free(std::uint8_t* memory, const Piece& piece) {
  open_guard(piece.mapping, kGuard);
  open_guard(memory + piece.bytes, kGuard);
  std::free(piece.mapping);
}

bool GuardedMemory::release(const void* memory) {
  const auto found = pieces_.find(static_cast<const std::uint8_t*>(memory));
  if (found == pieces_.end()) return false;
  bytes_ -= found->second.bytes;
  free(found->second.mapping + kGuard, found->second);
  pieces_.erase(found);
  return true;
}

bool GuardedMemory::contains(const void* memory, std::uint64_t bytes) const {
  const auto* begin = static_cast<const std::uint8_t*>(memory);
  auto found = pieces_.upper_bound(begin);
  if (found == pieces_.begin()) return false;
  --found;
  return begin + bytes <= found->first + found->second.bytes;
}

std::vector<std::string> GuardedMemory::check() {
  std::vector<std::string> lines;
  for (const auto& [memory, piece] : pieces_) {
    std::uint8_t* end = piece.mapping + kGuard + piece.bytes;
    if (!guard_intact(piece.mapping, kGuard)) {
      lines.push_back(wrote_beside(piece.bytes, "before"));
      close_guard(piece.mapping, kGuard);
    }
    if (!guard_intact(end, kGuard)) {
      lines.push_back(wrote_beside(piece.bytes, "past the end of"));
      close_guard(end, kGuard);
    }
  }
  return lines;
}

}  // namespace backends::gpu
