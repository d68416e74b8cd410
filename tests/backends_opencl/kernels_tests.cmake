# Included by this folder's CMakeLists: each kernel alone, on the first OpenCL device there is.
sprint_add_test(backends_opencl_kernels_tests COMPUTES
  SOURCES kernels_attention_test.cpp kernels_chain_test.cpp kernels_harness.cpp kernels_hashes_test.cpp
          kernels_norm_test.cpp kernels_products_test.cpp kernels_streams_test.cpp kernels_tile_test.cpp
  LIBRARIES sprint_backend_opencl_objects sprint_test_support ${CMAKE_DL_LIBS})

# The tiles that cards are given, which the device here would not get.
if(NOT SPRINT_SANITIZE)
  add_test(NAME KernelsOfCards.WholePass COMMAND backends_opencl_kernels_tests --gtest_filter=*KernelChain*)
  set_tests_properties(KernelsOfCards.WholePass PROPERTIES TIMEOUT 300
    ENVIRONMENT "SPRINT_OPENCL_TILES=defaults;XDG_CACHE_HOME=${PROJECT_BINARY_DIR}/cache")
endif()

# The same kernels on a device that watches every access: Oclgrind.
find_library(OCLGRIND_RUNTIME oclgrind-rt PATH_SUFFIXES oclgrind)
if(NOT OCLGRIND_RUNTIME OR SPRINT_SANITIZE)
  return()
endif()

# sprint_watch_kernels(<what> <filter> <variable>...): the tests of the filter, with these in the environment.
function(sprint_watch_kernels what filter)
  add_test(NAME KernelsUnderOclgrind.${what} COMMAND backends_opencl_kernels_tests --gtest_filter=${filter})
  set_tests_properties(KernelsUnderOclgrind.${what} PROPERTIES
    TIMEOUT 300
    ENVIRONMENT "SPRINT_OPENCL_LIBRARY=${OCLGRIND_RUNTIME};${ARGN}"
    FAIL_REGULAR_EXPRESSION "data race;Invalid;Uninitialized;Oclgrind;OCLGRIND;SKIPPED;FAILED")
endfunction()

sprint_watch_kernels(RacesAndBounds "*KernelChain*Smallest*" OCLGRIND_DATA_RACES=1 OCLGRIND_CHECK_API=1)
# This check of version 21.10 knows no `freeze`, which its optimiser makes, and crashes on arguments that are
# vectors of 32 bytes: it sees the kernels without such ones, not optimised.
sprint_watch_kernels(UninitializedValues "*KernelNorm*Ties*:*KernelAttention*Known*:*KernelProducts*Smallest*V4*"
                     OCLGRIND_UNINITIALIZED=1 OCLGRIND_BUILD_OPTIONS=-cl-opt-disable)
