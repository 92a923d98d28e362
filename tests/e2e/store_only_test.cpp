// What commands do with a pool of which only the store and the entrance run.
#include <gtest/gtest.h>
#include <sched.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "common/clock.h"
#include "pipeline/store_redis.h"
#include "tests/e2e/support/commands.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"
#include "tests/e2e/support/stopped_pool.h"
#include "tests/support/redis_server.h"

namespace cairn::test {
namespace {

constexpr std::int64_t step_ms = 60'000;
constexpr int exit_ok = 0, exit_failure = 1, exit_not_found = 3;

class StoreOnly : public testing::Test {
 protected:
  Output cairn(const std::vector<std::string>& arguments) {
    return run(std::vector{cairn_program()} + arguments + std::vector<std::string>{"--state", pool.state()});
  }
  static std::string line_at(int height) {
    const std::string zeros = "\"0x" + std::string(64, '0') + "\"", at = std::to_string(height);
    return "{\"start_height\":" + at + ",\"end_height\":" + at + R"(,"backend":"b","program":"p","claim":)" +
           zeros + ",\"sequence_id\":" + zeros + R"(,"batches":[{"input":{}}]})";
  }

  TempDir dir;
  RedisServer redis;
  StoppedPool pool{
      "redis: {allow_unsafe: true}\nstore: {done_ms: 1000}\n"
      "backends: {b: {programs: {p: {directory: /}}}}\n",
      {{"redis", "unix:" + redis.socket_path()}}};
  Child entrance{{cairn_program(), "dispatch", "--stage", "ingest", "--state", pool.state()},
                 dir / "dispatch.log"};
};

TEST_F(StoreOnly, WaitingEndsAlthoughASequenceIsForgotten) {
  std::ofstream(dir / "lines") << line_at(1) << "\n" << line_at(2) << "\n";
  Child producer({"sh", "-c", "exec \"$0\" produce --wait --state \"$1\" <\"$2\"", cairn_program(),
                  pool.state(), dir / "lines"},
                 dir / "produce.log");
  ASSERT_NE(producer.says("line 2: accepted", 0, step_ms), 0u);
  EXPECT_EQ(cairn({"cancel", "1"}).status, exit_ok);
  const std::int64_t until = steady_ms() + step_ms;
  int there = exit_ok;
  while (there == exit_ok && steady_ms() < until) there = cairn({"explain", "1"}).status;
  ASSERT_EQ(there, exit_not_found) << "it ended longer ago than store.done_ms";
  EXPECT_TRUE(producer.running());
  EXPECT_EQ(cairn({"cancel", "2"}).status, exit_ok);
  EXPECT_EQ(producer.wait(), exit_not_found) << "of the prover's key, when it looks at the chain";
}

TEST_F(StoreOnly, AllDeadTasksAreReplayedHoweverManyThereAre) {
  constexpr std::size_t many = 1'001;  // one more than the command asks for at once
  pipeline::RedisStoreOptions options;
  options.redis.socket_path = redis.socket_path();
  options.pool = "main";
  const auto store = must(pipeline::RedisStore::open(std::move(options)));
  std::vector<pipeline::TaskSpec> specs;
  for (std::size_t i = 0; i < many; ++i) {
    pipeline::TaskSpec spec;
    spec.id = "g" + std::to_string(i) + "/a";
    spec.group = "g" + std::to_string(i);
    spec.stage = "prove";
    spec.height = i;
    specs.push_back(std::move(spec));
  }
  for (auto from = specs.begin(); from != specs.end();) {
    const auto to = from + std::min<std::ptrdiff_t>(500, specs.end() - from);
    must(store->enqueue({from, to}));
    from = to;
  }
  for (std::size_t dead = 0; dead < many;) {
    pipeline::Exchange exchange;
    exchange.stage = "prove";
    exchange.worker = "w";
    exchange.lease_max = 500;
    for (const pipeline::Task& task : must(store->exchange(exchange)).leased) {
      must(store->fail("prove", {task.id, task.fence, pipeline::FailKind::permanent, "test"}));
      ++dead;
    }
  }
  EXPECT_EQ(cairn({"dead", "replay", "--all"}).out, "replayed 1001 of 1001\n");
  EXPECT_EQ(cairn({"dead", "list"}).out, "no dead tasks\n");
}

TEST_F(StoreOnly, WatchingEndsWhenNobodyReads) {
  const Output out = run({"timeout", "30", "sh", "-c",
                          "{ \"$0\" status --watch --json --state \"$1\"; echo \"$?\" >&2; } | head -n 1",
                          cairn_program(), pool.state()});
  EXPECT_EQ(out.status, exit_ok) << "124: it watched on";
  EXPECT_TRUE(Json::parse(out.out, nullptr, false).is_object()) << out.out;
  EXPECT_EQ(out.err, "cairn: standard output cannot be written\n" + std::to_string(exit_failure) + "\n");
}

TEST_F(StoreOnly, WatchingGoesOnWhenTheStoreIsAwayForAWhile) {
  Child watcher({cairn_program(), "status", "--watch", "--json", "--state", pool.state()},
                dir / "status.log");
  const std::size_t before = watcher.says("\"stages\"", 0, step_ms);
  ASSERT_NE(before, 0u);
  redis.kill();
  const std::size_t away = watcher.says("; looking again", before, step_ms);
  ASSERT_NE(away, 0u) << "it ended with " << watcher.wait();
  redis.restart();
  EXPECT_NE(watcher.says("\"stages\"", away, step_ms), 0u);
  watcher.signal(SIGTERM);
  EXPECT_EQ(watcher.wait(), exit_ok);
}

TEST_F(StoreOnly, NoConnectionTakesTheNumberOfAStandardStream) {
  Child deaf({"sh", "-c", "exec \"$0\" dispatch --stage split --state \"$1\" <&- >&- 2>&-", cairn_program(),
              pool.state()},
             dir / "none.log");
  const std::int64_t until = steady_ms() + step_ms;
  while (!std::filesystem::exists(pool.state() + "/run/split-dispatch.http")) {
    ASSERT_TRUE(deaf.running());
    ASSERT_LT(steady_ms(), until);
    sched_yield();
  }
  for (const char* fd : {"0", "1", "2"})
    EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(deaf.pid()) + "/fd/" + fd), "/dev/null")
        << fd;
}

}  // namespace
}  // namespace cairn::test
