// secp256k1 keys and recoverable signatures. The only door to libsecp256k1. Thread-safe.
#pragma once

#include "chain/address.h"
#include "chain/secret.h"
#include "common/digest.h"

namespace cairn::chain {

/// Big-endian r and s with s in the lower half of the order, and the parity of the point's y.
struct Signature {
  Digest32 r;
  Digest32 s;
  std::uint8_t y_parity;  ///< 0 or 1
};

class SecretKey {
 public:
  /// 32 big-endian bytes, not zero and below the group order. Errors: invalid_input.
  static Result<SecretKey> from_bytes(ByteView bytes);
  /// A new key from the kernel's random numbers.
  static SecretKey generate();

  const Address& address() const { return address_; }
  /// Deterministic (RFC 6979): the same digest gives the same signature.
  Signature sign(const Digest32& digest) const;
  /// For the keystore, and for nothing else.
  ByteView bytes() const { return bytes_.bytes(); }

 private:
  SecretKey(Secret bytes, const Address& address) : bytes_(std::move(bytes)), address_(address) {}
  Secret bytes_;
  Address address_;
};

/// The account that signed `digest`. A signature with a high s is refused (EIP-2), as is a parity
/// other than 0 and 1. Errors: invalid_input.
Result<Address> recover(const Digest32& digest, const Signature& signature);

/// Fills `out` from the kernel. Aborts when the kernel has no random numbers to give.
void random_bytes(std::span<std::uint8_t> out);

}  // namespace cairn::chain
