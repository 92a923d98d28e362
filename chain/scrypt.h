// The scrypt key derivation (RFC 7914), by Crypto++: OpenSSL's refuses n ≥ 2^(16·r), which
// published keystores have.
#pragma once

#include "chain/secret.h"

namespace cairn::chain {

struct Scrypt {
  std::uint64_t n = 262144;  ///< A power of two; memory is 128 · r · (n + p + 2) bytes.
  std::uint64_t r = 8;
  std::uint64_t p = 1;
};

/// 32 bytes. The caller bounds the cost. Errors: exhausted (no memory), invalid_input (bad cost).
Result<Secret> scrypt(ByteView passphrase, ByteView salt, const Scrypt& cost);

}  // namespace cairn::chain
