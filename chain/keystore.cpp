#include "chain/keystore.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "chain/keccak.h"
#include "common/json.h"

namespace cairn::chain {
namespace {

constexpr std::size_t derived_bytes = 32;
constexpr std::size_t salt_bytes_max = 256;
/// Units of n · r · p; the standard cost is 2^21 and takes about a second.
constexpr std::uint64_t scrypt_work_max = 1ull << 24;
constexpr std::uint64_t pbkdf2_iterations_max = 4'000'000;

Error wrong(std::string_view why) { return {Code::invalid_input, "keystore: " + std::string(why)}; }

Status check_cost(const Kdf& kdf) {
  if (const auto* pbkdf2 = std::get_if<Pbkdf2>(&kdf)) {
    if (pbkdf2->iterations >= 1 && pbkdf2->iterations <= pbkdf2_iterations_max) return {};
    return wrong("PBKDF2 iterations out of bounds");
  }
  const auto& s = std::get<Scrypt>(kdf);
  const bool power_of_two = s.n >= 2 && (s.n & (s.n - 1)) == 0;
  // Each bound first on its own, so that the products cannot overflow.
  const bool in_range =
      s.r >= 1 && s.p >= 1 && s.n <= scrypt_work_max && s.r <= scrypt_work_max && s.p <= scrypt_work_max;
  if (!power_of_two || !in_range || 128 * s.r * (s.n + s.p + 2) > keystore_memory_max ||
      s.n * s.r > scrypt_work_max / s.p) {
    return wrong("scrypt cost out of bounds");
  }
  return {};
}

Result<Secret> derive(const Keystore& k, const Secret& passphrase) {
  CAIRN_TRY(check_cost(k.kdf));
  if (const auto* cost = std::get_if<Scrypt>(&k.kdf)) {
    return scrypt(passphrase.bytes(), k.salt, *cost);
  }
  Secret out(derived_bytes);
  const int ok = PKCS5_PBKDF2_HMAC(
      reinterpret_cast<const char*>(passphrase.bytes().data()), static_cast<int>(passphrase.size()),
      k.salt.data(), static_cast<int>(k.salt.size()), static_cast<int>(std::get<Pbkdf2>(k.kdf).iterations),
      EVP_sha256(), derived_bytes, out.bytes().data());
  if (ok != 1) return Error{Code::exhausted, "keystore: not enough memory to derive the key"};
  return out;
}

Digest32 mac_of(const Secret& derived, ByteView ciphertext) {
  Secret both(16 + ciphertext.size());
  std::copy_n(derived.bytes().begin() + 16, 16, both.bytes().begin());
  std::copy(ciphertext.begin(), ciphertext.end(), both.bytes().begin() + 16);
  return keccak256(both.bytes());
}

/// AES-128-CTR; encrypting and decrypting are the same.
void apply_cipher(const Secret& derived, const std::array<std::uint8_t, 16>& iv, ByteView in,
                  std::span<std::uint8_t> out) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                               EVP_CIPHER_CTX_free);
  int written = 0;
  CAIRN_ASSERT(cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_ctr(), nullptr, derived.bytes().data(),
                                            iv.data()) == 1);
  CAIRN_ASSERT(
      EVP_EncryptUpdate(cipher.get(), out.data(), &written, in.data(), static_cast<int>(in.size())) == 1);
  CAIRN_ASSERT(static_cast<std::size_t>(written) == in.size());
}

Result<Bytes> hex_field(const Json& object, std::string_view key, std::size_t bytes_min,
                        std::size_t bytes_max) {
  CAIRN_ASSIGN(const std::string digits, json_string(object, key, 2 * bytes_max + 2));
  CAIRN_ASSIGN(Bytes bytes, from_hex(digits));
  if (bytes.size() < bytes_min || bytes.size() > bytes_max) {
    return wrong(std::string(key) + " has the wrong length");
  }
  return bytes;
}

template <std::size_t size>
Status fixed_field(const Json& object, std::string_view key, std::array<std::uint8_t, size>& out) {
  CAIRN_ASSIGN(const Bytes bytes, hex_field(object, key, size, size));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return {};
}

Status expect(const Json& object, std::string_view key, std::string_view value) {
  CAIRN_ASSIGN(const std::string found, json_string(object, key, 64));
  if (found == value) return {};
  return wrong(std::string(key) + " is \"" + found + "\", only \"" + std::string(value) + "\" is known");
}

Result<Kdf> parse_kdf(const Json& crypto, const Json& params) {
  CAIRN_ASSIGN(const std::string name, json_string(crypto, "kdf", 16));
  CAIRN_ASSIGN(const std::uint64_t size, json_u64(params, "dklen", 1024));
  if (size != derived_bytes) return wrong("dklen is not 32");
  if (name == "scrypt") {
    Scrypt out;
    CAIRN_ASSIGN(out.n, json_u64(params, "n", UINT64_MAX));
    CAIRN_ASSIGN(out.r, json_u64(params, "r", UINT64_MAX));
    CAIRN_ASSIGN(out.p, json_u64(params, "p", UINT64_MAX));
    return Kdf(out);
  }
  if (name == "pbkdf2") {
    Pbkdf2 out;
    CAIRN_TRY(expect(params, "prf", "hmac-sha256"));
    CAIRN_ASSIGN(out.iterations, json_u64(params, "c", UINT64_MAX));
    return Kdf(out);
  }
  return wrong("kdf is neither \"scrypt\" nor \"pbkdf2\"");
}

Result<Json> object_field(const Json& object, const char* key) {
  const auto at = object.is_object() ? object.find(key) : object.end();
  if (at == object.end() || !at->is_object()) return wrong(std::string(key) + " is missing");
  return *at;
}

}  // namespace

Result<Keystore> parse_keystore(std::string_view text) {
  CAIRN_ASSIGN(const Json root, parse_json(text, keystore_bytes_max));
  CAIRN_ASSIGN(const std::uint64_t version, json_u64(root, "version", 1000));
  if (version != 3) return wrong("version is not 3");
  CAIRN_ASSIGN(const Json crypto, object_field(root, "crypto"));
  CAIRN_TRY(expect(crypto, "cipher", "aes-128-ctr"));
  CAIRN_ASSIGN(const Json cipher_params, object_field(crypto, "cipherparams"));
  CAIRN_ASSIGN(const Json kdf_params, object_field(crypto, "kdfparams"));
  Keystore out{};
  CAIRN_ASSIGN(out.kdf, parse_kdf(crypto, kdf_params));
  CAIRN_TRY(check_cost(out.kdf));
  CAIRN_ASSIGN(out.salt, hex_field(kdf_params, "salt", 1, salt_bytes_max));
  CAIRN_TRY(fixed_field(cipher_params, "iv", out.iv));
  CAIRN_TRY(fixed_field(crypto, "ciphertext", out.ciphertext));
  CAIRN_TRY(fixed_field(crypto, "mac", out.mac));
  if (root.contains("address")) {
    CAIRN_TRY(fixed_field(root, "address", out.address.emplace()));
  }
  return out;
}

std::string keystore_text(const Keystore& k) {
  Json params{{"dklen", derived_bytes}, {"salt", hex(k.salt)}};
  const auto* scrypt = std::get_if<Scrypt>(&k.kdf);
  if (scrypt != nullptr) {
    params.update({{"n", scrypt->n}, {"r", scrypt->r}, {"p", scrypt->p}});
  } else {
    params.update({{"c", std::get<Pbkdf2>(k.kdf).iterations}, {"prf", "hmac-sha256"}});
  }
  std::array<std::uint8_t, 16> id;
  random_bytes(id);
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0f) | 0x40);  // UUID version 4
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3f) | 0x80);
  std::string uuid = hex(id);
  for (std::size_t at : {20u, 16u, 12u, 8u}) uuid.insert(at, "-");
  Json root{{"version", 3},
            {"id", uuid},
            {"crypto",
             {{"cipher", "aes-128-ctr"},
              {"cipherparams", {{"iv", hex(k.iv)}}},
              {"ciphertext", hex(k.ciphertext)},
              {"kdf", scrypt != nullptr ? "scrypt" : "pbkdf2"},
              {"kdfparams", params},
              {"mac", hex(k.mac)}}}};
  if (k.address) root["address"] = hex(*k.address);
  return root.dump(2) + "\n";
}

Result<SecretKey> decrypt(const Keystore& keystore, const Secret& passphrase) {
  CAIRN_ASSIGN(const Secret derived, derive(keystore, passphrase));
  const Digest32 mac = mac_of(derived, keystore.ciphertext);
  if (CRYPTO_memcmp(mac.data(), keystore.mac.data(), mac.size()) != 0) {
    return wrong("the passphrase does not open it");
  }
  Secret bytes(32);
  apply_cipher(derived, keystore.iv, keystore.ciphertext, bytes.bytes());
  CAIRN_ASSIGN(SecretKey key, SecretKey::from_bytes(bytes.bytes()));
  if (keystore.address && *keystore.address != key.address()) {
    return Error{Code::corrupt, "keystore: holds the key of " + address_text(key.address()) + " but names " +
                                    address_text(*keystore.address)};
  }
  return key;
}

Result<Keystore> encrypt(const SecretKey& key, const Secret& passphrase, const Kdf& kdf) {
  Keystore out{};
  out.kdf = kdf;
  out.salt.resize(32);
  random_bytes(out.salt);
  random_bytes(out.iv);
  CAIRN_ASSIGN(const Secret derived, derive(out, passphrase));
  apply_cipher(derived, out.iv, key.bytes(), out.ciphertext);
  out.mac = mac_of(derived, out.ciphertext);
  out.address = key.address();
  return out;
}

}  // namespace cairn::chain
