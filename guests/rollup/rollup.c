/* Applies a batch of signed transfers to a state tree. All numbers are little endian.

   The state is a binary tree of 2^depth accounts. An account is balance (8 bytes) ‖ nonce (4) ‖ key (32);
   its leaf is H(0 ‖ account), a node is H(1 ‖ left ‖ right); H is SHA-256.

   A transfer is from (4) ‖ to (4) ‖ amount (8) ‖ next key (32). It is signed by the one-time key of `from`,
   which `next key` replaces: a Winternitz signature with digits of 2 bits over the first 16 bytes of
     H(2 ‖ from ‖ to ‖ amount ‖ nonce of from ‖ next key).
   64 digits of the message and 4 of their checksum, most significant bits first, each say how often a
   part of the secret was hashed, H(3 ‖ part); a key is H(4 ‖ all parts after 3 times).

   Input:    old root (32) ‖ depth (4, at most 32) ‖ count (4) ‖ for each transfer:
             transfer ‖ signature (68 parts of 32) ‖ account of from ‖ its siblings, lowest first (32 each) ‖
             account of to, after the amount has left from ‖ its siblings
   Journal:  old root ‖ new root ‖ H(all transfers, each with its nonce, as signed)
   It exits with 1, and no journal, when anything is not as it should be. */
#include <stdlib.h>
#include <string.h>
#include <zkvm_io.h>

#include "../lib/sha256.h"

enum { kHashBytes = 32, kDigits = 68, kMessageBytes = 16, kAccountBytes = 44, kTransferBytes = 48, kDepthMax = 32 };
enum { kLeafTag, kNodeTag, kTransferTag, kPartTag, kKeyTag };

typedef struct {
  uint64_t balance;
  uint32_t nonce;
  uint8_t key[kHashBytes];
} Account;

static const uint8_t* cursor;
static const uint8_t* input_end;

static const uint8_t* take(size_t bytes) {
  if ((size_t)(input_end - cursor) < bytes) exit(EXIT_FAILURE);
  const uint8_t* const at = cursor;
  cursor += bytes;
  return at;
}
static void require(int condition) {
  if (!condition) exit(EXIT_FAILURE);
}
static uint32_t read_u32(const uint8_t* at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}
static uint64_t read_u64(const uint8_t* at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void hash_tagged(uint8_t tag, const uint8_t* bytes, size_t size, uint8_t digest[kHashBytes]) {
  Sha256 hash;
  sha256_begin(&hash);
  sha256_add(&hash, &tag, 1);
  sha256_add(&hash, bytes, size);
  sha256_end(&hash, digest);
}

static Account take_account(void) {
  const uint8_t* const at = take(kAccountBytes);
  Account account = {read_u64(at), read_u32(at + 8), {0}};
  memcpy(account.key, at + 12, kHashBytes);
  return account;
}

static void leaf_of(const Account* account, uint8_t leaf[kHashBytes]) {
  uint8_t bytes[kAccountBytes];
  memcpy(bytes, &account->balance, 8);
  memcpy(bytes + 8, &account->nonce, 4);
  memcpy(bytes + 12, account->key, kHashBytes);
  hash_tagged(kLeafTag, bytes, sizeof bytes, leaf);
}

/* The root of the tree in which `account` has this index and these siblings. */
static void root_of(const Account* account, uint32_t index, uint32_t depth, const uint8_t* siblings, uint8_t root[kHashBytes]) {
  leaf_of(account, root);
  for (uint32_t level = 0; level < depth; ++level, siblings += kHashBytes) {
    const int is_right = index >> level & 1;
    uint8_t pair[2 * kHashBytes];
    memcpy(pair + (is_right ? kHashBytes : 0), root, kHashBytes);
    memcpy(pair + (is_right ? 0 : kHashBytes), siblings, kHashBytes);
    hash_tagged(kNodeTag, pair, sizeof pair, root);
  }
}

/* The key that made this signature, if it is one of the message. */
static void signer_of(const uint8_t message[kMessageBytes], const uint8_t* signature, uint8_t key[kHashBytes]) {
  Sha256 parts;
  const uint8_t tag = kKeyTag;
  uint32_t checksum = 0;
  sha256_begin(&parts);
  sha256_add(&parts, &tag, 1);
  for (int i = 0; i < kDigits; ++i) {
    uint32_t digit;
    if (i < kDigits - 4) {
      digit = message[i / 4] >> (6 - 2 * (i % 4)) & 3;
      checksum += 3 - digit;
    } else {
      digit = checksum >> (6 - 2 * (i - (kDigits - 4))) & 3;
    }
    uint8_t part[kHashBytes];
    memcpy(part, signature + kHashBytes * i, kHashBytes);
    for (uint32_t times = digit; times < 3; ++times) hash_tagged(kPartTag, part, kHashBytes, part);
    sha256_add(&parts, part, kHashBytes);
  }
  sha256_end(&parts, key);
}

static void apply_transfer(uint8_t root[kHashBytes], uint32_t depth, Sha256* batch) {
  const uint8_t* const transfer = take(kTransferBytes);
  const uint8_t* const signature = take(kDigits * kHashBytes);
  const uint32_t from = read_u32(transfer), to = read_u32(transfer + 4);
  const uint64_t amount = read_u64(transfer + 8);
  require(depth == 32 || (from >> depth == 0 && to >> depth == 0));

  Account sender = take_account();
  const uint8_t* const sender_path = take((size_t)depth * kHashBytes);
  uint8_t found[kHashBytes];
  root_of(&sender, from, depth, sender_path, found);
  require(memcmp(found, root, kHashBytes) == 0);

  uint8_t signed_bytes[kTransferBytes + 4], message[kHashBytes], key[kHashBytes];
  memcpy(signed_bytes, transfer, 16);
  memcpy(signed_bytes + 16, &sender.nonce, 4);
  memcpy(signed_bytes + 20, transfer + 16, kHashBytes);
  hash_tagged(kTransferTag, signed_bytes, sizeof signed_bytes, message);
  signer_of(message, signature, key);
  require(memcmp(key, sender.key, kHashBytes) == 0);
  sha256_add(batch, signed_bytes, sizeof signed_bytes);

  require(sender.balance >= amount && sender.nonce != UINT32_MAX);
  sender.balance -= amount;
  ++sender.nonce;
  memcpy(sender.key, transfer + 16, kHashBytes);
  root_of(&sender, from, depth, sender_path, root);

  Account receiver = take_account();
  const uint8_t* const receiver_path = take((size_t)depth * kHashBytes);
  root_of(&receiver, to, depth, receiver_path, found);
  require(memcmp(found, root, kHashBytes) == 0);
  require(receiver.balance <= UINT64_MAX - amount);
  receiver.balance += amount;
  root_of(&receiver, to, depth, receiver_path, root);
}

int main(void) {
  size_t size;
  read_input(&cursor, &size);
  input_end = cursor + size;
  uint8_t journal[3 * kHashBytes], root[kHashBytes];
  memcpy(root, take(kHashBytes), kHashBytes);
  memcpy(journal, root, kHashBytes);
  const uint32_t depth = read_u32(take(4)), count = read_u32(take(4));
  require(depth <= kDepthMax && count > 0);
  Sha256 batch;
  sha256_begin(&batch);
  for (uint32_t i = 0; i < count; ++i) apply_transfer(root, depth, &batch);
  require(cursor == input_end);
  memcpy(journal + kHashBytes, root, kHashBytes);
  sha256_end(&batch, journal + 2 * kHashBytes);
  write_output(journal, sizeof journal);
  return EXIT_SUCCESS;
}
