# cmake -DOUTPUT=file.cpp -DHEADER=h -DNAMESPACE=n -DFILES="name=path;…" -P embed.cmake: each file's text as what the function
# `name` of HEADER returns.
set(functions "")
foreach(item IN LISTS FILES)
  string(REGEX MATCH "^([^=]+)=(.*)$" _ "${item}")
  set(name "${CMAKE_MATCH_1}")
  file(READ "${CMAKE_MATCH_2}" text)
  string(APPEND functions "
std::string_view ${name}() {
  static constexpr std::string_view text = R\"embed(${text})embed\";
  return text;
}
")
endforeach()
file(WRITE "${OUTPUT}" "// Made by cmake/embed.cmake.
#include \"${HEADER}\"

namespace ${NAMESPACE} {
${functions}
}  // namespace ${NAMESPACE}
")
