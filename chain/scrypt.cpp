#include "chain/scrypt.h"

#include <crypto++/scrypt.h>

#include <new>

namespace cairn::chain {

Result<Secret> scrypt(ByteView passphrase, ByteView salt, const Scrypt& cost) {
  Secret out(32);
  try {
    CryptoPP::Scrypt().DeriveKey(out.bytes().data(), out.size(), passphrase.data(), passphrase.size(),
                                 salt.data(), salt.size(), cost.n, cost.r, cost.p);
  } catch (const std::bad_alloc&) {
    return Error{Code::exhausted, "scrypt: not enough memory"};
  } catch (const CryptoPP::Exception& e) {
    return Error{Code::invalid_input, std::string("scrypt: ") + e.what()};
  }
  return out;
}

}  // namespace cairn::chain
