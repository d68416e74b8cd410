#pragma once

// SPRINT_ADDRESS_SANITIZER, SPRINT_THREAD_SANITIZER: defined where these sanitizers watch; the
// first one with its interface.

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SPRINT_ADDRESS_SANITIZER
#endif
#if __has_feature(thread_sanitizer)
#define SPRINT_THREAD_SANITIZER
#endif
#endif

#if defined(SPRINT_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
