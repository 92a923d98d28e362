#include "stages/prove.h"

#include <gtest/gtest.h>

#include "stages/payload.h"
#include "tests/unit/stages/samples.h"
#include "tests/unit/stages/tree_backend.h"

namespace cairn::stages {
namespace {

class Prover : public samples::TreeBackend {
 public:
  explicit Prover(Result<Bytes> proof) : proof_(std::move(proof)) {}
  Result<Bytes> prove(std::string_view program, ByteView segment, prover::Control& c) override {
    called_with = std::string(program) + ":" + std::string(text(segment));
    c.progress(0.25);
    if (c.cancelled()) return Error{Code::cancelled, "stopped"};
    return proof_;
  }
  std::string called_with;

 private:
  Result<Bytes> proof_;
};

pipeline::Task prove_task() {
  pipeline::TaskSpec spec;
  spec.id = "g/p/0000/00000";
  spec.stage = "prove";
  spec.group = "g";
  spec.payload = encode(ProvePayload{"tree", "labels", copy("segment")});
  return samples::leased(spec);
}

TEST(Prove, GivesTheBackendsProof) {
  Prover backend(copy("proof"));
  samples::Watch watch;
  const auto outcome = make_prove({{"tree", &backend}})(prove_task(), watch);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  EXPECT_EQ(outcome->output, copy("proof"));
  EXPECT_TRUE(outcome->emits.empty());
  EXPECT_EQ(backend.called_with, "labels:segment");
  EXPECT_EQ(watch.shares, std::vector<double>{0.25});
}

TEST(Prove, StopsWhenTheResultIsNotWanted) {
  Prover backend(copy("proof"));
  samples::Watch watch;
  watch.stop = true;
  EXPECT_EQ(make_prove({{"tree", &backend}})(prove_task(), watch).error().code, Code::cancelled);
}

TEST(Prove, ErrorsOfTheBackendArePassedOn) {
  for (const Code code :
       {Code::invalid_input, Code::failed, Code::timeout, Code::exhausted, Code::unavailable}) {
    Prover backend(Error{code, "why"});
    samples::Watch watch;
    EXPECT_EQ(make_prove({{"tree", &backend}})(prove_task(), watch).error().code, code);
  }
}

TEST(Prove, ProofTooLargeToJoinIsAFailure) {
  samples::Watch watch;
  Prover most{Bytes(proof_part_bytes_max)};
  EXPECT_TRUE(make_prove({{"tree", &most}})(prove_task(), watch).ok());
  Prover more{Bytes(proof_part_bytes_max + 1)};
  EXPECT_EQ(make_prove({{"tree", &more}})(prove_task(), watch).error().code, Code::failed);
}

TEST(Prove, WithoutTheBackendIsForAnotherWorker) {
  samples::Watch watch;
  EXPECT_EQ(make_prove({})(prove_task(), watch).error().code, Code::unavailable);
  EXPECT_EQ(make_prove({{"tree", nullptr}})(prove_task(), watch).error().code, Code::unavailable);
}

}  // namespace
}  // namespace cairn::stages
