#pragma once

namespace tests {

// Which of the slow tests a build has the time for: see CMakeLists.txt.

/// The rows of base: in release builds.
#ifdef SPRINT_TESTS_BASE
constexpr bool kBase = true;
#else
constexpr bool kBase = false;
#endif

}  // namespace tests
