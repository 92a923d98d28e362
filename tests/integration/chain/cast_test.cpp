// Our bytes against those of foundry's cast, on seeded random inputs.
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "chain/abi.h"
#include "chain/dev_keys.h"
#include "chain/keccak.h"
#include "chain/keystore.h"
#include "chain/rlp.h"
#include "chain/rpc.h"
#include "chain/transaction.h"
#include "chain/two_step_abi.h"
#include "tests/support/process.h"

namespace cairn::chain {
namespace {

using test::cast;

class CastTest : public testing::Test {
 protected:
  std::uint64_t below(std::uint64_t n) { return random() % n; }
  /// A number of a random count of bits, up to `bits`.
  U256 number(unsigned bits) {
    Bytes bytes(1 + below(bits / 8));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random());
    return U256::from_be(bytes);
  }
  Bytes bytes(std::size_t size_max) {
    Bytes out(below(size_max + 1));
    for (auto& b : out) b = static_cast<std::uint8_t>(random());
    return out;
  }
  Digest32 digest() { return keccak256(bytes(64)); }
  Address address() {
    Address out;
    for (auto& b : out) b = static_cast<std::uint8_t>(random());
    return out;
  }
  SecretKey key() { return SecretKey::from_bytes(digest()).value(); }

  std::mt19937_64 random{20240607};
};

std::string word(const Digest32& d) { return prefixed_hex(d); }

TEST_F(CastTest, Transactions) {
  for (int i = 0; i < 150; ++i) {
    Transaction tx;
    tx.chain_id = 1 + below(UINT32_MAX);
    tx.nonce = number(48).u64().value();
    tx.gas = 21'000 + below(30'000'000);
    tx.fees.max_fee_per_gas = number(96);
    tx.fees.max_priority_fee_per_gas = number(96);
    tx.value = i % 3 == 0 ? U256() : number(112);
    tx.data = bytes(i % 5 == 0 ? 3000 : 120);
    const bool creates = i % 10 == 9;
    if (!creates) tx.to = address();
    const SecretKey signer = key();
    std::vector<std::string> arguments{"mktx",
                                       "--private-key",
                                       prefixed_hex(signer.bytes()),
                                       "--chain",
                                       std::to_string(tx.chain_id),
                                       "--nonce",
                                       std::to_string(tx.nonce),
                                       "--gas-limit",
                                       std::to_string(tx.gas),
                                       "--gas-price",
                                       tx.fees.max_fee_per_gas.decimal(),
                                       "--priority-gas-price",
                                       tx.fees.max_priority_fee_per_gas.decimal(),
                                       "--value",
                                       tx.value.decimal()};
    if (creates) {
      if (tx.data.empty()) tx.data = {0x00};
      arguments.insert(arguments.end(), {"--create", prefixed_hex(tx.data)});
    } else {
      arguments.insert(arguments.end(), {address_text(*tx.to), prefixed_hex(tx.data)});
    }
    const std::string theirs = cast(arguments);
    EXPECT_EQ(prefixed_hex(sign(tx, signer).raw), theirs) << "transaction " << i;
    const auto decoded = decode_transaction(from_hex(theirs).value());
    ASSERT_TRUE(decoded.ok()) << decoded.error().what;
    EXPECT_EQ(decoded->sender, signer.address());
    EXPECT_EQ(signing_hash(decoded->tx), signing_hash(tx)) << "every field comes back";
  }
}

TEST_F(CastTest, Signatures) {
  for (int i = 0; i < 40; ++i) {
    const SecretKey signer = key();
    const Digest32 message = digest();
    const Signature s = signer.sign(message);
    const std::string mine = prefixed_hex(s.r) + hex(s.s) + (s.y_parity == 0 ? "1b" : "1c");
    EXPECT_EQ(mine, cast({"wallet", "sign", "--no-hash", "--private-key", prefixed_hex(signer.bytes()),
                          word(message)}));
  }
}

TEST_F(CastTest, AddressesAndHashes) {
  for (int i = 0; i < 20; ++i) {
    const SecretKey k = key();
    EXPECT_EQ(address_text(k.address()),
              cast({"wallet", "address", "--private-key", prefixed_hex(k.bytes())}));
    const Bytes data = bytes(500);
    EXPECT_EQ(word(keccak256(data)), cast({"keccak", prefixed_hex(data)}));
    const Address creator = address();
    const std::uint64_t nonce = number(40).u64().value();
    EXPECT_EQ("Computed Address: " + address_text(created_address(creator, nonce)),
              cast({"compute-address", address_text(creator), "--nonce", std::to_string(nonce)}));
  }
}

Bytes encode_again(const rlp::Item& item) {
  if (!item.is_list) return rlp::encode(item.string);
  std::vector<Bytes> items;
  for (const rlp::Item& child : item.list) items.push_back(encode_again(child));
  return rlp::encode_list(items);
}

struct Tree {
  Bytes encoded;
  std::string json;
};

Tree random_tree(std::mt19937_64& random, int depth) {
  if (depth == 0 || random() % 3 == 0) {
    Bytes string(random() % 80);
    for (auto& b : string) b = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 4 : random());
    return {rlp::encode(ByteView(string)), "\"" + prefixed_hex(string) + "\""};
  }
  std::vector<Bytes> items;
  std::string json = "[";
  for (std::uint64_t n = random() % 6; n > 0; --n) {
    Tree child = random_tree(random, depth - 1);
    json += (items.empty() ? "" : ",") + child.json;
    items.push_back(std::move(child.encoded));
  }
  return {rlp::encode_list(items), json + "]"};
}

TEST_F(CastTest, Rlp) {
  for (int i = 0; i < 60; ++i) {
    const Tree tree = random_tree(random, 4);
    const std::string theirs = cast({"to-rlp", tree.json});
    EXPECT_EQ(prefixed_hex(tree.encoded), theirs) << tree.json;
    const Bytes bytes = from_hex(theirs).value();
    const auto decoded = rlp::decode(bytes);
    ASSERT_TRUE(decoded.ok()) << tree.json << ": " << decoded.error().what;
    EXPECT_EQ(encode_again(*decoded), bytes) << tree.json;
  }
}

TEST_F(CastTest, Calls) {
  const auto expect = [](const Bytes& mine, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "calldata");
    EXPECT_EQ(prefixed_hex(mine), cast(arguments)) << arguments[1];
  };
  const auto text = [](std::uint64_t n) { return std::to_string(n); };
  for (int i = 0; i < 5; ++i) {
    const Digest32 a = digest();
    const Digest32 b = digest();
    const Address who = address();
    const U256 amount = number(256);
    const std::uint64_t n = random();
    const Bytes proof = bytes(i * 40);
    expect(two_step::stake(amount), {"stake(uint256)", amount.decimal()});
    expect(two_step::request_withdrawal(amount), {"requestWithdrawal(uint256)", amount.decimal()});
    expect(two_step::commit(a, b), {"commit(bytes32,bytes32)", word(a), word(b)});
    expect(two_step::reveal(a, proof), {"reveal(bytes32,bytes)", word(a), prefixed_hex(proof)});
    expect(two_step::settle(a, b), {"settle(bytes32,bytes32)", word(a), word(b)});
    expect(two_step::pay_reward(a, who), {"payReward(bytes32,address)", word(a), address_text(who)});
    expect(two_step::slash(a, n, who),
           {"slash(bytes32,uint64,address)", word(a), text(n), address_text(who)});
    expect(two_step::reclaim(a), {"reclaim(bytes32)", word(a)});
    expect(two_step::sequence(a), {"sequence(bytes32)", word(a)});
    expect(two_step::commitment(a, n, who),
           {"commitment(bytes32,uint64,address)", word(a), text(n), address_text(who)});
    expect(two_step::prover(who), {"prover(address)", address_text(who)});
    expect(two_step::digest_verified(a, b), {"digestVerified(bytes32,bytes32)", word(a), word(b)});
    expect(two_step::verify(a, proof), {"verify(bytes32,bytes)", word(a), prefixed_hex(proof)});
    expect(two_step::open({n, n / 2, a, who, amount, n / 3, proof}),
           {"open(uint64,uint64,bytes32,address,uint256,uint64,bytes)", text(n), text(n / 2), word(a),
            address_text(who), amount.decimal(), text(n / 3), prefixed_hex(proof)});
    expect(erc20::approve(who, amount), {"approve(address,uint256)", address_text(who), amount.decimal()});
    expect(erc20::transfer(who, amount), {"transfer(address,uint256)", address_text(who), amount.decimal()});
    expect(erc20::balance_of(who), {"balanceOf(address)", address_text(who)});
    const Address other = address();
    expect(erc20::allowance(who, other),
           {"allowance(address,address)", address_text(who), address_text(other)});
  }
  expect(two_step::withdraw(), {"withdraw()"});
  expect(two_step::windows(), {"windows()"});
  expect(two_step::stake_terms(), {"stakeTerms()"});
  expect(two_step::token(), {"token()"});
  expect(erc20::decimals(), {"decimals()"});
}

// What the contract answers and emits, as cast encodes it.
TEST_F(CastTest, ReturnsAndEvents) {
  const auto encoded = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "abi-encode");
    return from_hex(cast(arguments)).value();
  };
  const auto text = [](std::uint64_t n) { return std::to_string(n); };
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t a = random(), b = random(), c = random(), d = random();
    const std::uint64_t state = below(4);
    const Digest32 claim = digest();
    const Address who = address(), verifier = address();
    const U256 x = number(256), y = number(256), z = number(256);
    const auto sequence = two_step::decode_sequence(encoded(
        {"f(uint8,address,uint64,uint64,uint64,uint64,uint64,uint64,uint64,uint64,bytes32,address,"
         "uint256,uint256,uint256)",
         text(state), address_text(who), text(a), text(b), text(c), text(d), text(a), text(b), text(c),
         text(d), word(claim), address_text(verifier), x.decimal(), y.decimal(), z.decimal()}));
    ASSERT_TRUE(sequence.ok()) << sequence.error().what;
    EXPECT_EQ(static_cast<std::uint64_t>(sequence->state), state);
    EXPECT_EQ(sequence->start_height, a);
    EXPECT_EQ(sequence->expiry, c);
    EXPECT_EQ(sequence->settled_count, d);
    EXPECT_EQ(sequence->claim, claim);
    EXPECT_EQ(sequence->verifier, verifier);
    EXPECT_EQ(sequence->reward, x);

    const auto commitment = two_step::decode_commitment(encoded(
        {"f(uint8,bool,bytes32,uint256)", text(state), i % 2 ? "true" : "false", word(claim), x.decimal()}));
    ASSERT_TRUE(commitment.ok()) << commitment.error().what;
    EXPECT_EQ(commitment->paid, i % 2 == 1);
    EXPECT_EQ(commitment->proof_hash, claim);
    EXPECT_EQ(commitment->stake, x);

    const auto prover =
        two_step::decode_prover(encoded({"f(uint256,uint256,uint256,uint64,uint64)", x.decimal(), y.decimal(),
                                         z.decimal(), text(a), text(b)}));
    ASSERT_TRUE(prover.ok()) << prover.error().what;
    EXPECT_EQ(prover->bonded, y);
    EXPECT_EQ(prover->unsettled, b);

    const Bytes data = bytes(i * 50);
    const std::string signature =
        "SequenceOpened(bytes32,address,uint64,uint64,bytes32,address,uint256,uint64,bytes)";
    EXPECT_EQ(word(two_step::opened_topic()), cast({"keccak", signature}));
    const std::vector<Digest32> topics = {two_step::opened_topic(), digest(), [&] {
                                            Digest32 out{};
                                            std::copy(who.begin(), who.end(), out.begin() + 12);
                                            return out;
                                          }()};
    const auto opened = two_step::decode_opened(
        topics, encoded({"f(uint64,uint64,bytes32,address,uint256,uint64,bytes)", text(a), text(b),
                         word(claim), address_text(verifier), x.decimal(), text(c), prefixed_hex(data)}));
    ASSERT_TRUE(opened.ok()) << opened.error().what;
    EXPECT_EQ(opened->start_height, a);
    EXPECT_EQ(opened->end_height, b);
    EXPECT_EQ(opened->claim, claim);
    EXPECT_EQ(opened->data, data);
  }
}

TEST_F(CastTest, Identities) {
  for (int i = 0; i < 5; ++i) {
    const Address who = address();
    const Address verifier = address();
    const Digest32 claim = digest();
    const std::uint64_t start = number(56).u64().value();
    const std::string encoded =
        cast({"abi-encode", "f(address,uint64,uint64,bytes32,address)", address_text(who),
              std::to_string(start), std::to_string(start + 9), word(claim), address_text(verifier)});
    EXPECT_EQ(word(two_step::sequence_id(who, start, start + 9, claim, verifier)), cast({"keccak", encoded}));
    const Bytes proof = bytes(100);
    const std::string packed = cast({"abi-encode", "--packed", "f(bytes32,address)",
                                     cast({"keccak", prefixed_hex(proof)}), address_text(who)});
    EXPECT_EQ(word(two_step::proof_hash(proof, who)), cast({"keccak", packed}));
  }
}

TEST_F(CastTest, OpensOurKeystoresAndWeItsOwn) {
  const test::TempDir dir;
  for (const char* passphrase : {"correct horse", "Ünïcode ☃ \" $x", " lead and trail ", "0"}) {
    const SecretKey mine = key();
    const Secret password = Secret::copy_of(view(passphrase));
    const std::string ours = "ours" + std::to_string(random()), theirs = "theirs" + std::to_string(random());
    const Kdf kdf = random() % 2 ? Kdf(Scrypt{.n = 1024, .r = 8, .p = 1}) : Kdf(Pbkdf2{.iterations = 5000});
    ASSERT_TRUE(save_keystore(encrypt(mine, password, kdf).value(), dir / ours).ok());
    const std::string opened = cast({"wallet", "decrypt-keystore", "--keystore-dir", dir.path().string(),
                                     "--unsafe-password", passphrase, ours});
    EXPECT_NE(opened.find(prefixed_hex(mine.bytes())), std::string::npos) << "cast said otherwise";

    cast({"wallet", "import", "--keystore-dir", dir.path().string(), "--unsafe-password", passphrase,
          "--private-key", prefixed_hex(mine.bytes()), theirs});
    std::ifstream in(dir / theirs);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto imported = parse_keystore(text);
    ASSERT_TRUE(imported.ok()) << imported.error().what;
    EXPECT_EQ(decrypt(*imported, password)->address(), mine.address());
  }
}

}  // namespace
}  // namespace cairn::chain
