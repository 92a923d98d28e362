#include "chain/keccak.h"

#include <crypto++/keccak.h>

namespace cairn::chain {

Digest32 keccak256(ByteView bytes) {
  Digest32 out;
  CryptoPP::Keccak_256().CalculateDigest(out.data(), bytes.data(), bytes.size());
  return out;
}

}  // namespace cairn::chain
