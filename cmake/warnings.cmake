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

# clang alone: it builds twice as fast with sanitizers, and in the same build its thread safety analysis
# looks at the locks. What is ignored stands in the list; and the types of functions are not compared,
# since those of a module and of what loads it are never the same to it.
if(SPRINT_SANITIZE)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "sanitizers are built by clang: take the presets asan-ubsan or tsan")
  endif()
  add_compile_options(-fsanitize=${SPRINT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
                      -fno-sanitize=function
                      -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizer_ignorelist.txt)
  add_link_options(-fsanitize=${SPRINT_SANITIZE})
  # Several sources are compiled as one here: a third of the time, for clang-tidy too. The release build compiles each
  # alone, and so sees a header that is missing.
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 10)
endif()
