set(sources backend.cpp cgroup.cpp crew.cpp device.cpp entry.cpp forward.cpp group.cpp machine.cpp memory.cpp
            model.cpp model_cache.cpp pages.cpp team.cpp isa/scalar.cpp isa/select.cpp)

# One set of files a path. The instruction set is asked for by function attribute, see
# isa/avx2_ops.h; these files need no flags of their own.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  list(APPEND sources isa/avx2.cpp isa/avx2_attention.cpp isa/avx2_product.cpp isa/avx2_rows.cpp
                      isa/avx2_streams.cpp isa/avxvnni.cpp isa/avx512.cpp isa/avx512_attention.cpp
                      isa/avx512_product.cpp isa/avx512_rows.cpp isa/avx512_streams.cpp isa/amx.cpp)
endif()

# gcc 12 takes its own headers' undefined registers for a mistake (its bug 105593).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(wide ${sources})
  list(FILTER wide INCLUDE REGEX "avx512|amx")
  list(TRANSFORM wide PREPEND ${SPRINT_BACKEND_DIR}/)
  set_property(SOURCE ${wide} APPEND PROPERTY COMPILE_OPTIONS -Wno-maybe-uninitialized
                                                              -Wno-uninitialized)
endif()

# Each path gives the same names and macros its own meaning.
set(paths ${sources})
list(FILTER paths INCLUDE REGEX "^isa/")
list(TRANSFORM paths PREPEND ${SPRINT_BACKEND_DIR}/)
set_property(SOURCE ${paths} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)

list(TRANSFORM sources PREPEND ${SPRINT_BACKEND_DIR}/)
sprint_add_backend(cpu SOURCES ${sources})

if(SPRINT_SANITIZE MATCHES thread)
  # Its inner loops take minutes under the thread sanitizer and share nothing; the code around them, and
  # the other path through it, stay watched.
  set_property(SOURCE ${SPRINT_BACKEND_DIR}/isa/scalar.cpp APPEND PROPERTY COMPILE_OPTIONS
               -fno-sanitize=thread)
endif()
