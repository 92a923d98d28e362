// Legacy Keccak-256 (padding 0x01), the hash of the EVM. Not SHA3-256, whose padding is 0x06.
// The only door to Crypto++.
#pragma once

#include "common/bytes.h"
#include "common/digest.h"

namespace cairn::chain {

Digest32 keccak256(ByteView bytes);
inline Digest32 keccak256(std::string_view s) { return keccak256(view(s)); }

}  // namespace cairn::chain
