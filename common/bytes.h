// Byte strings and their text forms.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace cairn {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView view(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}
inline std::string_view text(ByteView b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }
inline Bytes copy(ByteView b) { return {b.begin(), b.end()}; }
inline Bytes copy(std::string_view s) { return copy(view(s)); }
inline void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

/// Lower-case hex, no prefix.
std::string hex(ByteView bytes);
/// Hex of either case with or without "0x", an even count of digits. Errors: invalid_input.
Result<Bytes> from_hex(std::string_view text);

}  // namespace cairn
