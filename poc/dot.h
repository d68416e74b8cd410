#pragma once

#include <cstdint>

namespace poc {

/// The sum of `count` products; exact, since count <= 32768 (the proof's page, "Profiles"). Both
/// arrays have so many elements.
std::int32_t dot(const std::int8_t* a, const std::int8_t* w, std::uint32_t count);

}  // namespace poc
