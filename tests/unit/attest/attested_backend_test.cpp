#include "attest/attested_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/process.h"
#include "tests/unit/attest/samples.h"
#include "tests/unit/stages/tree_backend.h"

namespace cairn::attest {
namespace {

using ::testing::HasSubstr;
using namespace samples;
using stages::samples::TreeBackend;

struct Quiet : prover::Control {
  bool cancelled() const override { return false; }
  void progress(double) override {}
};

/// Makes proofs that do not verify.
struct LyingBackend : TreeBackend {
  Result<Bytes> finalize(std::string_view, ByteView joined, const Digest32&, prover::Control&) override {
    return copy(joined);
  }
};

class AttestedBackendTest : public testing::Test {
 protected:
  std::unique_ptr<prover::ProverBackend> wrap(prover::ProverBackend& backend) {
    return make_attested_backend(backend, store, attester);
  }
  Attester::Options counting() {
    Attester::Options out = options(2);
    out.key_set = [this] {
      ++asked;
      return key_set(2);
    };
    return out;
  }

  int asked = 0;
  test::TempDir dir;
  ProofStore store = ProofStore::open(dir / "proofs", {1 << 20, 1 << 24}).value();
  Attester attester{counting(), keys({1, 2})};
  TreeBackend tree;
  Quiet quiet;
  Digest32 claim = sha256(view("claim"));
  Bytes joined = Bytes(500'000, 9);  // larger than any transaction
};

TEST_F(AttestedBackendTest, SubmitsAnAttestationOfTheProofThatItStored) {
  const auto backend = wrap(tree);
  const Bytes big = tree.finalize("p", joined, claim, quiet).value();
  const auto submitted = backend->finalize("p", joined, claim, quiet);
  ASSERT_TRUE(submitted.ok()) << submitted.error().what;
  EXPECT_LT(submitted->size(), 1024u);
  EXPECT_EQ(store.get(sha256(big)).value(), big);
  const auto attested = chain::check_attested(domain(), claim, *submitted, key_set(2));
  ASSERT_TRUE(attested.ok()) << attested.error().what;
  EXPECT_EQ(attested->proof_digest, sha256(big));
  EXPECT_EQ(attested->uri, "https://example.org/proofs/" + hex(sha256(big)));
  EXPECT_TRUE(backend->verify("p", claim, *submitted, quiet).ok());
}

TEST_F(AttestedBackendTest, SignsNothingThatDoesNotVerify) {
  LyingBackend lying;
  const auto refused = wrap(lying)->finalize("p", joined, claim, quiet);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().what, HasSubstr("not attested"));
  EXPECT_EQ(asked, 0) << "nobody was asked to sign";
  EXPECT_EQ(store.stored_bytes().value(), 0u);
}

TEST_F(AttestedBackendTest, SignsNothingThatCouldNotBeStored) {
  const ProofStore small = ProofStore::open(dir / "small", {1 << 20, 100}).value();
  const auto full = make_attested_backend(tree, small, attester)->finalize("p", joined, claim, quiet);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::exhausted);
  EXPECT_EQ(asked, 0);
}

TEST_F(AttestedBackendTest, AGoodSignatureOfABadProofDoesNotVerify) {
  const auto backend = wrap(tree);
  const Digest32 bad = store.put(view("not a proof")).value();
  const Bytes attested = attester.attest(claim, bad, never).value();
  EXPECT_FALSE(backend->verify("p", claim, attested, quiet).ok());
  const Bytes nowhere = attester.attest(claim, sha256(view("never stored")), never).value();
  EXPECT_EQ(backend->verify("p", claim, nowhere, quiet).error().code, Code::not_found);
}

TEST_F(AttestedBackendTest, WithoutTheSignaturesTheProofDoesNotVerify) {
  const auto backend = wrap(tree);
  const Bytes submitted = backend->finalize("p", joined, claim, quiet).value();
  Bytes forged = submitted;
  forged[forged.size() - 40] ^= 1;
  EXPECT_FALSE(backend->verify("p", claim, forged, quiet).ok());
  EXPECT_FALSE(backend->verify("p", sha256(view("other")), submitted, quiet).ok());
  EXPECT_FALSE(backend->verify("p", claim, tree.finalize("p", joined, claim, quiet).value(), quiet).ok());
}

TEST_F(AttestedBackendTest, LeavesTheOtherStepsAsTheyAre) {
  const auto backend = wrap(tree);
  const Bytes input = copy(R"({"batch":1,"segments":3})");
  EXPECT_EQ(backend->split("p", input, quiet).value(), tree.split("p", input, quiet).value());
  EXPECT_EQ(backend->prove("p", view("1.0;"), quiet).value(), copy("1.0;"));
  EXPECT_EQ(backend->join("p", view("a"), view("b"), quiet).value(), copy("ab"));
}

}  // namespace
}  // namespace cairn::attest
