#include "chain/transaction.h"

#include <gtest/gtest.h>

#include <random>

#include "chain/dev_keys.h"
#include "chain/keccak.h"
#include "chain/rlp.h"

namespace cairn::chain {
namespace {

Transaction sample() {
  Transaction tx;
  tx.chain_id = 31337;
  tx.nonce = 3;
  tx.fees = {U256(100), U256(7)};
  tx.gas = 21000;
  tx.to = dev_key(1).address();
  tx.value = U256(5);
  tx.data = {0x12, 0x34};
  return tx;
}

// cast mktx --private-key (dev key 0) --nonce 3 --gas-limit 21000 --gas-price 100
//   --priority-gas-price 7 --chain 31337 --value 5 (dev account 1) 0x1234
constexpr const char* sample_raw =
    "02f866827a690307648252089470997970c51812dc3a010c7d01b50e0d17dc79c805821234c080a0b2a373923958b3"
    "dd"
    "59ff086d51c6d5208e70110b8e8ee8435d962346f4c0418fa051da7b282fee865a73deaaba545cf7ba9fc0855f863e"
    "35"
    "4881998ee782d45e78";

TEST(Transaction, BytesAreThoseOfOthers) {
  const SignedTx tx = sign(sample(), dev_key(0));
  EXPECT_EQ(hex(tx.raw), sample_raw);
  EXPECT_EQ(tx.hash, keccak256(tx.raw));
}

TEST(Transaction, SameArgumentsSameBytes) {
  EXPECT_EQ(sign(sample(), dev_key(0)).raw, sign(sample(), dev_key(0)).raw);
  EXPECT_NE(sign(sample(), dev_key(0)).raw, sign(sample(), dev_key(1)).raw);
}

TEST(Transaction, DecodeInvertsSign) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 300; ++i) {
    Transaction tx;
    tx.chain_id = random() >> (random() % 64);
    tx.nonce = random() >> (random() % 64);
    tx.fees.max_fee_per_gas = U256::from_be(keccak256(std::to_string(random())));
    tx.fees.max_priority_fee_per_gas = U256(random() >> (random() % 64));
    tx.gas = random() >> (random() % 64);
    if (random() % 4 != 0) tx.to = dev_key(random() % dev_keys_count).address();
    tx.value = U256(random());
    tx.data.resize(random() % 300);
    for (auto& b : tx.data) b = static_cast<std::uint8_t>(random());
    const SecretKey key = dev_key(random() % dev_keys_count);
    const SignedTx made = sign(tx, key);
    const auto read = decode_transaction(made.raw);
    ASSERT_TRUE(read.ok()) << read.error().what;
    EXPECT_EQ(read->sender, key.address());
    EXPECT_EQ(read->hash, made.hash);
    EXPECT_EQ(sign(read->tx, key).raw, made.raw);
  }
}

TEST(Transaction, ADamagedByteNeverDecodesToTheSameSender) {
  const Bytes good = from_hex(sample_raw).value();
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    const auto read = decode_transaction(bad);
    if (read.ok()) {
      EXPECT_NE(read->sender, dev_key(0).address()) << "byte " << i;
    }
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_transaction(ByteView(good).first(size)).ok());
  }
}

TEST(Transaction, RefusesOtherTypes) {
  Bytes other = from_hex(sample_raw).value();
  other[0] = 0x01;
  EXPECT_FALSE(decode_transaction(other).ok());
  other.erase(other.begin());  // a legacy transaction is a list
  EXPECT_FALSE(decode_transaction(other).ok());
  other.insert(other.begin(), 0x02);
  EXPECT_TRUE(decode_transaction(other).ok());
  other.push_back(0);
  EXPECT_FALSE(decode_transaction(other).ok());
}

TEST(Transaction, RefusesAParityAboveOne) {
  const Bytes good = from_hex(sample_raw).value();
  const auto fields = rlp::decode(ByteView(good).subspan(1)).value();
  for (const std::uint64_t parity : {0, 1, 2}) {
    std::vector<Bytes> parts;
    for (const auto& field : fields.list) parts.push_back(rlp::encode(field.string));
    parts[8] = rlp::encode_list({});
    parts[9] = rlp::encode(U256(parity));
    Bytes raw{0x02};
    append(raw, rlp::encode_list(parts));
    EXPECT_EQ(decode_transaction(raw).ok(), parity < 2) << parity;
  }
}

TEST(Transaction, RefusesAccessLists) {
  const Bytes good = from_hex(sample_raw).value();
  const auto fields = rlp::decode(ByteView(good).subspan(1)).value();
  std::vector<Bytes> parts;
  for (const auto& field : fields.list) parts.push_back(rlp::encode(field.string));
  const Bytes entry[] = {rlp::encode(ByteView(dev_key(0).address())), rlp::encode_list({})};
  const Bytes entries[] = {rlp::encode_list(entry)};
  parts[8] = rlp::encode_list(entries);
  Bytes raw{0x02};
  append(raw, rlp::encode_list(parts));
  EXPECT_FALSE(decode_transaction(raw).ok());
  parts[8] = rlp::encode_list({});
  raw = {0x02};
  append(raw, rlp::encode_list(parts));
  EXPECT_EQ(raw, good);
}

}  // namespace
}  // namespace cairn::chain
