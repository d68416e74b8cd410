#pragma once

// SPRINT_ADDRESS_SANITIZER: defined where the address sanitizer watches, with its interface.

#if defined(__SANITIZE_ADDRESS__)
#define SPRINT_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SPRINT_ADDRESS_SANITIZER
#endif
#endif

#if defined(SPRINT_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
