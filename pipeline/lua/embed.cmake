# cmake -DOUTPUT=file.cpp -DSOURCES="a.lua;b.lua" -P embed.cmake: joins the Lua files in order into the
# body of pipeline::redis_library(), in pieces that every compiler takes.
set(pieces "")
foreach(source IN LISTS SOURCES)
  file(READ ${source} text)
  string(APPEND pieces "    R\"lua(${text})lua\"\n")
endforeach()
file(WRITE ${OUTPUT}
"// Made from pipeline/lua by embed.cmake.
#include \"pipeline/redis_library.h\"

namespace cairn::pipeline {

std::string_view redis_library() {
  static constexpr std::string_view text =
${pieces}    \"\";
  return text;
}

}  // namespace cairn::pipeline
")
