#include "guests/rollup/reference.h"

namespace cairn::guests {
namespace {

constexpr std::size_t kMessageDigits = 64, kChecksumDigits = 4, kDigits = kMessageDigits + kChecksumDigits;
constexpr unsigned kDigitMax = 3;
enum Tag : std::uint8_t { leaf_tag, node_tag, transfer_tag, part_tag, key_tag };

template <class T>
void put(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

Digest32 tagged(Tag tag, ByteView bytes) {
  Bytes all = {tag};
  append(all, bytes);
  return sha256(all);
}

Digest32 advance(Digest32 part, unsigned times) {
  while (times-- > 0) part = tagged(part_tag, part);
  return part;
}

/// The digits that sign a message: its first 16 bytes and the sum of what they are short of their maximum.
std::vector<unsigned> digits_of(const Digest32& message) {
  std::vector<unsigned> digits;
  unsigned checksum = 0;
  for (std::size_t i = 0; i < kMessageDigits; ++i) {
    digits.push_back(message[i / 4] >> (6 - 2 * (i % 4)) & kDigitMax);
    checksum += kDigitMax - digits.back();
  }
  for (std::size_t i = 0; i < kChecksumDigits; ++i) digits.push_back(checksum >> (6 - 2 * i) & kDigitMax);
  return digits;
}

}  // namespace

RollupState::RollupState(unsigned depth, std::uint64_t seed, std::uint64_t balance)
    : depth_(depth), seed_(seed) {
  CAIRN_ASSERT(depth <= 16);
  accounts_.resize(std::size_t{1} << depth);
  nodes_.resize(2 * accounts_.size());
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    accounts_[i] = {balance, 0, key(i, 0)};
    nodes_[accounts_.size() + i] = tagged(leaf_tag, bytes_of(accounts_[i]));
  }
  for (std::size_t i = accounts_.size() - 1; i > 0; --i) {
    Bytes pair = copy(ByteView(nodes_[2 * i]));
    append(pair, nodes_[2 * i + 1]);
    nodes_[i] = tagged(node_tag, pair);
  }
}

Bytes RollupState::bytes_of(const Account& account) const {
  Bytes out;
  put(out, account.balance);
  put(out, account.nonce);
  append(out, account.key);
  return out;
}

std::vector<Digest32> RollupState::secret(std::uint32_t account, std::uint32_t nonce) const {
  std::vector<Digest32> parts;
  for (std::uint32_t i = 0; i < kDigits; ++i) {
    Bytes text = copy("cairn rollup secret");
    put(text, seed_);
    put(text, account);
    put(text, nonce);
    put(text, i);
    parts.push_back(sha256(text));
  }
  return parts;
}

Digest32 RollupState::key(std::uint32_t account, std::uint32_t nonce) const {
  Bytes parts;
  for (const Digest32& part : secret(account, nonce)) append(parts, advance(part, kDigitMax));
  return tagged(key_tag, parts);
}

void RollupState::update(std::uint32_t account) {
  std::size_t i = accounts_.size() + account;
  nodes_[i] = tagged(leaf_tag, bytes_of(accounts_[account]));
  for (i /= 2; i > 0; i /= 2) {
    Bytes pair = copy(ByteView(nodes_[2 * i]));
    append(pair, nodes_[2 * i + 1]);
    nodes_[i] = tagged(node_tag, pair);
  }
}

Bytes RollupState::witness(std::uint32_t account) const {
  Bytes out = bytes_of(accounts_[account]);
  for (std::size_t i = accounts_.size() + account; i > 1; i /= 2) append(out, nodes_[i ^ 1]);
  return out;
}

RollupBatch RollupState::apply(const std::vector<Transfer>& transfers) {
  RollupBatch batch;
  Bytes all;
  append(batch.journal, root());
  append(batch.input, root());
  put(batch.input, std::uint32_t{depth_});
  put(batch.input, static_cast<std::uint32_t>(transfers.size()));
  for (const Transfer& transfer : transfers) {
    CAIRN_ASSERT(transfer.from < accounts_.size() && transfer.to < accounts_.size());
    Account& from = accounts_[transfer.from];
    CAIRN_ASSERT(from.balance >= transfer.amount);
    const Digest32 next_key = key(transfer.from, from.nonce + 1);

    Bytes plain, signed_bytes;
    put(plain, transfer.from);
    put(plain, transfer.to);
    put(plain, transfer.amount);
    signed_bytes = plain;
    append(plain, next_key);
    put(signed_bytes, from.nonce);
    append(signed_bytes, next_key);
    append(all, signed_bytes);

    append(batch.input, plain);
    const std::vector<unsigned> digits = digits_of(tagged(transfer_tag, signed_bytes));
    const std::vector<Digest32> parts = secret(transfer.from, from.nonce);
    for (std::size_t i = 0; i < kDigits; ++i) append(batch.input, advance(parts[i], digits[i]));
    append(batch.input, witness(transfer.from));

    from.balance -= transfer.amount;
    ++from.nonce;
    from.key = next_key;
    update(transfer.from);
    append(batch.input, witness(transfer.to));
    accounts_[transfer.to].balance += transfer.amount;
    update(transfer.to);
  }
  append(batch.journal, root());
  append(batch.journal, sha256(all));
  return batch;
}

}  // namespace cairn::guests
