#include "chain/signer.h"

#include <gtest/gtest.h>

#include <random>

#include "chain/dev_keys.h"
#include "chain/keccak.h"
#include "chain/u256.h"

namespace cairn::chain {
namespace {

SecretKey key_of(std::string_view digits) {
  const std::string padded = std::string(64 - digits.size(), '0') + std::string(digits);
  return SecretKey::from_bytes(from_hex(padded).value()).value();
}

// RFC 6979 on secp256k1 with SHA-256: the vectors that bitcoin libraries share.
TEST(Signer, DeterministicVectors) {
  const struct {
    const char *key, *message, *r, *s;
  } cases[] = {
      {"1", "Satoshi Nakamoto", "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
       "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
      {"1", "All those moments will be lost in time, like tears in rain. Time to die...",
       "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
       "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"},
      {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
       "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
       "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"},
  };
  for (const auto& c : cases) {
    const Signature signature = key_of(c.key).sign(sha256(view(c.message)));
    EXPECT_EQ(hex(signature.r), c.r);
    EXPECT_EQ(hex(signature.s), c.s);
  }
}

TEST(Signer, AddressOfAKey) {
  EXPECT_EQ(address_text(dev_key(0).address()), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  EXPECT_EQ(address_text(dev_key(1).address()), "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
  EXPECT_EQ(address_text(key_of("1").address()), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
}

TEST(Signer, RefusesWhatIsNoKey) {
  for (const char* digits : {"", "01", "0000000000000000000000000000000000000000000000000000000000000000",
                             "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
                             "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    EXPECT_FALSE(SecretKey::from_bytes(from_hex(digits).value()).ok()) << digits;
  }
}

TEST(Signer, RecoversTheSigner) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) {
    const SecretKey key = SecretKey::from_bytes(sha256(view(std::to_string(random())))).value();
    const Digest32 digest = keccak256(std::to_string(random()));
    EXPECT_EQ(recover(digest, key.sign(digest)).value(), key.address());
  }
}

// EIP-2: s and n-s sign the same, so only the lower one is accepted.
TEST(Signer, ASignatureHasOneForm) {
  const U256 order =
      U256::parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").value();
  const Digest32 digest = keccak256("message");
  Signature signature = dev_key(0).sign(digest);
  signature.s = order.minus(U256::from_be(signature.s))->be();
  signature.y_parity ^= 1;
  EXPECT_FALSE(recover(digest, signature).ok());
}

TEST(Signer, RefusesWhatIsNoSignature) {
  const Digest32 digest = keccak256("message");
  const Signature good = dev_key(0).sign(digest);
  Signature bad = good;
  bad.y_parity = 2;
  EXPECT_FALSE(recover(digest, bad).ok());
  bad = good;
  bad.r.fill(0);
  EXPECT_FALSE(recover(digest, bad).ok());
  bad = good;
  bad.s.fill(0);
  EXPECT_FALSE(recover(digest, bad).ok());
  bad = good;
  bad.r.fill(0xff);
  EXPECT_FALSE(recover(digest, bad).ok());
}

TEST(Secret, IsWipedWhenDropped) {
  Secret secret = Secret::copy_of(view("passphrase"));
  const std::uint8_t* where = secret.bytes().data();
  secret.truncate(4);
  EXPECT_EQ(where[4], 0);  // inside the buffer still, but no longer there
  EXPECT_EQ(text(ByteView(secret.bytes())), "pass");
  Secret moved = std::move(secret);
  EXPECT_EQ(moved.bytes().data(), where);
  moved.wipe();
  EXPECT_EQ(moved.size(), 0u);
  EXPECT_EQ(where[0], 0);
}

}  // namespace
}  // namespace cairn::chain
