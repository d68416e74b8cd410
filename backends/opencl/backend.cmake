# The ICD loader is opened at run time; of OpenCL only the headers are used.
find_path(SPRINT_OPENCL_INCLUDE CL/cl.h)
if(NOT SPRINT_OPENCL_INCLUDE)
  sprint_skip_backend(opencl "no <CL/cl.h>; Debian has it in opencl-headers")
  return()
endif()

# The kernels, one text: part of the module.
file(GLOB kernels CONFIGURE_DEPENDS ${SPRINT_BACKEND_DIR}/kernels/*.cl)
set(source ${PROJECT_BINARY_DIR}/opencl/program_source.cpp)
add_custom_command(
  OUTPUT ${source}
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DPROGRAM=backends/opencl/kernels/program.cl -DOUT=${source}
          -P ${SPRINT_BACKEND_DIR}/embed.cmake
  DEPENDS ${kernels} ${PROJECT_SOURCE_DIR}/poc/params.h ${SPRINT_BACKEND_DIR}/embed.cmake
  COMMENT "one text of the OpenCL kernels"
  VERBATIM)

set(sources backend.cpp binary_cache.cpp device.cpp device_open.cpp device_room.cpp entry.cpp forward.cpp
            forward_steps.cpp kernels.cpp library.cpp memory.cpp models.cpp paths.cpp plan.cpp platforms.cpp program.cpp properties.cpp stream.cpp
            tile.cpp trial.cpp trial_child.cpp vendors.cpp)
list(TRANSFORM sources PREPEND ${SPRINT_BACKEND_DIR}/)
sprint_add_backend(opencl SOURCES ${sources} ${source} LIBRARIES ${CMAKE_DL_LIBS})
target_include_directories(sprint_backend_opencl_objects SYSTEM PUBLIC ${SPRINT_OPENCL_INCLUDE})
