// A sequence through all computing stages, in any order in which its tasks can run.
#include <gtest/gtest.h>

#include <random>

#include "chain/sender_row.h"
#include "tests/unit/stages/pool.h"
#include "tests/unit/stages/tree_backend.h"

namespace cairn::stages {
namespace {

using samples::Pool;
using samples::TreeBackend;

/// Batch i has counts[i] segments.
Submission sequence(const std::vector<std::uint64_t>& counts) {
  Submission s = samples::submission(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    s.inputs[i] = R"({"batch":)" + std::to_string(i) + R"(,"segments":)" + std::to_string(counts[i]) + "}";
  }
  return s;
}

class Sequence : public ::testing::Test {
 protected:
  /// All that is left to do is the commitment of the proof with all labels in order.
  void expect_commitment(Pool& pool, const std::vector<std::uint64_t>& counts) {
    const Submission s = sequence(counts);
    Bytes proof;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      for (std::uint64_t k = 0; k < counts[i]; ++k) append(proof, view(TreeBackend::label(i, k)));
    }
    append(proof, s.claim);
    const auto left = pool.commitments();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].id, group_of(s) + "/h/0000");
    EXPECT_EQ(left[0].height, s.start_height);
    EXPECT_EQ(left[0].group, group_of(s));
    const auto row = chain::sender::planned_row(s.sequence_id, s.claim, proof);
    EXPECT_EQ(left[0].payload, chain::sender::encode(row));
    EXPECT_EQ(pool.dead(), 0u);
  }

  void expect_proof_in_order(const std::vector<std::uint64_t>& counts, std::uint64_t seed) {
    Pool pool(services_, seed);
    EXPECT_EQ(pool.enqueue(ingest_task(sequence(counts))), pipeline::Admission::accepted);
    pool.run();
    if (HasFatalFailure()) return;
    std::uint64_t segments = 0;
    for (const std::uint64_t count : counts) segments += count;
    EXPECT_EQ(pool.done("ingest"), 1u);
    EXPECT_EQ(pool.done("split"), counts.size());
    EXPECT_EQ(pool.done("prove"), segments);
    EXPECT_EQ(pool.done("aggregate"), segments - 1 + 1) << "all joins, and the final one";
    expect_commitment(pool, counts);
  }

  TreeBackend backend_;
  Backends backends_ = {{"tree", &backend_}};
  Services services_ = [this] {
    Services s;
    s.catalog = &samples::catalog;
    s.backends = &backends_;
    return s;
  }();
};

TEST_F(Sequence, OfOneSegmentNeedsNoJoin) { expect_proof_in_order({1}, 1); }

TEST_F(Sequence, OfEveryCountOfBatchesIsJoinedInHeightOrder) {
  for (std::size_t batches = 1; batches <= limits::batches_max; ++batches) {
    expect_proof_in_order(std::vector<std::uint64_t>(batches, 1), batches);
  }
}

TEST_F(Sequence, OfEveryCountOfSegmentsIsJoinedInSegmentOrder) {
  for (std::uint64_t segments = 1; segments <= 66; ++segments) {
    expect_proof_in_order({segments}, segments);
  }
  for (const std::uint64_t segments : {127, 128, 129, 255, 257, 511, 513, 767, 1023, 1024}) {
    expect_proof_in_order({segments}, segments);
  }
}

TEST_F(Sequence, OfAnyShapeInAnyOrderGivesTheSameProof) {
  std::mt19937_64 random(20240611);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::uint64_t> counts(1 + random() % 12);
    for (auto& count : counts) count = 1 + random() % 40;
    expect_proof_in_order(counts, random());
  }
}

TEST_F(Sequence, SurvivesTheLossOfStoredValues) {
  std::mt19937_64 random(20240612);
  std::size_t damages = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<std::uint64_t> counts(1 + random() % 6);
    for (auto& count : counts) count = 1 + random() % 20;
    Pool pool(services_, random());
    pool.lose_values(0.1);
    pool.enqueue(ingest_task(sequence(counts)));
    pool.run();
    damages += pool.damages();
    expect_commitment(pool, counts);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(damages, 40u);
}

TEST_F(Sequence, SubmittedTwiceIsADuplicateByWhateverWay) {
  Pool pool(services_, 1);
  const Submission s = sequence({1, 2});
  const auto produced = make_admit(samples::catalog)(view(samples::line(s)));
  const auto attached = parse_attached(attach(samples::line(s, false)), s.sequence_id, samples::catalog);
  ASSERT_TRUE(produced.ok() && attached.ok());
  EXPECT_EQ(pool.enqueue(*produced), pipeline::Admission::accepted);
  EXPECT_EQ(pool.enqueue(ingest_task(*attached)), pipeline::Admission::duplicate);
  pool.run();
  EXPECT_EQ(pool.enqueue(*produced), pipeline::Admission::duplicate);
  pool.run();
  EXPECT_EQ(pool.commitments().size(), 1u);
}

TEST_F(Sequence, TellsPeopleWhatBecameOfIt) {
  Pool pool(services_, 1);
  const Submission s = sequence({1, 3});
  pool.enqueue(ingest_task(s));
  pool.run();
  const auto facts = pool.group(group_of(s)).facts;
  EXPECT_EQ(facts.at("batches"), "2");
  EXPECT_EQ(facts.at("segments.0"), "1");
  EXPECT_EQ(facts.at("segments.1"), "3");
  EXPECT_EQ(facts.at("proof_bytes"), std::to_string(4 * 4 + 32));
}

TEST_F(Sequence, RunAgainGivesTheSameTasks) {
  const auto spec = ingest_task(samples::submission(3, 5));
  samples::Watch watch;
  const auto ingest = make_stage("ingest", services_);
  const auto split = make_stage("split", services_);
  const auto once = ingest->process(samples::leased(spec), watch);
  const auto twice = ingest->process(samples::leased(spec), watch);
  ASSERT_TRUE(once.ok() && twice.ok());
  EXPECT_EQ(once->emits, twice->emits);
  const auto batch = samples::leased(once->emits.back());
  EXPECT_EQ(split->process(batch, watch)->emits, split->process(batch, watch)->emits);
}

}  // namespace
}  // namespace cairn::stages
