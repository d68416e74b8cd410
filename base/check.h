#pragma once

namespace base {

/// Prints `file:line: check failed: what` to stderr and aborts. For bugs in our own code only:
/// input from a peer, a driver, a file or a user becomes a base::Result instead.
/// (The builtins stand in for std::source_location, which clang 14 does not have.)
[[noreturn]] void check_failed(const char* what, const char* file = __builtin_FILE(),
                               int line = __builtin_LINE());

}  // namespace base

/// Aborts when `condition` is false, in every build.
#define CHECK(condition)                                \
  do {                                                  \
    if (!(condition)) ::base::check_failed(#condition); \
  } while (false)

/// CHECK in debug builds; not evaluated in release builds. For hot paths.
#ifdef NDEBUG
#define DCHECK(condition) \
  do {                    \
  } while (false && (condition))
#else
#define DCHECK(condition) CHECK(condition)
#endif
