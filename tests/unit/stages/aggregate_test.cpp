#include "stages/aggregate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain/sender_row.h"
#include "stages/payload.h"
#include "tests/unit/stages/samples.h"
#include "tests/unit/stages/tree_backend.h"

namespace cairn::stages {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

/// Final proofs and verdicts as told.
class Finisher : public samples::TreeBackend {
 public:
  Result<Bytes> finalize(std::string_view, ByteView, const Digest32&, prover::Control& c) override {
    c.progress(0.5);
    return proof;
  }
  Status verify(std::string_view, const Digest32&, ByteView, prover::Control& c) override {
    c.progress(0.5);
    return verdict;
  }
  Result<Bytes> join(std::string_view, ByteView left, ByteView right, prover::Control& c) override {
    return joined ? *joined : samples::TreeBackend::join("", left, right, c);
  }
  Result<Bytes> proof = copy("proof");
  Status verdict;
  std::optional<Result<Bytes>> joined;
};

pipeline::Task task(std::optional<FinalProof> last, std::vector<Bytes> inputs) {
  pipeline::TaskSpec spec;
  spec.id = last ? "g/f" : "g/k/01/0000";
  spec.stage = "aggregate";
  spec.height = 7;
  spec.group = "g";
  spec.payload = encode(AggregatePayload{"tree", "labels", last});
  return samples::leased(spec, std::move(inputs));
}

pipeline::Task join_task() { return task(std::nullopt, {copy("left;"), copy("right;")}); }
const FinalProof last = {samples::digest(0xc1), samples::digest(0x5e)};
pipeline::Task final_task() { return task(last, {copy("joined;")}); }

Result<pipeline::Outcome> aggregate(const pipeline::Task& task, Finisher& backend) {
  samples::Watch watch;
  return make_aggregate({{"tree", &backend}})(task, watch);
}

TEST(Aggregate, JoinsLeftBeforeRight) {
  Finisher backend;
  const auto outcome = aggregate(join_task(), backend);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  EXPECT_EQ(outcome->output, copy("left;right;"));
  EXPECT_TRUE(outcome->emits.empty());
}

TEST(Aggregate, PlansTheCommitmentOfAVerifiedProof) {
  Finisher backend;
  const auto outcome = aggregate(final_task(), backend);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  EXPECT_TRUE(outcome->output.empty());
  ASSERT_EQ(outcome->emits.size(), 1u);
  const pipeline::TaskSpec& commit = outcome->emits[0];
  EXPECT_TRUE(pipeline::check(commit).ok());
  EXPECT_EQ(commit.id, "g/h/0000");
  EXPECT_EQ(commit.stage, "hash_commit");
  EXPECT_EQ(commit.height, 7u);
  EXPECT_EQ(commit.group, "g");
  EXPECT_EQ(commit.payload,
            chain::sender::encode(chain::sender::planned_row(last.sequence_id, last.claim, copy("proof"))));
  EXPECT_THAT(outcome->facts, Contains(Pair("proof_bytes", "5")));
}

TEST(Aggregate, ProofThatDoesNotVerifyFailsAndIsNotCommitted) {
  for (const Code code : {Code::invalid_input, Code::failed, Code::corrupt, Code::conflict}) {
    Finisher backend;
    backend.verdict = Error{code, "pairing check"};
    const auto outcome = aggregate(final_task(), backend);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, Code::failed);
    EXPECT_THAT(outcome.error().what, HasSubstr("does not verify: pairing check"));
  }
}

TEST(Aggregate, VerifierThatDidNotFinishSaysNothingAboutTheProof) {
  for (const Code code : {Code::timeout, Code::unavailable, Code::exhausted, Code::cancelled}) {
    Finisher backend;
    backend.verdict = Error{code, "why"};
    EXPECT_EQ(aggregate(final_task(), backend).error().code, code);
  }
}

TEST(Aggregate, ErrorsOfTheBackendArePassedOn) {
  for (const Code code : {Code::invalid_input, Code::failed, Code::timeout, Code::exhausted, Code::cancelled,
                          Code::unavailable}) {
    Finisher backend;
    backend.proof = Error{code, "why"};
    backend.joined = Error{code, "why"};
    EXPECT_EQ(aggregate(final_task(), backend).error().code, code);
    EXPECT_EQ(aggregate(join_task(), backend).error().code, code);
  }
}

TEST(Aggregate, ProofsAreBounded) {
  Finisher backend;
  backend.joined = Bytes(proof_part_bytes_max + 1);
  EXPECT_EQ(aggregate(join_task(), backend).error().code, Code::failed);
  backend.proof = Bytes(chain::sender::proof_bytes_max + 1);
  EXPECT_EQ(aggregate(final_task(), backend).error().code, Code::invalid_input);
  backend.proof = Bytes(chain::sender::proof_bytes_max);
  EXPECT_TRUE(aggregate(final_task(), backend).ok());
}

TEST(Aggregate, WrongCountOfInputsIsCorrupt) {
  Finisher backend;
  for (const std::size_t count : {0, 1, 3}) {
    EXPECT_EQ(aggregate(task(std::nullopt, std::vector<Bytes>(count)), backend).error().code, Code::corrupt);
  }
  for (const std::size_t count : {0, 2}) {
    EXPECT_EQ(aggregate(task(last, std::vector<Bytes>(count)), backend).error().code, Code::corrupt);
  }
}

TEST(Aggregate, ProgressOfTheFinalTaskOnlyRises) {
  Finisher backend;
  samples::Watch watch;
  ASSERT_TRUE(make_aggregate({{"tree", &backend}})(final_task(), watch).ok());
  ASSERT_EQ(watch.shares.size(), 2u);
  EXPECT_LT(watch.shares[0], watch.shares[1]);
  EXPECT_LE(watch.shares[1], 1);
}

TEST(Aggregate, WithoutTheBackendIsForAnotherWorker) {
  samples::Watch watch;
  EXPECT_EQ(make_aggregate({})(join_task(), watch).error().code, Code::unavailable);
}

}  // namespace
}  // namespace cairn::stages
