# The driver's library is opened at run time; of the toolkit only the compiler and <cuda.h> are used.
find_program(SPRINT_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin)
if(NOT SPRINT_NVCC)
  sprint_skip_backend(cuda "no nvcc in the path, in CUDA_HOME or in /usr/local/cuda")
  return()
endif()
get_filename_component(nvcc_folder ${SPRINT_NVCC} REALPATH)
get_filename_component(nvcc_folder ${nvcc_folder} DIRECTORY)
find_path(SPRINT_CUDA_INCLUDE cuda.h HINTS ${nvcc_folder}/../include
          ${nvcc_folder}/../targets/${CMAKE_SYSTEM_PROCESSOR}-linux/include)
if(NOT SPRINT_CUDA_INCLUDE)
  sprint_skip_backend(cuda "no <cuda.h> beside ${SPRINT_NVCC}")
  return()
endif()
execute_process(COMMAND ${SPRINT_NVCC} --version OUTPUT_VARIABLE nvcc_version ERROR_QUIET)
execute_process(COMMAND ${SPRINT_NVCC} --list-gpu-code OUTPUT_VARIABLE nvcc_knows ERROR_QUIET)
if(NOT nvcc_version MATCHES "release ([0-9]+[.][0-9]+)" OR CMAKE_MATCH_1 VERSION_LESS 12.0)
  sprint_skip_backend(cuda "${SPRINT_NVCC} does not run, or is older than 12.0, the first that knows C++20")
  return()
endif()

set(SPRINT_CUDA_ARCHITECTURES "native-or-all" CACHE STRING
    "Cards to compile for: native-or-all (those here; all, where there is none or CI is set), all, or a list like 80;90a")

# The compute capabilities of the cards here that our kernels run on, like 86;90a.
function(sprint_cuda_native out)
  set(found "")
  find_program(SPRINT_NVIDIA_SMI nvidia-smi)
  if(SPRINT_NVIDIA_SMI)
    execute_process(COMMAND ${SPRINT_NVIDIA_SMI} --query-gpu=compute_cap --format=csv,noheader
                    OUTPUT_VARIABLE found ERROR_QUIET TIMEOUT 20)
  endif()
  string(REGEX MATCHALL "[0-9]+[.][0-9]" found "${found}")
  string(REPLACE "." "" found "${found}")
  list(REMOVE_DUPLICATES found)
  list(FILTER found EXCLUDE REGEX "^([1-6].|7[0-4])$")
  list(TRANSFORM found REPLACE "^90$" "90a")
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# What is compiled for, without what this nvcc does not know.
function(sprint_cuda_architectures out)
  set(all 75 80 86 89 90a 120)
  set(wanted ${SPRINT_CUDA_ARCHITECTURES})
  if(wanted STREQUAL "native-or-all")
    set(wanted all)
    if(NOT DEFINED ENV{CI})
      sprint_cuda_native(native)
      if(native)
        set(wanted ${native})
      endif()
    endif()
  endif()
  if(wanted STREQUAL "all")
    set(wanted ${all})
  endif()
  set(kept "")
  foreach(architecture IN LISTS wanted)
    string(REGEX REPLACE "[a-z]$" "" number ${architecture})
    if(nvcc_knows MATCHES "sm_${number}(\n|$)")
      list(APPEND kept ${architecture})
    endif()
  endforeach()
  set(${out} ${kept} PARENT_SCOPE)
endfunction()

# sprint_cuda_image(<name> <macro> arch=...,code=... ...): <name>.cu as a fatbin, which images.cpp embeds by the
# name in <macro>. What ptxas says of registers and spills lies beside it.
function(sprint_cuda_image name macro)
  set(image ${PROJECT_BINARY_DIR}/cuda/${name}.fatbin)
  list(TRANSFORM ARGN PREPEND -gencode=)
  add_custom_command(
    OUTPUT ${image}
    COMMAND sh -c "\"$@\" >\"$0\" 2>&1 || { cat \"$0\" >&2; exit 1; }" ${image}.ptxas.txt
            ${SPRINT_NVCC} --fatbin -std=c++20 -O3 -I${PROJECT_SOURCE_DIR} ${ARGN} --threads 0
            --Werror all-warnings -Xptxas -v -MMD -MF ${image}.d -MT ${image} -o ${image}
            ${SPRINT_BACKEND_DIR}/${name}.cu
    MAIN_DEPENDENCY ${SPRINT_BACKEND_DIR}/${name}.cu
    DEPFILE ${image}.d
    COMMENT "nvcc ${name}.cu"
    VERBATIM)
  set_property(SOURCE ${SPRINT_BACKEND_DIR}/images.cpp APPEND PROPERTY OBJECT_DEPENDS ${image})
  set_property(SOURCE ${SPRINT_BACKEND_DIR}/images.cpp APPEND PROPERTY COMPILE_DEFINITIONS
               ${macro}="${image}")
endfunction()

sprint_cuda_architectures(architectures)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/cuda)
# The portable form serves the cards that came after this list.
set(codes arch=compute_80,code=compute_80)
foreach(architecture IN LISTS architectures)
  list(APPEND codes arch=compute_${architecture},code=sm_${architecture})
endforeach()
sprint_cuda_image(kernels SPRINT_CUDA_KERNELS_FATBIN ${codes})
if(75 IN_LIST architectures)
  set_property(SOURCE ${SPRINT_BACKEND_DIR}/images.cpp APPEND PROPERTY COMPILE_DEFINITIONS SPRINT_CUDA_FOR_TURING)
endif()
if(90a IN_LIST architectures)
  sprint_cuda_image(product_wgmma SPRINT_CUDA_WGMMA_FATBIN arch=compute_90a,code=sm_90a)
endif()

set(sources backend.cpp driver.cpp entry.cpp images.cpp library.cpp paths.cpp properties.cpp)
list(TRANSFORM sources PREPEND ${SPRINT_BACKEND_DIR}/)
sprint_add_backend(cuda SOURCES ${sources} LIBRARIES sprint_backend_gpu ${CMAKE_DL_LIBS})
target_include_directories(sprint_backend_cuda_objects SYSTEM PUBLIC ${SPRINT_CUDA_INCLUDE})
list(JOIN architectures " " architectures)
message(STATUS "backend cuda: kernels for ${architectures}")
