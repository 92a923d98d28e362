// JSON from outside: bounded in size and depth, then read with errors that name the field.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace cairn {

using Json = nlohmann::json;

/// Parses one document. Errors: invalid_input with the byte offset (malformed, larger than
/// `bytes_max`, nested deeper than limits::json_depth_max, a key given twice in one object).
Result<Json> parse_json(std::string_view text, std::size_t bytes_max);

/// Field readers: `object` must be a JSON object, errors are invalid_input and name `key`.
Result<std::string> json_string(const Json& object, std::string_view key, std::size_t bytes_max);
/// An unsigned whole number of at most `max`, as a JSON number (not a string, not 1.0).
Result<std::uint64_t> json_u64(const Json& object, std::string_view key, std::uint64_t max);
/// Errors when `object` has a key that is not in `allowed`.
Status json_only_keys(const Json& object, std::initializer_list<std::string_view> allowed);

}  // namespace cairn
