#pragma once

#include <cstddef>

// Memory that must not be touched, and memory that holds nothing yet.
namespace backends::gpu {

/// Fills memory with what nobody wrote: bytes 0xa5.
void poison(void* memory, std::size_t bytes);

/// Forbids memory beside an array: the address sanitizer, where it is there, stops whoever touches
/// it; else it is filled with a pattern that `guard_intact` knows again.
void close_guard(void* guard, std::size_t bytes);

/// Gives the memory back to whom it belongs.
void open_guard(void* guard, std::size_t bytes);

/// Whether nobody has written there since it was closed.
bool guard_intact(const void* guard, std::size_t bytes);

}  // namespace backends::gpu
