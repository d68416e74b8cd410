# Warnings and sanitizers, for our own targets only. Link it PRIVATE.
add_library(sprint_warnings INTERFACE)
target_compile_options(sprint_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(sprint_warnings INTERFACE -Wthread-safety)
else()
  # gcc 12 sees overlapping copies in "text" + std::string (its bug 105651).
  target_compile_options(sprint_warnings INTERFACE -Wno-restrict)
endif()

if(SPRINT_SANITIZE)
  add_compile_options(-fsanitize=${SPRINT_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all -g)
  add_link_options(-fsanitize=${SPRINT_SANITIZE})
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # False positives under sanitizers; and the thread sanitizer's word that it does not follow the
    # fences inside Asio, of which one thread in each server is the only user.
    target_compile_options(sprint_warnings INTERFACE -Wno-error=maybe-uninitialized)
    if(SPRINT_SANITIZE MATCHES thread)
      target_compile_options(sprint_warnings INTERFACE -Wno-tsan)
    endif()
  endif()
endif()
