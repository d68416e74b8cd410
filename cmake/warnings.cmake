# Warnings and sanitizers, for our own targets only. Link it PRIVATE.
add_library(sprint_warnings INTERFACE)
target_compile_options(sprint_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(sprint_warnings INTERFACE -Wthread-safety)
endif()

if(SPRINT_SANITIZE)
  add_compile_options(-fsanitize=${SPRINT_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all -g)
  add_link_options(-fsanitize=${SPRINT_SANITIZE})
  # gcc 12 reports false positives under sanitizers.
  target_compile_options(sprint_warnings INTERFACE -Wno-error=maybe-uninitialized)
endif()
