#pragma once

namespace tests {

// How much of the slow tests a build has the time for: see CMakeLists.txt.

/// Micro, shapes up to dim 2176, several nonces: not under the thread sanitizer.
#ifdef SPRINT_TESTS_ALL_SHAPES
constexpr bool kAllShapes = true;
#else
constexpr bool kAllShapes = false;
#endif

/// The rows of base: in release builds.
#ifdef SPRINT_TESTS_BASE
constexpr bool kBase = true;
#else
constexpr bool kBase = false;
#endif

}  // namespace tests
