// SIGTERM under load, to `cairn up` or to everything at once: what runs is finished or handed back, no lease
// is left to expire, and the next start goes on where this one ended. The chain is the pool's own, and stops
// and resumes with it.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

constexpr std::int64_t load_ms = 60'000;

/// Waits until workers hold proofs, so that there is something to lose.
void wait_for_load(const Pool& pool) {
  const bool loaded = eventually(load_ms, [&] {
    const auto status = pool.status();
    return status && (*status)["stages"]["prove"]["leased"] > 0;
  });
  if (!loaded) give_up("the pool does not prove");
}

/// Failures and lost leases of all tasks of a sequence.
std::uint64_t troubles(const Pool& pool, const std::string& line) {
  std::uint64_t sum = 0;
  const Json sequence = pool.ask({"explain", std::to_string(start_height(line))})[0];
  for (const Json& task : sequence["tasks"]) {
    sum += task["attempts"].get<std::uint64_t>() + task["deaths"].get<std::uint64_t>();
  }
  return sum;
}

/// All processes have ended by themselves, and no worker has left anything open.
void expect_clean_ends(const Pool& pool) {
  EXPECT_GE(pool.events("../../up", "child_ended").size(), 14u + 2u)
      << "a dispatcher and a worker per stage, Redis, the chain";
  for (const Json& event : pool.events("../../up", "child_died")) ADD_FAILURE() << event.dump();
  for (const Json& event : pool.events("prove-w0", "drained"))
    EXPECT_EQ(event["unsettled"], 0) << event.dump();
}

TEST(Drain, StopsCleanlyUnderLoadAndResumesTwice) {
  Dice dice;
  // A lease that is left behind expires after the pool is back, and is counted before its sequence can end.
  // It is far longer than this machine may stand still, so that only what nobody renews is lost.
  Pool pool({.lease_ms = 60'000, .grace_ms = 5'000});
  pool.up();
  std::vector<std::string> lines = make_sequences(12, "1,2,1,3", dice.seed());
  const std::size_t half = lines.size() / 2;
  const auto middle = lines.begin() + static_cast<std::ptrdiff_t>(half);
  for (const auto& [first, last] : {std::pair(lines.begin(), middle), std::pair(middle, lines.end())}) {
    const Output produced = pool.produce({first, last}, {"--open", std::to_string(Scene::reward_tokens)});
    ASSERT_EQ(produced.status, 0) << produced.err;
    wait_for_load(pool);
    pass_ms(dice.between(0, 1'500));
    EXPECT_EQ(first == lines.begin() ? pool.stop() : pool.stop_all(), 0);
    expect_nothing_left(pool);
    expect_clean_ends(pool);
    pool.up();
  }
  const auto deployment = must(chain::read_deployment(pool.path("chain/deployment.json")));
  for (std::string& line : lines) line = with_sequence_id(line, deployment.verifier);
  EXPECT_TRUE(all_end(pool, lines, 240'000));
  EXPECT_EQ(pool.total("leases_lost_total"), 0u);
  EXPECT_EQ(pool.total("failures_total"), 0u);
  for (const std::string& line : lines) EXPECT_EQ(troubles(pool, line), 0u) << line;
  expect_survived(pool, pool.link().rpc, lines);
}

// Each worker and dispatcher is told to end in turn, as an upgrade does. `cairn up` starts it again.
TEST(Drain, ARollingRestartLosesNoLease) {
  Dice dice;
  Scene scene;
  Pool pool({.lease_ms = 60'000}, scene.prover("pool", 2'000'000));  // as above
  const std::vector<std::string> lines = scene.open(make_sequences(10, "1,2,1,3", dice.seed()));
  scene.start_clock();
  pool.up();
  ASSERT_EQ(pool.produce(lines).status, 0);
  wait_for_load(pool);
  std::vector<Process> all = pool.children("-w");
  for (const Process& dispatcher : pool.children("-d")) all.push_back(dispatcher);
  dice.shuffle(all);
  for (const Process& process : all) {
    ASSERT_TRUE(signal(process, SIGTERM)) << process.name;
    EXPECT_TRUE(eventually(load_ms, [&] { return !alive(process); })) << process.name;
    EXPECT_NE(pool.child(process.name).pid, process.pid);
  }
  const std::vector<Json> ended = pool.events("../../up", "child_died");
  EXPECT_EQ(ended.size(), all.size());
  for (const Json& event : ended) {
    EXPECT_EQ(event["exit"], 0) << event.dump();
    EXPECT_EQ(event["signal"], 0) << event.dump();
  }
  EXPECT_TRUE(all_end(pool, lines, 240'000));
  EXPECT_EQ(pool.total("leases_lost_total"), 0u);
  EXPECT_EQ(pool.total("failures_total"), 0u);
  expect_survived(pool, scene.anvil().url(), lines);
}

}  // namespace
}  // namespace cairn::test
