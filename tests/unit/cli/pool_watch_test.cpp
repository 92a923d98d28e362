#include "cli/pool_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/process.h"
#include "common/digest.h"
#include "pipeline/store_memory.h"
#include "tests/support/sim_chain.h"

namespace cairn::cli {
namespace {

using Phase = WindowView::Phase;

TEST(Rate, IsKnownOnceTheCounterHasGrown) {
  Rate rate;
  EXPECT_FALSE(rate.per_second());
  rate.add(1'000, 10);
  EXPECT_FALSE(rate.per_second());
  rate.add(2'000, 10);
  EXPECT_FALSE(rate.per_second());
  rate.add(3'000, 14);
  EXPECT_DOUBLE_EQ(*rate.per_second(), 2);
}

TEST(Rate, ForgetsWhatIsOlderThanItsSpanAndACounterThatBeginsAnew) {
  Rate rate;
  rate.add(0, 0);
  rate.add(Rate::kSpanMs, 600);
  rate.add(2 * Rate::kSpanMs, 660);
  EXPECT_DOUBLE_EQ(*rate.per_second(), 60.0 * 1'000 / static_cast<double>(Rate::kSpanMs));
  rate.add(2 * Rate::kSpanMs + 1, 5);
  EXPECT_FALSE(rate.per_second());
}

TEST(Window, CountsTheBlocksOfItsPhase) {
  const chain::Windows windows{10, 20, 30, 100};
  chain::SequenceView sequence{};
  sequence.state = chain::SequenceState::open;
  sequence.expiry = 500;
  EXPECT_EQ(window_of(sequence, windows, 500).phase, Phase::open);
  EXPECT_EQ(window_of(sequence, windows, 501).phase, Phase::over);
  sequence.round = 1;
  sequence.first_commit_block = 100;
  const auto expect = [&](std::uint64_t head, Phase phase, std::uint64_t left) {
    const WindowView window = window_of(sequence, windows, head);
    EXPECT_EQ(window.phase, phase) << head;
    EXPECT_EQ(window.blocks_left, left) << head;
  };
  expect(100, Phase::commit, 10);
  expect(110, Phase::commit, 0);
  expect(111, Phase::reveal, 19);
  expect(130, Phase::reveal, 0);
  expect(131, Phase::over, 0);
  sequence.state = chain::SequenceState::proven;
  expect(111, Phase::proven, 0);
}

class PoolWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string made = testing::TempDir() + "pool_watch.XXXXXX";
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    run = made;
  }
  void TearDown() override { std::filesystem::remove_all(run); }

  void add(const std::string& group, const std::string& task, const std::string& stage,
           std::uint64_t height) {
    pipeline::TaskSpec spec;
    spec.id = group + "/" + task;
    spec.stage = stage;
    spec.height = height;
    spec.group = group;
    ASSERT_TRUE(store.enqueue({spec}).ok());
  }
  pipeline::Task lease(const std::string& stage, const std::string& worker) {
    auto reply = store.exchange({stage, worker, {}, 1});
    EXPECT_EQ(reply->leased.size(), 1u);
    return reply->leased.at(0);
  }
  void complete(const pipeline::Task& task, pipeline::Facts facts = {}) {
    pipeline::Outcome outcome;
    outcome.facts = std::move(facts);
    ASSERT_EQ(store.exchange({task.stage, "w", {{task.id, task.fence, outcome}}, 0})->verdicts.at(0),
              pipeline::Verdict::ok);
  }
  static const Json& of(const Json& list, const char* key, const std::string& value) {
    static const Json none;
    for (const Json& item : list) {
      if (item[key] == value) return item;
    }
    return none;
  }

  std::uint64_t now_ms = 1'000'000;
  pipeline::MemoryStore store{{.attempts_max = 1}, [this] { return now_ms; }};
  sim::SimChain chain{{10, 20, 30, 100}};
  std::string run;
};

TEST_F(PoolWatchTest, ShowsWhoWorksOnWhatAndWhoWaits) {
  for (const char* name : {"prove-w0.http", "prove-w1.http", "prove-d0.http", "up.http", "prove-w9.sock"})
    std::ofstream(run + "/" + name);
  add("0000000000000005-a", "p0", "prove", 5);
  add("0000000000000005-a", "p1", "prove", 5);
  lease("prove", worker_id("prove-w1"));
  lease("prove", "prove-w0.7.8@elsewhere");
  PoolWatch watch(store, nullptr, run);
  const Json seen = *watch.look(0);
  EXPECT_EQ(seen["workers"].size(), 3u) << seen["workers"];
  EXPECT_EQ(of(seen["workers"], "worker", "prove-w0")["tasks"].size(), 0u);
  EXPECT_EQ(of(seen["workers"], "worker", "prove-w1")["tasks"][0]["height"], 5);
  EXPECT_EQ(of(seen["workers"], "worker", "prove-w0.7.8@elsewhere")["stage"], "prove");
  EXPECT_TRUE(seen["chain"].is_null());
}

TEST_F(PoolWatchTest, ShowsDeadTasksWithTheirReasons) {
  add("0000000000000005-a", "p0", "prove", 5);
  const auto task = lease("prove", "w");
  pipeline::Failure failure;
  failure.id = task.id;
  failure.fence = task.fence;
  failure.reason = "no such circuit";
  ASSERT_TRUE(store.fail("prove", failure).ok());
  PoolWatch watch(store, nullptr, run);
  const Json seen = *watch.look(0);
  ASSERT_EQ(seen["dead"].size(), 1u);
  EXPECT_EQ(seen["dead"][0]["reason"], "no such circuit");
  EXPECT_EQ(seen["sequences"][0]["state"], "stalled");
  EXPECT_FALSE(seen["sequences"][0].contains("eta_ms"));
}

TEST_F(PoolWatchTest, TellsWhenSequencesEndFromThePaceOfThePool) {
  for (int i = 0; i < 6; ++i) add("0000000000000005-a", "p" + std::to_string(i), "prove", 5);
  for (int i = 0; i < 8; ++i) add("0000000000000009-b", "p" + std::to_string(i), "prove", 9);
  add("0000000000000020-c", "i", "ingest", 20);
  PoolWatch watch(store, nullptr, run);
  EXPECT_FALSE((*watch.look(0))["sequences"][0].contains("eta_ms"));
  for (int i = 0; i < 4; ++i) complete(lease("prove", "w"));
  const Json seen = *watch.look(2'000);
  EXPECT_DOUBLE_EQ(seen["tasks_per_second"], 2);
  EXPECT_EQ(seen["sequences"][0]["eta_ms"], 1'000);  // 2 tasks
  EXPECT_EQ(seen["sequences"][1]["eta_ms"], 5'000);  // and 8 behind them
  EXPECT_FALSE(seen["sequences"][2].contains("eta_ms")) << "it is not cut yet: nobody knows how much it is";
}

TEST_F(PoolWatchTest, CountsDownTheWindowsAndSurvivesAChainThatIsSilent) {
  const chain::SequenceId id = sim::sim_digest("sequence");
  chain.open(id, sim::sim_digest("claim"), 100, 500);
  add("0000000000000005-a", "p0", "prove", 5);
  add("0000000000000005-a", "p1", "prove", 5);
  PoolWatch watch(store, &chain, run);
  complete(lease("prove", "w"), {{"sequence_id", "0x" + hex(id)}});
  const Json seen = *watch.look(0);
  EXPECT_EQ(seen["sequences"][0]["window"]["phase"], "open");
  EXPECT_EQ(seen["chain"]["head"], chain.head()->number);
  chain.mine();
  complete(lease("prove", "w"));
  now_ms += 1;
  add("0000000000000005-a", "p2", "prove", 5);
  const Json later = *watch.look(1'000);
  // A block a second: the commit window of 10 blocks, and the block of the reveal.
  EXPECT_EQ(later["sequences"][0]["eta_ms"], 11'000) << later["sequences"];
  chain.before = [](auto) { return Status(Error{Code::unavailable, "no node"}); };
  const Json silent = *watch.look(2'000);
  EXPECT_TRUE(silent["chain"].contains("why"));
  EXPECT_FALSE(silent["sequences"][0].contains("window"));
}

}  // namespace
}  // namespace cairn::cli
