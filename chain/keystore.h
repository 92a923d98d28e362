// Encrypted keystore files, version 3: the JSON that geth, foundry and most wallets read and write.
// https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage
//
// The passphrase and salt go through scrypt or PBKDF2-HMAC-SHA256 to 32 bytes; the first 16 encrypt
// the key by AES-128-CTR, the last 16 authenticate it: mac = keccak256(last ‖ ciphertext).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "chain/scrypt.h"
#include "chain/signer.h"

namespace cairn::chain {

struct Pbkdf2 {
  std::uint64_t iterations = 262144;
};
using Kdf = std::variant<Scrypt, Pbkdf2>;

/// A keystore file's content, checked: cost within bounds, sizes right.
struct Keystore {
  Kdf kdf;
  Bytes salt;
  std::array<std::uint8_t, 16> iv;
  std::array<std::uint8_t, 32> ciphertext;
  Digest32 mac;
  std::optional<Address> address;
};

/// Errors: invalid_input. A cost that would take more than keystore_memory_max, or about ten times
/// the time of the standard cost, is refused before anything is derived.
Result<Keystore> parse_keystore(std::string_view json);
std::string keystore_text(const Keystore& keystore);

/// Errors: invalid_input (the passphrase does not fit), corrupt (the address is of another key).
Result<SecretKey> decrypt(const Keystore& keystore, const Secret& passphrase);
/// Salt and iv are new random bytes. Errors: invalid_input for a cost out of bounds.
Result<Keystore> encrypt(const SecretKey& key, const Secret& passphrase, const Kdf& kdf = Scrypt{});

inline constexpr std::size_t keystore_memory_max = 512 * 1024 * 1024;
inline constexpr std::size_t keystore_bytes_max = 16 * 1024;
inline constexpr std::size_t passphrase_bytes_max = 1024;

/// Files that others can read are refused (conflict), as are files of other owners than this user
/// or root. Errors also: not_found, invalid_input.
Result<SecretKey> load_key(const std::filesystem::path& keystore,
                           const std::filesystem::path& passphrase_file);
Result<SecretKey> load_key(const std::filesystem::path& keystore, const Secret& passphrase);
/// The first line of a file, without its end. The same checks as for a keystore.
Result<Secret> load_passphrase(const std::filesystem::path& file);
/// As create_file() makes it, mode 0600: whole or not at all, never in the place of another (conflict).
Status save_keystore(const Keystore& keystore, const std::filesystem::path& file);
/// Writes a new passphrase, 128 random bits in hex, in the same way.
Status make_passphrase(const std::filesystem::path& file);

}  // namespace cairn::chain
