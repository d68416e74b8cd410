# cmake -DROOT=<source> -DPROGRAM=<path in it> -DOUT=<file.cpp> -P embed.cmake
#
# Writes the text of PROGRAM as a C++ constant, each line `#include "path"` replaced by that file, whose own
# such lines are replaced too. The same input gives the same text.
function(expand path out)
  file(READ ${ROOT}/${path} rest)
  set(text "")
  while(rest MATCHES "(^|\n)#include \"([^\"\n]+)\"\n")
    set(line "#include \"${CMAKE_MATCH_2}\"\n")
    set(included ${CMAKE_MATCH_2})
    string(FIND "${rest}" "${line}" at)
    string(LENGTH "${line}" length)
    string(SUBSTRING "${rest}" 0 ${at} before)
    math(EXPR at "${at} + ${length}")
    string(SUBSTRING "${rest}" ${at} -1 rest)
    expand(${included} inner)
    string(APPEND text "${before}" "${inner}")
  endwhile()
  set(${out} "${text}${rest}" PARENT_SCOPE)
endfunction()

expand(${PROGRAM} program)
file(WRITE ${OUT}.new "#include \"backends/opencl/program.h\"

namespace backends::opencl {

std::string_view program_source() {
  return R\"opencl(${program})opencl\";
}

}  // namespace backends::opencl
")
file(RENAME ${OUT}.new ${OUT})
