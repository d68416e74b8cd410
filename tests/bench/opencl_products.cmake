# Our products in OpenCL beside CLBlast's on the same device.
if(NOT TARGET sprint_backend_opencl_objects)
  return()
endif()
find_path(CLBLAST_INCLUDE_DIR clblast_c.h)
find_library(CLBLAST_LIBRARY clblast)
find_library(OPENCL_LIBRARY OpenCL)
if(NOT CLBLAST_INCLUDE_DIR OR NOT CLBLAST_LIBRARY OR NOT OPENCL_LIBRARY)
  message(STATUS "bench opencl_products: not built, CLBlast (libclblast-dev) or libOpenCL is missing")
  return()
endif()

add_executable(opencl_products opencl_products.cpp opencl_bench.cpp $<TARGET_OBJECTS:sprint_backend_opencl_objects>)
set_target_properties(opencl_products PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
target_include_directories(opencl_products SYSTEM PRIVATE ${CLBLAST_INCLUDE_DIR} ${SPRINT_OPENCL_INCLUDE})
target_link_libraries(opencl_products PRIVATE sprint_backend_api sprint_poc sprint_base sprint_warnings
                                              ${CLBLAST_LIBRARY} ${OPENCL_LIBRARY} ${CMAKE_DL_LIBS})
