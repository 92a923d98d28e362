#include "chain/attestation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "chain/abi.h"
#include "chain/dev_keys.h"

namespace cairn::chain {
namespace {

using ::testing::HasSubstr;

const AttestationDomain domain{31337, parse_address("0x5FbDB2315678afecb367f032d93F642f64180aa3").value()};

Attestation sample() {
  Attestation out;
  out.set = 3;
  out.claim = sha256(view("claim"));
  out.proof_digest = sha256(view("proof"));
  out.uri = "https://proofs.example.org/proofs/" + hex(out.proof_digest);
  return out;
}

/// Two of the first four development keys.
KeySet key_set() {
  KeySet out{.set = 3, .threshold = 2};
  for (std::size_t i = 0; i < 4; ++i) out.keys.push_back(dev_key(i).address());
  std::ranges::sort(out.keys);
  return out;
}

Bytes proof_by(std::initializer_list<std::size_t> keys, const Attestation& attestation = sample()) {
  std::vector<KeySignature> signatures;
  for (const std::size_t i : keys) signatures.push_back(sign_attestation(domain, attestation, dev_key(i)));
  return encode_attested(attestation, std::move(signatures));
}

std::string why_refused(ByteView proof, const Attestation& attestation = sample(),
                        const KeySet& keys = key_set()) {
  const auto checked = check_attested(domain, attestation.claim, proof, keys);
  if (checked.ok()) return "";
  EXPECT_EQ(checked.error().code, Code::invalid_input);
  return checked.error().what;
}

TEST(Attestation, IsAcceptedInWhateverOrderItWasSigned) {
  const Bytes proof = proof_by({0, 1});
  EXPECT_EQ(proof, proof_by({1, 0}));
  const auto checked = check_attested(domain, sample().claim, proof, key_set());
  ASSERT_TRUE(checked.ok()) << checked.error().what;
  EXPECT_EQ(*checked, sample());
  EXPECT_EQ(why_refused(proof_by({3, 0, 2, 1})), "") << "more than the threshold";
}

TEST(Attestation, ComesBackFromItsBytes) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{31}, std::size_t{32},
                                 std::size_t{33}, attestation_uri_bytes_max}) {
    Attestation attestation = sample();
    attestation.uri = std::string(size, 'u');
    const auto decoded = decode_attested(attestation.claim, proof_by({2, 3}, attestation));
    ASSERT_TRUE(decoded.ok()) << decoded.error().what;
    EXPECT_EQ(decoded->attestation, attestation);
    EXPECT_EQ(decoded->signatures.size(), 2u);
  }
}

TEST(Attestation, NoBitOfItIsIgnored) {
  const Bytes proof = proof_by({0, 1});
  for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
    Bytes changed = proof;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_NE(why_refused(changed), "") << "bit " << bit;
  }
}

TEST(Attestation, CutOffOrLongerBytesAreRefused) {
  const Bytes proof = proof_by({0, 1});
  for (std::size_t size = 0; size < proof.size(); ++size) {
    EXPECT_FALSE(decode_attested(sample().claim, ByteView(proof).first(size)).ok()) << size;
  }
  Bytes longer = proof;
  longer.resize(proof.size() + 32);
  EXPECT_FALSE(decode_attested(sample().claim, longer).ok());
}

/// Offsets may point anywhere in an ABI encoding; the contract takes one place only.
TEST(Attestation, PartsInOtherPlacesAreRefused) {
  const Bytes proof = proof_by({0, 1});
  Bytes moved(proof.begin(), proof.begin() + 128);
  moved.resize(160);  // a gap
  append(moved, ByteView(proof).subspan(128));
  for (const std::size_t offset : {64 + 31, 96 + 31})
    moved[offset] = static_cast<std::uint8_t>(moved[offset] + 32);
  EXPECT_FALSE(decode_attested(sample().claim, moved).ok());
}

TEST(Attestation, EveryFieldIsSigned) {
  const Bytes proof = proof_by({0, 1});
  const auto decoded = decode_attested(sample().claim, proof);
  ASSERT_TRUE(decoded.ok());
  Attestation other = sample();
  other.claim = sha256(view("another"));
  EXPECT_THAT(why_refused(proof, other), HasSubstr("no verifier key"));
  const auto digest = attestation_digest(domain, sample());
  for (auto change : std::vector<std::function<void(Attestation&)>>{
           [](auto& a) { a.set = 4; }, [](auto& a) { a.claim[0] ^= 1; },
           [](auto& a) { a.proof_digest[31] ^= 1; }, [](auto& a) { a.uri += "/"; }}) {
    Attestation changed = sample();
    change(changed);
    EXPECT_NE(attestation_digest(domain, changed), digest);
  }
  EXPECT_NE(attestation_digest({domain.chain_id + 1, domain.verifier}, sample()), digest);
  EXPECT_NE(attestation_digest({domain.chain_id, dev_key(0).address()}, sample()), digest);
}

TEST(Attestation, TheSetDecidesWhoCounts) {
  EXPECT_THAT(why_refused(proof_by({0})), HasSubstr("1 signatures, of 2 to 4"));
  EXPECT_THAT(why_refused(proof_by({0, 5})), HasSubstr("no verifier key"));
  KeySet other = key_set();
  other.set = 4;
  EXPECT_THAT(why_refused(proof_by({0, 1}), sample(), other),
              HasSubstr("for set 3 of the verifier keys, not 4"));
}

TEST(Attestation, ASignatureTwiceOrOutOfOrderIsRefused) {
  std::vector<KeySignature> signatures = {sign_attestation(domain, sample(), dev_key(0)),
                                          sign_attestation(domain, sample(), dev_key(1))};
  std::ranges::sort(signatures, std::ranges::greater{}, &KeySignature::signer);
  const auto encode = [](const KeySignature& a, const KeySignature& b) {
    Bytes all = signature_bytes(a.signature);
    append(all, signature_bytes(b.signature));
    return abi::Encoder()
        .number(sample().set)
        .word(sample().proof_digest)
        .dynamic(view(sample().uri))
        .dynamic(all)
        .arguments();
  };
  EXPECT_THAT(why_refused(encode(signatures[0], signatures[1])), HasSubstr("out of order or twice"));
  EXPECT_THAT(why_refused(encode(signatures[0], signatures[0])), HasSubstr("out of order or twice"));
  EXPECT_EQ(why_refused(encode(signatures[1], signatures[0])), "");
}

TEST(Attestation, ASignatureIsSixtyFiveBytes) {
  const Signature signature = sign_attestation(domain, sample(), dev_key(0)).signature;
  Bytes bytes = signature_bytes(signature);
  ASSERT_EQ(bytes.size(), 65u);
  EXPECT_EQ(signature_bytes(parse_signature(bytes).value()), bytes);
  for (const int v : {0, 1, 26, 29, 255}) {
    bytes[64] = static_cast<std::uint8_t>(v);
    EXPECT_FALSE(parse_signature(bytes).ok()) << v;
  }
  EXPECT_FALSE(parse_signature(ByteView(bytes).first(64)).ok());
}

TEST(KeySet, IsReadFromWhatTheContractReturns) {
  const auto returned = [](std::uint64_t offset, std::uint64_t threshold, std::uint64_t keys_at,
                           std::uint64_t count) {
    abi::Encoder out;
    out.number(offset)
        .number(std::uint64_t{10})
        .number(UINT64_MAX)
        .number(threshold)
        .number(std::uint64_t{0});
    out.number(keys_at).number(count);
    for (std::size_t i = 0; i < 3; ++i) out.address(dev_key(i).address());
    return out.arguments();
  };
  const auto keys = decode_key_set(7, returned(32, 2, 160, 3));
  ASSERT_TRUE(keys.ok()) << keys.error().what;
  EXPECT_EQ(keys->set, 7u);
  EXPECT_EQ(keys->threshold, 2u);
  ASSERT_EQ(keys->keys.size(), 3u);
  EXPECT_EQ(keys->keys[2], dev_key(2).address());
  for (const Bytes& odd : {returned(64, 2, 160, 3), returned(32, 4, 160, 3), returned(32, 2, 128, 3),
                           returned(32, 2, 160, 2), returned(32, 2, 160, 4), returned(32, 70'000, 160, 3)}) {
    EXPECT_FALSE(decode_key_set(7, odd).ok());
  }
  const Bytes good = returned(32, 2, 160, 3);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_key_set(7, ByteView(good).first(size)).ok()) << size;
  }
}

}  // namespace
}  // namespace cairn::chain
