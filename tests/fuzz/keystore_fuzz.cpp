// Any file: parsed within its bounds; what parses is written and read back unchanged.
#include "chain/keystore.h"

using namespace cairn;
using namespace cairn::chain;

namespace {
/// Costs that a fuzzer can afford; the bounds on larger ones are the parser's, and already passed.
bool cheap(const Kdf& kdf) {
  if (const auto* scrypt = std::get_if<Scrypt>(&kdf)) {
    return scrypt->n * scrypt->r * scrypt->p <= 256;
  }
  return std::get<Pbkdf2>(kdf).iterations <= 256;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keystore = parse_keystore(text(ByteView(data, size)));
  if (!keystore.ok()) return 0;
  const auto again = parse_keystore(keystore_text(*keystore)).value();
  CAIRN_ASSERT(again.salt == keystore->salt && again.iv == keystore->iv);
  CAIRN_ASSERT(again.ciphertext == keystore->ciphertext && again.mac == keystore->mac);
  CAIRN_ASSERT(again.address == keystore->address && again.kdf.index() == keystore->kdf.index());
  if (cheap(keystore->kdf)) {
    const auto key = decrypt(*keystore, Secret::copy_of(view("password")));
    if (key.ok() && keystore->address) CAIRN_ASSERT(key->address() == *keystore->address);
  }
  return 0;
}
