// Attestations against foundry's cast, and against the contract on a real chain. Needs contracts/forge build.
#include "chain/attestation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "chain/deploy.h"
#include "chain/dev_keys.h"
#include "chain/eth_chain.h"
#include "chain/keccak.h"
#include "tests/support/anvil.h"

namespace cairn::chain {
namespace {

using test::Anvil;
using test::TempDir;

class AttestationTest : public testing::Test {
 protected:
  Bytes bytes(std::size_t size) {
    Bytes out(size);
    for (auto& b : out) b = static_cast<std::uint8_t>(random());
    return out;
  }
  Digest32 digest() { return keccak256(bytes(16)); }
  std::string letters(std::size_t size) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i) out += "abcxyz019/:.-_%?="[random() % 17];
    return out;
  }
  Attestation attestation(std::uint64_t set) { return {set, digest(), digest(), letters(random() % 300)}; }

  std::mt19937_64 random{20251125};
};

std::string typed_data(const AttestationDomain& domain, const Attestation& a) {
  const auto field = [](const char* name, const char* type) { return Json{{"name", name}, {"type", type}}; };
  const Json json = {{"types",
                      {{"EIP712Domain",
                        {field("name", "string"), field("version", "string"), field("chainId", "uint256"),
                         field("verifyingContract", "address")}},
                       {"Attestation",
                        {field("set", "uint64"), field("claim", "bytes32"), field("proofDigest", "bytes32"),
                         field("uri", "string")}}}},
                     {"primaryType", "Attestation"},
                     {"domain",
                      {{"name", "Cairn AttestedVerifier"},
                       {"version", "1"},
                       {"chainId", domain.chain_id},
                       {"verifyingContract", address_text(domain.verifier)}}},
                     {"message",
                      {{"set", std::to_string(a.set)},
                       {"claim", prefixed_hex(a.claim)},
                       {"proofDigest", prefixed_hex(a.proof_digest)},
                       {"uri", a.uri}}}};
  return json.dump();
}

TEST_F(AttestationTest, IsWhatCastSigns) {
  for (int i = 0; i < 40; ++i) {
    const SecretKey key = SecretKey::from_bytes(digest()).value();
    const AttestationDomain domain{1 + random() % UINT32_MAX,
                                   SecretKey::from_bytes(digest()).value().address()};
    const Attestation a = attestation(random());
    const std::string theirs = test::cast(
        {"wallet", "sign", "--private-key", prefixed_hex(key.bytes()), "--data", typed_data(domain, a)});
    EXPECT_EQ(prefixed_hex(signature_bytes(sign_attestation(domain, a, key).signature)), theirs) << a.uri;
  }
}

TEST_F(AttestationTest, IsEncodedAsCastEncodes) {
  for (int i = 0; i < 10; ++i) {
    const Attestation a = attestation(random());
    const AttestationDomain domain{1, dev_key(0).address()};
    std::vector<KeySignature> signatures;
    for (std::size_t k = 0; k < random() % 5; ++k)
      signatures.push_back(sign_attestation(domain, a, dev_key(k)));
    std::ranges::sort(signatures, {}, &KeySignature::signer);
    std::string all = "0x";
    for (const auto& one : signatures) all += hex(signature_bytes(one.signature));
    EXPECT_EQ(prefixed_hex(encode_attested(a, signatures)),
              test::cast({"abi-encode", "f(uint64,bytes32,string,bytes)", std::to_string(a.set),
                          prefixed_hex(a.proof_digest), a.uri, all}));
  }
}

class AttestedVerifierTest : public AttestationTest {
 protected:
  DeployPlan plan() {
    DeployPlan out;
    out.artifacts = test::source_dir() / "contracts" / "out";
    out.terms = {U256(100), U256(1), U256(10)};
    out.token_supply = U256(1000);
    for (std::size_t i = 1; i <= 3; ++i) out.verifier_keys.push_back(dev_key(i).address());
    out.verifier_threshold = 2;
    return out;
  }
  Deployment deploy_now(const DeployPlan& what) {
    const auto out = deploy(node, dev_key(0), what, dir / "deployment.json");
    if (!out.ok()) assert_failed(out.error().what.c_str(), __FILE__, __LINE__);
    return *out;
  }
  bool accepted(const AttestationDomain& domain, const Digest32& claim, ByteView proof) {
    EthChain chain(anvil.node(), dev_key(0).address());
    return chain.proof_accepted(domain.verifier, claim, proof).value();
  }
  static Bytes signed_by(const AttestationDomain& domain, const Attestation& a,
                         std::vector<std::size_t> keys) {
    std::vector<KeySignature> signatures;
    for (const std::size_t i : keys) signatures.push_back(sign_attestation(domain, a, dev_key(i)));
    return encode_attested(a, std::move(signatures));
  }

  TempDir dir;
  Anvil anvil;
  EthNode node = anvil.node();
};

TEST_F(AttestedVerifierTest, AcceptsWhatWeAcceptAndNothingElse) {
  const Deployment deployed = deploy_now(plan());
  ASSERT_TRUE(deployed.attested_verifier.has_value());
  const AttestationDomain domain{deployed.chain_id, *deployed.attested_verifier};
  const auto keys = read_key_set(node, domain.verifier);
  ASSERT_TRUE(keys.ok()) << keys.error().what;
  EXPECT_EQ(keys->set, 1u);
  EXPECT_EQ(keys->threshold, 2u);
  EXPECT_EQ(keys->keys.size(), 3u);
  const auto both = [&](const AttestationDomain& signed_for, const Attestation& a,
                        std::vector<std::size_t> by) {
    const Bytes proof = signed_by(signed_for, a, std::move(by));
    const bool ours = check_attested(domain, a.claim, proof, *keys).ok();
    EXPECT_EQ(accepted(domain, a.claim, proof), ours);
    return ours;
  };
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(both(domain, attestation(1), {1, 2}));
    EXPECT_TRUE(both(domain, attestation(1), {3, 1}));
  }
  EXPECT_TRUE(both(domain, attestation(1), {1, 2, 3}));
  EXPECT_FALSE(both(domain, attestation(1), {1}));
  EXPECT_FALSE(both(domain, attestation(1), {1, 4}));
  EXPECT_FALSE(both(domain, attestation(2), {1, 2}));
  EXPECT_FALSE(both({domain.chain_id + 1, domain.verifier}, attestation(1), {1, 2}));
  EXPECT_FALSE(both({domain.chain_id, deployed.verifier}, attestation(1), {1, 2}));
  // Random damage: both sides say the same about each.
  const Attestation a = attestation(1);
  const Bytes good = signed_by(domain, a, {1, 2});
  for (int i = 0; i < 60; ++i) {
    Bytes bad = good;
    bad[random() % bad.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    EXPECT_EQ(accepted(domain, a.claim, bad), check_attested(domain, a.claim, bad, *keys).ok()) << hex(bad);
  }
}

TEST_F(AttestedVerifierTest, IsDeployedOnceAndFoundAgain) {
  DeployPlan without = plan();
  without.verifier_keys.clear();
  const Deployment before = deploy_now(without);
  EXPECT_FALSE(before.attested_verifier.has_value());
  const Deployment added = deploy_now(plan());
  EXPECT_EQ(added.submission, before.submission);
  ASSERT_TRUE(added.attested_verifier.has_value());
  EXPECT_EQ(deploy_now(plan()).attested_verifier, added.attested_verifier);
  DeployPlan other = plan();
  other.verifier_threshold = 3;
  const auto refused = deploy(node, dev_key(0), other, dir / "deployment.json");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::conflict);
}

TEST_F(AttestedVerifierTest, AnotherContractHasNoKeySet) {
  const Deployment deployed = deploy_now(plan());
  EXPECT_EQ(read_key_set(node, deployed.verifier).error().code, Code::not_found);
  EXPECT_EQ(read_key_set(node, dev_key(9).address()).error().code, Code::not_found);
}

}  // namespace
}  // namespace cairn::chain
