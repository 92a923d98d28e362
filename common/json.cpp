#include "common/json.h"

#include <algorithm>
#include <set>

#include "common/limits.h"

namespace cairn {
namespace {

/// Builds the document while it refuses depth and repeated keys, both before they cost memory.
class BoundedParser {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (!error.empty()) return false;
    if (event == Event::object_start || event == Event::array_start) {
      if (static_cast<std::size_t>(depth) >= limits::json_depth_max) error = "nested too deeply";
      if (event == Event::object_start) keys_.emplace_back();
    } else if (event == Event::object_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      if (!keys_.back().insert(parsed.get<std::string>()).second) {
        error = "key \"" + parsed.get<std::string>() + "\" is given twice";
      }
    }
    return error.empty();
  }
  std::string error;

 private:
  std::vector<std::set<std::string>> keys_;
};

/// Depth before the real parser runs, so that hostile nesting costs one pass and no stack.
bool too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limits::json_depth_max) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return Error{Code::invalid_input,
                 "JSON of " + std::to_string(text.size()) + " bytes, at most " + std::to_string(bytes_max)};
  }
  if (too_deep(text)) return Error{Code::invalid_input, "JSON nested too deeply"};
  BoundedParser parser;
  try {
    Json out = Json::parse(text, std::ref(parser));
    if (!parser.error.empty()) return Error{Code::invalid_input, "JSON: " + parser.error};
    return out;
  } catch (const Json::exception& e) {
    return Error{Code::invalid_input, std::string("not JSON: ") + e.what()};
  }
}

namespace {
Result<const Json*> field(const Json& object, std::string_view key) {
  if (!object.is_object()) return Error{Code::invalid_input, "expected a JSON object"};
  const auto it = object.find(std::string(key));
  if (it == object.end()) {
    return Error{Code::invalid_input, "field \"" + std::string(key) + "\" is missing"};
  }
  return &*it;
}
Error bad(std::string_view key, std::string_view why) {
  return {Code::invalid_input, "field \"" + std::string(key) + "\" " + std::string(why)};
}
}  // namespace

Result<std::string> json_string(const Json& object, std::string_view key, std::size_t bytes_max) {
  CAIRN_ASSIGN(const Json* value, field(object, key));
  if (!value->is_string()) return bad(key, "must be a string");
  const auto& s = value->get_ref<const std::string&>();
  if (s.size() > bytes_max) return bad(key, "is longer than " + std::to_string(bytes_max));
  return s;
}

Result<std::uint64_t> json_u64(const Json& object, std::string_view key, std::uint64_t max) {
  CAIRN_ASSIGN(const Json* value, field(object, key));
  if (!value->is_number_unsigned()) return bad(key, "must be an unsigned whole number");
  const auto n = value->get<std::uint64_t>();
  if (n > max) return bad(key, "is above " + std::to_string(max));
  return n;
}

Status json_only_keys(const Json& object, std::initializer_list<std::string_view> allowed) {
  if (!object.is_object()) return Error{Code::invalid_input, "expected a JSON object"};
  for (const auto& [key, value] : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
      return Error{Code::invalid_input, "field \"" + key + "\" is not known"};
    }
  }
  return {};
}

}  // namespace cairn
