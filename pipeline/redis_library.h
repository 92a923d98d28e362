// The Redis function library of pipeline/lua, embedded at build time, and the name under which Redis keeps
// it.
#pragma once

#include <string>
#include <string_view>

namespace cairn::pipeline {

/// The joined files of pipeline/lua. The format of the stored state that they read and write is FORMAT in
/// unit.lua.
std::string_view redis_library();

/// "cairn_" and 12 hex digits of the SHA-256 of `text`: of libraries and, followed by "_" and a word of
/// lua/register.lua, of their functions. So programs of different builds do not replace each other's.
std::string redis_library_name(std::string_view text);
/// What FUNCTION LOAD takes: `text` under its name.
std::string redis_library_code(std::string_view text);

}  // namespace cairn::pipeline
