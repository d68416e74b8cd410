# cmake -DFILES=<a;b> -DFOLDER=<where they are> -DOUT=<file.cpp> -P embed.cmake
#
# Writes the files' texts as one C++ function (pool/web/assets.h). The same input gives the same text.
set(rows "")
foreach(file IN LISTS FILES)
  file(READ ${FOLDER}/${file} text)
  string(APPEND rows "  if (name == \"${file}\") return R\"asset(${text})asset\";\n")
endforeach()
file(WRITE ${OUT}.new "#include \"pool/web/assets.h\"

namespace pool::web {

std::string_view asset(std::string_view name) {
${rows}  return {};
}

}  // namespace pool::web
")
file(RENAME ${OUT}.new ${OUT})
