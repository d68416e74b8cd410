# Beside the vendor's own matrix library: cublasLt, and its runtime for memory and streams.
if(NOT TARGET sprint_backend_cuda_objects)
  return()
endif()
find_path(CUBLASLT_INCLUDE_DIR cublasLt.h HINTS ${SPRINT_CUDA_INCLUDE})
find_library(CUBLASLT_LIBRARY cublasLt HINTS ${SPRINT_CUDA_INCLUDE}/../lib ${SPRINT_CUDA_INCLUDE}/../lib64)
find_library(CUDART_LIBRARY cudart HINTS ${SPRINT_CUDA_INCLUDE}/../lib ${SPRINT_CUDA_INCLUDE}/../lib64)
if(NOT CUBLASLT_INCLUDE_DIR OR NOT CUBLASLT_LIBRARY OR NOT CUDART_LIBRARY)
  message(STATUS "bench gpu_yardstick: not built, cublasLt or cudart is missing")
  return()
endif()

add_executable(gpu_yardstick gpu_yardstick.cpp gpu_library.cpp gpu_products.cpp $<TARGET_OBJECTS:sprint_backend_cuda_objects>)
set_target_properties(gpu_yardstick PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
target_include_directories(gpu_yardstick SYSTEM PRIVATE ${CUBLASLT_INCLUDE_DIR} ${SPRINT_CUDA_INCLUDE})
target_link_libraries(gpu_yardstick PRIVATE sprint_backend_gpu sprint_backend_api sprint_poc sprint_base
                                            sprint_warnings ${CUBLASLT_LIBRARY} ${CUDART_LIBRARY} ${CMAKE_DL_LIBS})
