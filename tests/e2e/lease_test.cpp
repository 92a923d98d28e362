// What becomes of a lease whose worker is gone: the task is given away soon, and what the first worker
// says later does not count.
#include <gtest/gtest.h>

#include <csignal>

#include "common/clock.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/tier.h"

namespace cairn::test {
namespace {

constexpr std::int64_t step_ms = 180'000;
constexpr std::int64_t lease_ms = 2'000;

class Lease : public testing::Test {
 protected:
  Dice dice;
  Scene scene;
  // One task for many provers: there is always an idle one, also while those that were killed often are
  // not started again at once, so that a delay is the pool's own.
  Pool pool{{.lease_ms = lease_ms, .provers = 3 + kills_wanted() / 4}, scene.prover("pool", 2'000'000)};
  std::vector<std::string> lines = scene.open(make_sequences(1, "1", dice.seed()));

  void SetUp() override {
    scene.start_clock();
    pool.up();
    EXPECT_EQ(pool.produce(lines).status, 0);
  }

  /// The `number`-th lease (from 0) of the one task that proves.
  Json lease(std::size_t number) {
    std::vector<Json> leases;
    if (!eventually(step_ms, [&] {
          leases = pool.events("prove-d0", "task_leased");
          return leases.size() > number;
        })) {
      give_up("the task is not leased in time");
    }
    return leases[number];
  }

  Json prove_task() {
    const Json sequence = pool.ask({"explain", std::to_string(start_height(lines[0]))})[0];
    for (const Json& task : sequence["tasks"]) {
      if (task["stage"] == "prove") return task;
    }
    return {};
  }
};

TEST_F(Lease, OfAKilledWorkerIsGivenAwayWithinTheLeaseAndASecond) {
  const std::size_t kills = kills_wanted();
  std::vector<std::int64_t> times_ms;
  for (std::size_t i = 0; i < kills; ++i) {
    const Json before = lease(i);
    const std::int64_t killed_ms = unix_ms();
    ASSERT_TRUE(signal(worker_process(before["worker"]), SIGKILL));
    const Json after = lease(i + 1);
    const std::int64_t took_ms = event_ms(after) - killed_ms;
    times_ms.push_back(took_ms);
    EXPECT_LE(took_ms, lease_ms + 1'000);
    EXPECT_EQ(after["task"], before["task"]);
    EXPECT_NE(after["worker"], before["worker"]);
    EXPECT_GT(after["fence"], before["fence"]);
  }
  std::sort(times_ms.begin(), times_ms.end());
  std::printf("%zu kills: given away after %lld ms in the median, %lld ms at most, lease %lld ms\n", kills,
              static_cast<long long>(times_ms[kills / 2]), static_cast<long long>(times_ms.back()),
              static_cast<long long>(lease_ms));
  EXPECT_TRUE(all_end(pool, lines, step_ms));
  EXPECT_GE(prove_task()["deaths"], kills);
  EXPECT_GE(pool.must_status()["stages"]["prove"]["leases_lost_total"], kills);
  expect_survived(pool, scene.anvil().url(), lines);
}

TEST_F(Lease, LateResultOfAFrozenWorkerIsRefused) {
  const Json first = lease(0);
  const Process frozen = worker_process(first["worker"]);
  const auto program_runs = [&] { return !processes_naming(pool.state() + "/work").empty(); };
  ASSERT_TRUE(eventually(step_ms, program_runs));
  ASSERT_TRUE(signal(frozen, SIGSTOP));
  const Json second = lease(1);
  EXPECT_EQ(second["task"], first["task"]);
  EXPECT_NE(second["worker"], first["worker"]);
  // Its program runs on without it, so that it wakes with a result in hand.
  EXPECT_TRUE(eventually(step_ms, [&] { return prove_task()["state"] == "done" && !program_runs(); }));
  EXPECT_EQ(pool.must_status()["stages"]["prove"]["stale_total"], 0);

  ASSERT_TRUE(signal(frozen, SIGCONT));
  std::vector<Json> refused;
  EXPECT_TRUE(eventually(step_ms, [&] {
    refused = pool.events("prove-d0", "task_completed");
    std::erase_if(refused, [](const Json& event) { return event["verdict"] != "stale"; });
    return !refused.empty();
  }));
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0]["task"], first["task"]);
  EXPECT_EQ(refused[0]["fence"], first["fence"]);
  EXPECT_EQ(refused[0]["worker"], first["worker"]);
  const Json prove = pool.must_status()["stages"]["prove"];
  EXPECT_GE(prove["stale_total"], 1) << prove.dump();
  EXPECT_EQ(prove["done_total"], 1) << prove.dump();
  EXPECT_EQ(prove_task()["fence"], second["fence"]) << "the result of the second lease stands";
  EXPECT_TRUE(alive(frozen)) << "a refused worker goes on working";
  expect_survived(pool, scene.anvil().url(), lines);
}

}  // namespace
}  // namespace cairn::test
