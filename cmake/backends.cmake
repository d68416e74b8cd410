# Each folder backends/<name>/ or backends/telemetry/<name>/ with a backend.cmake is a module. The file
# calls sprint_add_backend(...), or sprint_skip_backend(<name> "<reason>") and returns.

# The modules' build identity: the loader refuses a module of another build of the interface. It holds
# whatever decides how the values that cross the border lie in memory.
file(GLOB interface_headers ${PROJECT_SOURCE_DIR}/backends/api/*.h ${PROJECT_SOURCE_DIR}/poc/*.h
     ${PROJECT_SOURCE_DIR}/base/*.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${interface_headers})
set(interface_hashes "${SPRINT_SANITIZE}")
foreach(header IN LISTS interface_headers)
  file(SHA256 ${header} hash)
  string(APPEND interface_hashes ${hash})
endforeach()
string(SHA256 interface_hash "${interface_hashes}")
string(SUBSTRING ${interface_hash} 0 12 interface_hash)
set(SPRINT_BUILD_ID
    "${PROJECT_VERSION}-${CMAKE_CXX_COMPILER_ID}-${CMAKE_CXX_COMPILER_VERSION}-${interface_hash}")

# sprint_add_backend(<name> SOURCES a.cpp ... [LIBRARIES x ...]): a loadable module in
# build/lib/sprintminer/, and an object library <name>_objects for tests of its inside.
function(sprint_add_backend name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  set(objects sprint_backend_${name}_objects)
  add_library(${objects} OBJECT ${ARG_SOURCES})
  target_link_libraries(${objects} PUBLIC sprint_backend_api sprint_poc sprint_base
                                   PRIVATE sprint_warnings ${ARG_LIBRARIES})
  add_library(sprint_backend_${name} MODULE $<TARGET_OBJECTS:${objects}>)
  target_link_libraries(sprint_backend_${name} PRIVATE sprint_backend_api sprint_poc sprint_base
                                                       ${ARG_LIBRARIES})
  set_target_properties(sprint_backend_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${SPRINT_MODULE_DIR})
  if(NOT SPRINT_SANITIZE)  # whose functions come with the program
    target_link_options(sprint_backend_${name} PRIVATE -Wl,--no-undefined)
  endif()
  set_property(GLOBAL APPEND PROPERTY SPRINT_BACKENDS_BUILT ${name})
  message(STATUS "backend ${name}: built")
endfunction()

function(sprint_skip_backend name reason)
  message(STATUS "backend ${name}: not built, ${reason}")
endfunction()

function(sprint_add_backends)
  file(GLOB found RELATIVE ${PROJECT_SOURCE_DIR}
       ${PROJECT_SOURCE_DIR}/backends/*/backend.cmake
       ${PROJECT_SOURCE_DIR}/backends/telemetry/*/backend.cmake)
  foreach(file IN LISTS found)
    get_filename_component(folder ${file} DIRECTORY)
    get_filename_component(name ${folder} NAME)
    if(SPRINT_BACKENDS STREQUAL "auto" OR name IN_LIST SPRINT_BACKENDS)
      sprint_include_backend(${folder})
    endif()
  endforeach()
endfunction()

# backend.cmake is included with SPRINT_BACKEND_DIR set, so that it can name its sources by full path.
macro(sprint_include_backend folder)
  set(SPRINT_BACKEND_DIR ${PROJECT_SOURCE_DIR}/${folder})
  include(${SPRINT_BACKEND_DIR}/backend.cmake)
endmacro()
