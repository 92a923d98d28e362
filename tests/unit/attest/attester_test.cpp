#include "attest/attester.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/attest/samples.h"

namespace cairn::attest {
namespace {

using ::testing::HasSubstr;
using namespace samples;

const Digest32 claim = sha256(view("claim"));
const Digest32 digest = sha256(view("proof"));

chain::Attestation attestation() { return {1, claim, digest, "https://example.org/proofs/" + hex(digest)}; }

std::string line_by(std::size_t key, const chain::Attestation& what = attestation()) {
  return signature_line(domain(), what, chain::sign_attestation(domain(), what, chain::dev_key(key)));
}

TEST(Attester, SignsWithAsManyOfItsKeysAsAreNeeded) {
  const Attester attester(options(2), keys({3, 1, 2}));
  const auto proof = attester.attest(claim, digest, never);
  ASSERT_TRUE(proof.ok()) << proof.error().what;
  EXPECT_EQ(chain::decode_attested(claim, *proof)->signatures.size(), 2u);
  EXPECT_EQ(attester.check(claim, *proof).value(), attestation());
  EXPECT_EQ(attester.attest(claim, digest, never).value(), *proof)
      << "the same every time: what is committed is revealed";
  EXPECT_FALSE(attester.check(digest, *proof).ok()) << "another claim";
}

TEST(Attester, KeysThatAreNotInTheSetDoNotSign) {
  const Attester attester(options(2), keys({1, 5, 6}));
  const auto proof = attester.attest(claim, digest, never);
  ASSERT_FALSE(proof.ok());
  EXPECT_EQ(proof.error().code, Code::unavailable);
  EXPECT_THAT(proof.error().what, HasSubstr("1 of 2 signatures"));
}

TEST(Attester, TheSameKeyTwiceCountsOnce) {
  EXPECT_FALSE(Attester(options(2), keys({1, 1})).attest(claim, digest, never).ok());
}

TEST(Attester, FollowsTheSetOfTheContract) {
  std::uint64_t set = 1;
  Attester::Options changing = options(2);
  changing.key_set = [&]() -> Result<chain::KeySet> { return key_set(2, set); };
  const Attester attester(changing, keys({1, 2}));
  const Bytes before = attester.attest(claim, digest, never).value();
  set = 2;
  EXPECT_FALSE(attester.check(claim, before).ok());
  EXPECT_EQ(chain::decode_attested(claim, attester.attest(claim, digest, never).value())->attestation.set,
            2u);
  changing.key_set = []() -> Result<chain::KeySet> { return Error{Code::timeout, "no node"}; };
  EXPECT_EQ(Attester(changing, keys({1, 2})).attest(claim, digest, never).error().code, Code::timeout);
}

TEST(Attester, TakesSignaturesThatOthersHaveLeft) {
  Attester::Options collecting = options(3);
  std::string wanted, asked;
  int looks = 0;
  collecting.wanted = [&](const chain::Attestation& what, const std::string& name) {
    EXPECT_EQ(what, attestation());
    wanted = name;
  };
  collecting.collect = [&](const std::string& name) -> std::vector<std::string> {
    asked = name;
    if (++looks == 1) return {line_by(2)};
    return {line_by(2), line_by(1), line_by(5), "nonsense", line_by(3)};
  };
  collecting.collect_ms = 60'000;
  const Attester attester(collecting, keys({1}));
  const auto proof = attester.attest(claim, digest, never);
  ASSERT_TRUE(proof.ok()) << proof.error().what;
  EXPECT_EQ(looks, 2) << "until there are enough";
  EXPECT_EQ(asked, hex(chain::attestation_digest(domain(), attestation())));
  EXPECT_EQ(wanted, asked);
  EXPECT_TRUE(attester.check(claim, *proof).ok());
}

TEST(Attester, TakesNoMoreSignaturesThanAreWanted) {
  Attester::Options collecting = options(2);
  collecting.collect = [](const std::string&) { return std::vector<std::string>{line_by(2), line_by(3)}; };
  const auto proof = Attester(collecting, keys({1})).attest(claim, digest, never);
  ASSERT_TRUE(proof.ok()) << proof.error().what << ": what is there is looked at before the time is over";
  EXPECT_EQ(chain::decode_attested(claim, *proof)->signatures.size(), 2u);
}

TEST(Attester, AsksNobodyWhenItsOwnKeysAreEnough) {
  int asked = 0;
  Attester::Options alone = options(2);
  alone.wanted = [&](const chain::Attestation&, const std::string&) { ++asked; };
  EXPECT_TRUE(Attester(alone, keys({1, 2})).attest(claim, digest, never).ok());
  EXPECT_EQ(asked, 0);
}

TEST(Attester, GivesUpWhenItIsCancelledOrTheTimeIsOver) {
  Attester::Options collecting = options(2);
  collecting.collect = [](const std::string&) { return std::vector<std::string>{line_by(9)}; };
  const Attester patient(
      [&] {
        auto o = collecting;
        o.collect_ms = 3'600'000;
        return o;
      }(),
      keys({1}));
  EXPECT_EQ(patient.attest(claim, digest, [] { return true; }).error().code, Code::cancelled);
  EXPECT_EQ(Attester(collecting, keys({1})).attest(claim, digest, never).error().code, Code::unavailable);
}

TEST(Attester, AnAddressThatIsTooLongIsSaid) {
  Attester::Options far = options(1);
  far.uri_prefix = [] { return std::string(chain::attestation_uri_bytes_max - 63, 'u'); };
  EXPECT_EQ(Attester(far, keys({1})).attest(claim, digest, never).error().code, Code::invalid_input);
}

TEST(SignatureLine, IsTakenForExactlyWhatItSigns) {
  const auto taken = parse_signature_line(line_by(2), domain(), attestation());
  ASSERT_TRUE(taken.ok()) << taken.error().what;
  EXPECT_EQ(taken->signer, chain::dev_key(2).address());
  chain::Attestation other = attestation();
  other.claim[0] ^= 1;
  EXPECT_FALSE(parse_signature_line(line_by(2, other), domain(), attestation()).ok());
  for (const char* field :
       {"chain_id", "verifier", "set", "claim", "proof_digest", "uri", "signer", "signature"}) {
    Json json = Json::parse(line_by(2));
    json.erase(field);
    EXPECT_FALSE(parse_signature_line(json.dump(), domain(), attestation()).ok()) << field;
  }
  Json json = Json::parse(line_by(2));
  json["signer"] = chain::address_text(chain::dev_key(3).address());
  EXPECT_FALSE(parse_signature_line(json.dump(), domain(), attestation()).ok()) << "in another's name";
  json = Json::parse(line_by(2));
  json["more"] = 1;
  EXPECT_FALSE(parse_signature_line(json.dump(), domain(), attestation()).ok());
  EXPECT_FALSE(parse_signature_line(std::string(5000, ' '), domain(), attestation()).ok());
}

}  // namespace
}  // namespace cairn::attest
