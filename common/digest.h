// 32-byte digests and SHA-256, the checksum of everything that Cairn stores.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/bytes.h"

namespace cairn {

using Digest32 = std::array<std::uint8_t, 32>;

Digest32 sha256(ByteView bytes);
inline std::string hex(const Digest32& d) { return hex(ByteView(d)); }
/// Exactly 32 bytes of hex, "0x" optional. Errors: invalid_input.
Result<Digest32> digest_from_hex(std::string_view text);

}  // namespace cairn
