// The Redis function library of pipeline/lua as one text, embedded at build time.
#pragma once

#include <string_view>

namespace cairn::pipeline {

/// Begins with "#!lua name=cairn_v1". The name carries the version of the stored state: two programs
/// that use the same name must carry the same text.
std::string_view redis_library();
inline constexpr std::string_view kRedisLibraryName = "cairn_v1";

}  // namespace cairn::pipeline
