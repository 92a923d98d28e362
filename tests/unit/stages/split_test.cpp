#include "stages/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/payload.h"
#include "tests/unit/stages/samples.h"
#include "tests/unit/stages/tree_backend.h"

namespace cairn::stages {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

pipeline::Task split_task(std::uint64_t segments) {
  pipeline::TaskSpec spec;
  spec.id = "g/s/0002";
  spec.stage = "split";
  spec.height = 7;
  spec.group = "g";
  spec.payload = encode(SplitPayload{
      "tree", "labels", 2, R"({"batch":2,"segments":)" + std::to_string(segments) + "}", {"g/k/01/0001", 1}});
  return samples::leased(spec);
}

Result<pipeline::Outcome> split(const pipeline::Task& task, prover::ProverBackend& backend) {
  samples::Watch watch;
  return make_split({{"tree", &backend}})(task, watch);
}

Result<pipeline::Outcome> split_into(std::uint64_t segments) {
  samples::TreeBackend backend;
  return split(split_task(segments), backend);
}

/// Cuts everything into the segments it was made with.
class Cutter : public samples::TreeBackend {
 public:
  explicit Cutter(Result<std::vector<Bytes>> segments) : segments_(std::move(segments)) {}
  Result<std::vector<Bytes>> split(std::string_view, ByteView, prover::Control&) override {
    return segments_;
  }

 private:
  Result<std::vector<Bytes>> segments_;
};

TEST(Split, OneSegmentFeedsWhereTheBatchGoes) {
  const auto outcome = split_into(1);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  ASSERT_EQ(outcome->emits.size(), 1u);
  const pipeline::TaskSpec& prove = outcome->emits[0];
  EXPECT_EQ(prove.id, "g/p/0002/00000");
  EXPECT_EQ(prove.stage, "prove");
  EXPECT_EQ(prove.height, 7u);
  EXPECT_EQ(prove.group, "g");
  EXPECT_EQ(prove.feed, (pipeline::Feed{"g/k/01/0001", 1}));
  EXPECT_EQ(*decode_prove(prove.payload), (ProvePayload{"tree", "labels", copy("2.0;")}));
}

TEST(Split, RootOfTheJoinsFeedsWhereTheBatchGoes) {
  const auto outcome = split_into(3);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  std::vector<std::string> ids;
  for (const auto& spec : outcome->emits) {
    ids.push_back(spec.id);
    EXPECT_EQ(spec.needs, "tree");
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"g/j/0002/02/00000", "g/j/0002/01/00000", "g/p/0002/00000",
                                           "g/p/0002/00001", "g/p/0002/00002"}));
  EXPECT_EQ(outcome->emits[0].feed, (pipeline::Feed{"g/k/01/0001", 1}));
  EXPECT_EQ(outcome->emits[0].stage, "aggregate");
  EXPECT_EQ(outcome->emits[1].feed, (pipeline::Feed{"g/j/0002/02/00000", 0}));
  EXPECT_EQ(outcome->emits[4].feed, (pipeline::Feed{"g/j/0002/02/00000", 1}));
  EXPECT_THAT(outcome->facts, Contains(Pair("segments.2", "3")));
}

TEST(Split, MostSegmentsFitIntoOneOutcome) {
  const auto outcome = split_into(segments_max);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  EXPECT_EQ(outcome->emits.size(), 2 * segments_max - 1);
}

TEST(Split, MoreSegmentsThanFitAreInvalidInput) {
  const auto outcome = split_into(segments_max + 1);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::invalid_input);
  EXPECT_THAT(outcome.error().what, HasSubstr("1025 segments, at most 1024"));
}

TEST(Split, NoSegmentsIsAFailureOfTheBackend) { EXPECT_EQ(split_into(0).error().code, Code::failed); }

TEST(Split, SegmentsAreBoundedTogether) {
  Cutter most(std::vector{Bytes(segment_bytes_max - 1), Bytes(1)});
  const auto outcome = split(split_task(1), most);
  ASSERT_TRUE(outcome.ok()) << outcome.error().what;
  for (const auto& spec : outcome->emits) EXPECT_TRUE(pipeline::check(spec).ok());

  Cutter more(std::vector{Bytes(segment_bytes_max), Bytes(1)});
  EXPECT_EQ(split(split_task(1), more).error().code, Code::invalid_input);
}

TEST(Split, ErrorsOfTheBackendArePassedOn) {
  for (const Code code : {Code::invalid_input, Code::failed, Code::timeout, Code::exhausted, Code::cancelled,
                          Code::unavailable}) {
    Cutter cutter(Error{code, "exit code 3"});
    const auto outcome = split(split_task(1), cutter);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, code);
    EXPECT_THAT(outcome.error().what, HasSubstr("exit code 3"));
  }
}

TEST(Split, WithoutTheBackendIsForAnotherWorker) {
  samples::Watch watch;
  samples::TreeBackend other;
  const auto outcome = make_split({{"other", &other}})(split_task(1), watch);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::unavailable);
  EXPECT_THAT(outcome.error().what, HasSubstr("no backend \"tree\"; it has: other"));
}

}  // namespace
}  // namespace cairn::stages
