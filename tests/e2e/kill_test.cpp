// kill -9 of each role, at random moments under load: no acknowledged sequence is lost, none is proven or
// paid twice. The pool's own supervision brings back what dies; only `cairn up` itself is started again
// by the test. The chain outlives them all.
#include <gtest/gtest.h>

#include <csignal>

#include "common/clock.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/feed.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/tier.h"

namespace cairn::test {
namespace {

// More than a pool takes on between two kills, so that the load outlasts them.
constexpr std::size_t lines_first = 20, lines_per_kill = 6;
constexpr std::int64_t gone_ms = 60'000;
const std::vector<std::string> stages = {"ingest",      "split",  "prove", "aggregate",
                                         "hash_commit", "reveal", "resend"};

class Kill : public testing::Test {
 protected:
  const unsigned wanted = kills_wanted();
  Dice dice;
  Scene scene;
  Pool pool{{}, scene.prover("pool", 2'000'000)};
  Feed feed{pool, scene.open(make_sequences(lines_first + lines_per_kill * wanted, "1,2,1,3", dice.seed())),
            8};

  void SetUp() override {
    scene.start_clock();
    pool.up();
    feed.start();
  }

  void kill(const Process& victim) {
    EXPECT_TRUE(signal(victim, SIGKILL)) << victim.name;
    killed_ms[victim.pid] = unix_ms();
    ++killed[victim.name];
    EXPECT_TRUE(eventually(gone_ms, [&] { return !alive(victim); })) << victim.name;
  }

  /// Prints how soon the tasks of killed workers were leased again: the lease, and then until a worker
  /// was free (lease_test.cpp bounds it with idle workers).
  void report_new_leases() {
    std::vector<std::int64_t> took_ms;
    for (const std::string& stage : stages) {
      std::map<std::string, Process> holders;
      for (const Json& event : pool.events(stage + "-d0", "task_leased")) {
        const Process holder = worker_process(event["worker"]);
        const auto last = holders.find(event["task"]);
        if (last != holders.end() && last->second.pid != holder.pid && killed_ms.contains(last->second.pid)) {
          took_ms.push_back(event_ms(event) - killed_ms[last->second.pid]);
        }
        holders[event["task"]] = holder;
      }
    }
    std::sort(took_ms.begin(), took_ms.end());
    if (took_ms.empty()) return;
    std::printf("%zu tasks of killed workers leased again: median %lld ms, last %lld ms\n", took_ms.size(),
                static_cast<long long>(took_ms[took_ms.size() / 2]), static_cast<long long>(took_ms.back()));
  }

  std::map<pid_t, std::int64_t> killed_ms;
  std::map<std::string, unsigned> killed;  // by name

  void expect_pool_survived() {
    unsigned kills = 0;
    for (const auto& [name, times] : killed) {
      std::printf("killed %u times: %s\n", times, name.c_str());
      kills += times;
    }
    EXPECT_GE(kills, wanted);
    report_new_leases();
    expect_survived(pool, scene.anvil().url(), feed.enough());
  }
};

TEST_F(Kill, AnyWorkerAtAnyMoment) {
  Rounds<std::string> victims(dice, stages);
  for (unsigned kills = 0; kills < wanted; ++kills) {
    pass_ms(dice.between(200, 1'400));
    const std::string stage = victims.next();
    pool.child(stage + "-w0");  // back from an earlier kill
    kill(dice.pick(pool.children(stage + "-w")));
  }
  expect_pool_survived();
}

TEST_F(Kill, AnyDispatcherAtAnyMoment) {
  Rounds<std::string> victims(dice, stages);
  for (unsigned kills = 0; kills < wanted; ++kills) {
    pass_ms(dice.between(200, 1'400));
    kill(pool.child(victims.next() + "-d0"));
  }
  expect_pool_survived();
}

// Its append-only file is written before it answers, so that what it has acknowledged outlives it.
TEST_F(Kill, RedisAtAnyMoment) {
  for (unsigned kills = 0; kills < wanted; ++kills) {
    const Process redis = pool.child("redis");
    pass_ms(dice.between(0, 1'800));
    kill(redis);
  }
  expect_pool_survived();
}

// The children are told by the kernel that `cairn up` has gone. Every other kill comes while it is still
// starting, ending what the run before has left behind.
TEST_F(Kill, UpItselfAtAnyMoment) {
  for (unsigned kills = 0; kills < wanted; ++kills) {
    pass_ms(dice.between(0, 2'000));
    ASSERT_TRUE(pool.running());
    pool.kill_up();
    ++killed["up"];
    kills % 2 == 0 ? pool.begin_up() : pool.up();
  }
  pool.kill_up();
  ++killed["up"];
  pool.up();
  expect_pool_survived();
}

}  // namespace
}  // namespace cairn::test
