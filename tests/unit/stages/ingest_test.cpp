#include "stages/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/payload.h"
#include "stages/stages.h"
#include "tests/unit/stages/samples.h"

namespace cairn::stages {
namespace {

using samples::leased;
using samples::submission;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

Result<pipeline::Outcome> ingest(const pipeline::Task& task, const Catalog& catalog) {
  samples::Watch watch;
  return make_ingest(catalog, std::nullopt)(task, watch);
}

TEST(Ingest, PlansOneBatchWithoutJoins) {
  const Submission s = submission(1);
  const auto outcome = ingest(leased(ingest_task(s)), samples::catalog);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  const std::string group = group_of(s);
  ASSERT_EQ(outcome->emits.size(), 2u);

  const pipeline::TaskSpec& last = outcome->emits[0];
  EXPECT_EQ(last.id, group + "/f");
  EXPECT_EQ(last.stage, "aggregate");
  EXPECT_EQ(last.waits_on, 1u);
  EXPECT_EQ(last.feed, std::nullopt);
  EXPECT_EQ(decode_aggregate(last.payload)->last, (FinalProof{s.claim, s.sequence_id}));

  const pipeline::TaskSpec& split = outcome->emits[1];
  EXPECT_EQ(split.id, group + "/s/0000");
  EXPECT_EQ(split.stage, "split");
  EXPECT_EQ(split.waits_on, 0u);
  EXPECT_EQ(*decode_split(split.payload),
            (SplitPayload{"tree", "labels", 0, s.inputs[0], {group + "/f", 0}}));
}

TEST(Ingest, PlansTheJoinsOfThreeBatchesParentsFirst) {
  const Submission s = submission(3);
  const auto outcome = ingest(leased(ingest_task(s)), samples::catalog);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  const std::string group = group_of(s);
  std::vector<std::string> ids;
  for (const auto& spec : outcome->emits) {
    ids.push_back(spec.id.substr(group.size()));
    EXPECT_EQ(spec.group, group);
    EXPECT_EQ(spec.height, s.start_height);
    EXPECT_EQ(spec.needs, s.backend);
  }
  EXPECT_EQ(ids,
            (std::vector<std::string>{"/f", "/k/02/0000", "/k/01/0000", "/s/0000", "/s/0001", "/s/0002"}));
  EXPECT_EQ(outcome->emits[1].feed, (pipeline::Feed{group + "/f", 0}));
  EXPECT_EQ(outcome->emits[1].waits_on, 2u);
  EXPECT_EQ(outcome->emits[2].feed, (pipeline::Feed{group + "/k/02/0000", 0}));
  EXPECT_EQ(decode_split(outcome->emits[4].payload)->feed, (pipeline::Feed{group + "/k/01/0000", 1}));
  EXPECT_EQ(decode_split(outcome->emits[5].payload)->feed, (pipeline::Feed{group + "/k/02/0000", 1}));
}

TEST(Ingest, TellsPeopleWhatTheSequenceIs) {
  const Submission s = submission(3);
  const auto outcome = ingest(leased(ingest_task(s)), samples::catalog);
  ASSERT_TRUE(outcome.ok());
  EXPECT_THAT(outcome->facts, Contains(Pair("backend", "tree")));
  EXPECT_THAT(outcome->facts, Contains(Pair("program", "labels")));
  EXPECT_THAT(outcome->facts, Contains(Pair("start_height", "100")));
  EXPECT_THAT(outcome->facts, Contains(Pair("end_height", "102")));
  EXPECT_THAT(outcome->facts, Contains(Pair("batches", "3")));
  EXPECT_THAT(outcome->facts, Contains(Pair("claim", "0x" + hex(s.claim))));
  EXPECT_THAT(outcome->facts, Contains(Pair("sequence_id", "0x" + hex(s.sequence_id))));
}

TEST(Ingest, ProgramGoneSinceAdmissionIsInvalidInput) {
  const auto outcome = ingest(leased(ingest_task(submission(1))), Catalog{{"tree", {"renamed"}}});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::invalid_input);
  EXPECT_THAT(outcome.error().what, HasSubstr("\"program\" is unknown: \"labels\""));
}

TEST(Ingest, PayloadOfAnotherGroupIsCorrupt) {
  pipeline::TaskSpec spec = ingest_task(submission(1));
  spec.group = group_of(submission(2));
  EXPECT_EQ(ingest(leased(spec), samples::catalog).error().code, Code::corrupt);
}

TEST(Ingest, PayloadOfAnotherKindIsCorrupt) {
  pipeline::TaskSpec spec = ingest_task(submission(1));
  spec.payload = encode(ProvePayload{"tree", "labels", {}});
  EXPECT_EQ(ingest(leased(spec), samples::catalog).error().code, Code::corrupt);
}

TEST(Ingest, FollowTaskWithoutAChainIsForAnotherWorker) {
  const auto outcome = ingest(leased(follow_task({}, 7)), samples::catalog);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::unavailable);
}

}  // namespace
}  // namespace cairn::stages
