#include "cli/stage_times.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

using pipeline::TaskRecord, pipeline::TaskState;

TaskRecord task(std::string stage, std::uint64_t since_ms, std::string worker,
                TaskState state = TaskState::done) {
  TaskRecord out;
  out.stage = std::move(stage);
  out.since_ms = since_ms;
  out.worker = std::move(worker);
  out.state = state;
  return out;
}

pipeline::GroupRecord sequence() {
  pipeline::GroupRecord out;
  out.begun_ms = 1'000;
  return out;
}

/// Two batches of two segments each, whose second is cut while the first is proved. In the order of the
/// store: by stage.
std::vector<TaskRecord> tasks() {
  return {task("aggregate", 9'000, "aggregate-w0"),
          task("aggregate", 12'600, "aggregate-w1"),
          task("hash_commit", 15'000, "hash_commit-w0"),
          task("ingest", 1'020, "ingest-w0"),
          task("prove", 4'000, "prove-w0"),
          task("prove", 5'000, "prove-w1"),
          task("prove", 12'000, "prove-w0"),
          task("prove", 8'000, "prove-w2"),
          task("resend", 20'000, "resend-w0", TaskState::cancelled),
          task("reveal", 27'000, "reveal-w0"),
          task("split", 1'500, "split-w0"),
          task("split", 3'000, "split-w1")};
}

TEST(StageTimes, EachStageTakesFromWhenItCouldBeginUntilItsLastTaskIsDone) {
  const auto times = stage_times(sequence(), tasks());
  ASSERT_EQ(times.size(), 6u);
  const auto expect = [&](std::size_t i, const std::string& stage, std::uint64_t ms, std::size_t count,
                          std::size_t workers) {
    EXPECT_EQ(times[i].stage, stage);
    EXPECT_EQ(times[i].ms, ms) << stage;
    EXPECT_EQ(times[i].tasks, count) << stage;
    EXPECT_EQ(times[i].workers, workers) << stage;
  };
  expect(0, "ingest", 20, 1, 1);
  expect(1, "split", 1'980, 2, 2);
  expect(2, "prove", 10'500, 4, 3);  // from the first batch's split on, while the second is still split
  expect(3, "aggregate", 600, 2, 2);
  expect(4, "hash_commit", 2'400, 1, 1);
  expect(5, "reveal", 12'000, 1, 1);
  EXPECT_EQ(times[3].ended_ms, 12'600u);
}

TEST(StageTimes, EndAtTheFirstStageThatIsNotDone) {
  auto some = tasks();
  some[5].state = TaskState::leased;
  EXPECT_EQ(stage_times(sequence(), some).size(), 2u);
  EXPECT_TRUE(stage_times(sequence(), {}).empty());
  // Tasks of later stages are planned before those of earlier ones are there.
  EXPECT_EQ(
      stage_times(sequence(), {task("aggregate", 1'000, "", TaskState::waiting), task("ingest", 1'020, "i")})
          .size(),
      1u);
}

TEST(StageTimes, WhatWasMadeAgainTakesNoNegativeTime) {
  auto some = tasks();
  some[3].since_ms = 30'000;
  EXPECT_EQ(stage_times(sequence(), some)[1].ms, 0u);
}

TEST(StageTimes, AreToldAsTextAndAsJson) {
  const auto times = stage_times(sequence(), tasks());
  EXPECT_EQ(to_text(times),
            "ingest 0.0 s, split 1.9 s, prove 10.5 s (4 by 3 workers), aggregate 0.6 s, hash_commit 2.4 s, "
            "reveal 12.0 s");
  EXPECT_EQ(to_json(times)["prove"], (Json{{"seconds", 10.5}, {"tasks", 4}, {"workers", 3}}));
  EXPECT_EQ(to_json(times).size(), 6u);
  EXPECT_EQ(to_text({}), "");
  EXPECT_EQ(to_text({{"prove", 70, 1, 1, 0}}), "prove 0.0 s (1 by 1 worker)");
}

}  // namespace
}  // namespace cairn::cli
