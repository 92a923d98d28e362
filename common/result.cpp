#include "common/result.h"

namespace cairn {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::invalid_input:
      return "invalid_input";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::corrupt:
      return "corrupt";
    case Code::failed:
      return "failed";
    case Code::unavailable:
      return "unavailable";
    case Code::timeout:
      return "timeout";
    case Code::exhausted:
      return "exhausted";
    case Code::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error Error::in(std::string_view context) const {
  std::string out;
  out.reserve(context.size() + 2 + what.size());
  out.append(context).append(": ").append(what);
  return {code, std::move(out)};
}

}  // namespace cairn
