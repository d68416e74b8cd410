set(sources backend.cpp cgroup.cpp device.cpp entry.cpp forward.cpp group.cpp machine.cpp memory.cpp
            model.cpp model_cache.cpp pages.cpp team.cpp isa/scalar.cpp isa/select.cpp)

# One set of files a path. The instruction set is asked for by function attribute, see
# isa/avx2_ops.h; these files need no flags of their own.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  list(APPEND sources isa/avx2.cpp isa/avx2_attention.cpp isa/avx2_product.cpp isa/avx2_rows.cpp
                      isa/avx2_weights.cpp)
endif()

list(TRANSFORM sources PREPEND ${SPRINT_BACKEND_DIR}/)
sprint_add_backend(cpu SOURCES ${sources})

if(SPRINT_SANITIZE MATCHES thread)
  # Its inner loops take minutes under the thread sanitizer and share nothing; the code around them, and
  # the other path through it, stay watched.
  set_property(SOURCE ${SPRINT_BACKEND_DIR}/isa/scalar.cpp APPEND PROPERTY COMPILE_OPTIONS
               -fno-sanitize=thread)
endif()
