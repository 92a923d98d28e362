#include "common/digest.h"
#include "pipeline/redis_library.h"

namespace cairn::pipeline {

std::string redis_library_name(std::string_view text) {
  constexpr std::size_t hex_digits = 12;
  return "cairn_" + hex(sha256(view(text))).substr(0, hex_digits);
}

std::string redis_library_code(std::string_view text) {
  const std::string name = redis_library_name(text);
  return "#!lua name=" + name + "\nlocal LIBRARY = '" + name + "'\n" + std::string(text);
}

}  // namespace cairn::pipeline
