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
    EXPECT_EQ(prefixed_hex(sign(tx, signer).raw), cast(arguments)) << "transaction " << i;
  }
}

TEST_F(CastTest, Signatures) {
  for (int i = 0; i < 40; ++i) {
    const SecretKey signer = key();
    const Digest32 message = digest();
    const Signature s = signer.sign(message);
    const std::string mine = prefixed_hex(s.r) + hex(s.s) + (s.y_parity == 0 ? "1b" : "1c");
    EXPECT_EQ(mine, cast({"wallet", "sign", "--no-hash", "--private-key",
                          prefixed_hex(signer.bytes()), word(message)}));
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

struct Tree {
  Bytes encoded;
  std::string json;
};

Tree random_tree(std::mt19937_64& random, int depth) {
  if (depth == 0 || random() % 3 == 0) {
    Bytes string(random() % 80);
    for (auto& b : string)
      b = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 4 : random());
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
    EXPECT_EQ(prefixed_hex(tree.encoded), cast({"to-rlp", tree.json})) << tree.json;
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
    expect(two_step::pay_reward(a, who),
           {"payReward(bytes32,address)", word(a), address_text(who)});
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
           {"open(uint64,uint64,bytes32,address,uint256,uint64,bytes)", text(n), text(n / 2),
            word(a), address_text(who), amount.decimal(), text(n / 3), prefixed_hex(proof)});
    expect(erc20::approve(who, amount),
           {"approve(address,uint256)", address_text(who), amount.decimal()});
    expect(erc20::transfer(who, amount),
           {"transfer(address,uint256)", address_text(who), amount.decimal()});
    expect(erc20::balance_of(who), {"balanceOf(address)", address_text(who)});
  }
  expect(two_step::withdraw(), {"withdraw()"});
  expect(two_step::windows(), {"windows()"});
  expect(two_step::stake_terms(), {"stakeTerms()"});
  expect(two_step::token(), {"token()"});
}

TEST_F(CastTest, Identities) {
  for (int i = 0; i < 5; ++i) {
    const Address who = address();
    const Address verifier = address();
    const Digest32 claim = digest();
    const std::uint64_t start = number(56).u64().value();
    const std::string encoded = cast(
        {"abi-encode", "f(address,uint64,uint64,bytes32,address)", address_text(who),
         std::to_string(start), std::to_string(start + 9), word(claim), address_text(verifier)});
    EXPECT_EQ(word(two_step::sequence_id(who, start, start + 9, claim, verifier)),
              cast({"keccak", encoded}));
    const Bytes proof = bytes(100);
    const std::string packed = cast({"abi-encode", "--packed", "f(bytes32,address)",
                                     cast({"keccak", prefixed_hex(proof)}), address_text(who)});
    EXPECT_EQ(word(two_step::proof_hash(proof, who)), cast({"keccak", packed}));
  }
}

TEST_F(CastTest, OpensOurKeystoresAndWeItsOwn) {
  const test::TempDir dir;
  const SecretKey mine = key();
  const Secret password = Secret::copy_of(view("correct horse"));
  const auto made = encrypt(mine, password, Scrypt{.n = 1024, .r = 8, .p = 1}).value();
  ASSERT_TRUE(save_keystore(made, dir / "ours").ok());
  const std::string opened =
      cast({"wallet", "decrypt-keystore", "--keystore-dir", dir.path().string(),
            "--unsafe-password", "correct horse", "ours"});
  EXPECT_NE(opened.find(prefixed_hex(mine.bytes())), std::string::npos) << "cast said otherwise";

  cast({"wallet", "import", "--keystore-dir", dir.path().string(), "--unsafe-password",
        "correct horse", "--private-key", prefixed_hex(mine.bytes()), "theirs"});
  std::ifstream in(dir / "theirs");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto theirs = parse_keystore(text);
  ASSERT_TRUE(theirs.ok()) << theirs.error().what;
  EXPECT_EQ(decrypt(*theirs, password)->address(), mine.address());
}

}  // namespace
}  // namespace cairn::chain
