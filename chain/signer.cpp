#include "chain/signer.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sys/random.h>

#include <algorithm>
#include <memory>

#include "chain/keccak.h"
#include "chain/u256.h"

namespace cairn::chain {
namespace {

struct ContextDeleter {
  void operator()(secp256k1_context* c) const { secp256k1_context_destroy(c); }
};

/// Blinded once with random bytes, so that timing says less about the key; read-only afterwards.
const secp256k1_context* context() {
  static const auto instance = [] {
    std::unique_ptr<secp256k1_context, ContextDeleter> c(
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY));
    Secret seed(32);
    random_bytes(seed.bytes());
    CAIRN_ASSERT(secp256k1_context_randomize(c.get(), seed.bytes().data()) == 1);
    return c;
  }();
  return instance.get();
}

Address address_of(const secp256k1_pubkey& key) {
  std::array<std::uint8_t, 65> point;  // 0x04 ‖ x ‖ y
  std::size_t size = point.size();
  CAIRN_ASSERT(
      secp256k1_ec_pubkey_serialize(context(), point.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED) == 1);
  const Digest32 hash = keccak256(ByteView(point).subspan(1));
  Address out;
  std::copy(hash.begin() + 12, hash.end(), out.begin());
  return out;
}

/// Half of the group order, rounded down: the greatest s that EIP-2 allows.
const U256& half_order() {
  static const U256 half =
      U256::parse("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0").value();
  return half;
}

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    CAIRN_ASSERT(n > 0);
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

Result<SecretKey> SecretKey::from_bytes(ByteView bytes) {
  secp256k1_pubkey key;
  if (bytes.size() != 32 || secp256k1_ec_pubkey_create(context(), &key, bytes.data()) != 1) {
    return Error{Code::invalid_input, "not a secp256k1 private key"};
  }
  return SecretKey(Secret::copy_of(bytes), address_of(key));
}

SecretKey SecretKey::generate() {
  for (;;) {
    Secret bytes(32);
    random_bytes(bytes.bytes());
    auto key = from_bytes(bytes.bytes());
    if (key.ok()) return std::move(key).value();
  }
}

Signature SecretKey::sign(const Digest32& digest) const {
  secp256k1_ecdsa_recoverable_signature signature;
  CAIRN_ASSERT(secp256k1_ecdsa_sign_recoverable(context(), &signature, digest.data(), bytes_.bytes().data(),
                                                secp256k1_nonce_function_rfc6979, nullptr) == 1);
  std::array<std::uint8_t, 64> compact;  // r ‖ s
  int parity = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), compact.data(), &parity, &signature);
  // Ids 2 and 3 say that r overflowed the order, which no search has ever found.
  CAIRN_ASSERT(parity == 0 || parity == 1);
  Signature out;
  std::copy_n(compact.begin(), 32, out.r.begin());
  std::copy_n(compact.begin() + 32, 32, out.s.begin());
  out.y_parity = static_cast<std::uint8_t>(parity);
  return out;
}

Result<Address> recover(const Digest32& digest, const Signature& signature) {
  if (signature.y_parity > 1) return Error{Code::invalid_input, "signature parity is not 0 or 1"};
  if (U256::from_be(signature.s) > half_order()) {
    return Error{Code::invalid_input, "signature has a high s"};
  }
  std::array<std::uint8_t, 64> compact;
  std::copy(signature.r.begin(), signature.r.end(), compact.begin());
  std::copy(signature.s.begin(), signature.s.end(), compact.begin() + 32);
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, compact.data(),
                                                          signature.y_parity) != 1 ||
      secp256k1_ecdsa_recover(context(), &key, &parsed, digest.data()) != 1) {
    return Error{Code::invalid_input, "signature belongs to no key"};
  }
  return address_of(key);
}

}  // namespace cairn::chain
