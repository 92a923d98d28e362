#include "cli/sequence_watch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/store_memory.h"
#include "tests/unit/cli/metric_text.h"

namespace cairn::cli {
namespace {

using pipeline::Completion;
using pipeline::TaskSpec;

struct SequenceWatchTest : testing::Test {
  std::uint64_t now_ms = 1'000'000;
  pipeline::MemoryStore store{{}, [this] { return now_ms; }};
  Metrics metrics;
  SequenceWatch watch{store, metrics};

  void add(const std::string& group, std::uint64_t height) {
    TaskSpec spec;
    spec.id = group + "/t";
    spec.stage = "reveal";
    spec.height = height;
    spec.group = group;
    ASSERT_TRUE(store.enqueue({spec}).ok());
  }
  /// Leases the lowest task and completes it so.
  void complete(pipeline::Outcome outcome) {
    const auto leased = store.exchange({"reveal", "w", {}, 1});
    ASSERT_EQ(leased->leased.size(), 1u);
    const pipeline::Task& task = leased->leased[0];
    const auto reply =
        store.exchange({"reveal", "w", {Completion{task.id, task.fence, std::move(outcome)}}, 0});
    ASSERT_EQ(reply->verdicts, std::vector{pipeline::Verdict::ok});
  }
  double read(const char* series) const { return value_of(metrics, series); }
};

TEST_F(SequenceWatchTest, CountsSequencesThatHaveNotEnded) {
  add("0000000000000005-a", 5);
  add("0000000000000009-b", 9);
  add("follow/c", 0);
  ASSERT_TRUE(watch.tick(0).ok());
  EXPECT_EQ(read("cairn_sequences{state=\"running\"}"), 2);
  EXPECT_EQ(read("cairn_sequences{state=\"stalled\"}"), 0);
  EXPECT_EQ(read("cairn_lowest_unfinished_height"), 5);
  EXPECT_EQ(read("cairn_sender_sequences{state=\"planned\"}"), 0);

  pipeline::Outcome again;
  again.again = pipeline::Again{std::nullopt, 60'000, std::nullopt};
  complete(again);  // of the follower
  again.facts = {{"sender", "reveal_sent"}, {"rounds_lost", "2"}};
  complete(again);
  ASSERT_TRUE(watch.tick(SequenceWatch::kPeriodMs).ok());
  EXPECT_EQ(read("cairn_sender_sequences{state=\"reveal_sent\"}"), 1);
  EXPECT_EQ(read("cairn_rounds_lost"), 2);
}

TEST_F(SequenceWatchTest, ForgetsWhatHasEndedAndLooksOncePerPeriod) {
  add("0000000000000005-a", 5);
  ASSERT_TRUE(watch.tick(0).ok());
  pipeline::Outcome end;
  end.facts = {{"sender", "paid"}};
  end.group_end = "verified";
  complete(end);
  ASSERT_TRUE(watch.tick(SequenceWatch::kPeriodMs - 1).ok());
  EXPECT_EQ(read("cairn_sequences{state=\"running\"}"), 1) << "too early for another look";
  ASSERT_TRUE(watch.tick(SequenceWatch::kPeriodMs).ok());
  EXPECT_EQ(read("cairn_sequences{state=\"running\"}"), 0);
  EXPECT_TRUE(std::isnan(read("cairn_lowest_unfinished_height"))) << "0 is a height";
  EXPECT_NE(metrics.text().find("\ncairn_lowest_unfinished_height "), std::string::npos);
  EXPECT_EQ(read("cairn_sender_sequences{state=\"paid\"}"), 0);
}

TEST_F(SequenceWatchTest, HeightZeroIsAHeight) {
  add("0000000000000000-a", 0);
  add("0000000000000007-b", 7);
  ASSERT_TRUE(watch.tick(0).ok());
  EXPECT_EQ(read("cairn_lowest_unfinished_height"), 0);
}

TEST_F(SequenceWatchTest, CountsAllPageByPage) {
  constexpr std::size_t ended = SequenceWatch::kPage * 2, running = SequenceWatch::kPage + 17;
  pipeline::Outcome end;
  end.facts = {{"rounds_lost", "1"}};
  end.group_end = "verified";
  for (std::size_t i = 0; i < ended + running; ++i) {
    add("g" + std::to_string(i), 100 + i);
    if (i < ended) complete(end);
  }
  std::int64_t ms = 0;
  ASSERT_TRUE(watch.tick(ms).ok());
  ASSERT_TRUE(watch.tick(ms + SequenceWatch::kPageMs - 1).ok());
  for (int page = 1; page < 4; ++page) {
    EXPECT_TRUE(std::isnan(read("cairn_rounds_lost"))) << "no part of them passes for all";
    ASSERT_TRUE(watch.tick(ms += SequenceWatch::kPageMs).ok());
  }
  EXPECT_EQ(read("cairn_sequences{state=\"running\"}"), running);
  EXPECT_EQ(read("cairn_rounds_lost"), ended);
  EXPECT_EQ(read("cairn_lowest_unfinished_height"), 100 + ended);
  add("h", 1);
  ASSERT_TRUE(watch.tick(ms + SequenceWatch::kPeriodMs - 1).ok());
  EXPECT_EQ(read("cairn_sequences{state=\"running\"}"), running) << "too early for another count";
  for (int page = 0; page < 4; ++page)
    ASSERT_TRUE(watch.tick(ms + SequenceWatch::kPeriodMs + page * SequenceWatch::kPageMs).ok());
  EXPECT_EQ(read("cairn_sequences{state=\"running\"}"), running + 1);
}

TEST_F(SequenceWatchTest, CountsThoseThatBeginAtOneHeightOnce) {
  constexpr std::size_t at_five = SequenceWatch::kPage * 2 + 3, at_six = SequenceWatch::kPage / 2;
  for (std::size_t i = 0; i < at_five; ++i) add("five" + std::to_string(i), 5);
  for (std::size_t i = 0; i < at_six; ++i) add("six" + std::to_string(i), 6);
  for (std::int64_t ms = 0; ms < SequenceWatch::kPeriodMs; ms += SequenceWatch::kPageMs)
    ASSERT_TRUE(watch.tick(ms).ok());
  EXPECT_EQ(read("cairn_sequences{state=\"running\"}"), at_five + at_six);
}

}  // namespace
}  // namespace cairn::cli
