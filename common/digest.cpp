#include "common/digest.h"

#include <openssl/sha.h>

#include <algorithm>

namespace cairn {

Digest32 sha256(ByteView bytes) {
  Digest32 out;
  SHA256(bytes.data(), bytes.size(), out.data());
  return out;
}

Result<Digest32> digest_from_hex(std::string_view text) {
  CAIRN_ASSIGN(Bytes raw, from_hex(text));
  Digest32 out;
  if (raw.size() != out.size()) {
    return Error{Code::invalid_input, "expected 32 bytes of hex, got " + std::to_string(raw.size())};
  }
  std::copy(raw.begin(), raw.end(), out.begin());
  return out;
}

}  // namespace cairn
