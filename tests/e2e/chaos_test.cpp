// What else happens to machines, at random moments under load: processes that freeze, a Redis that forgets
// its functions, a disk that fills up, clocks that are stepped, blocks that are replaced, programs without
// measure, two producers at once. Each ends as every scenario does: all that was accepted is verified once
// and paid once.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/clock.h"
#include "pipeline/messages.h"
#include "pipeline/redis_client.h"
#include "pipeline/transport_zmq.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/feed.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/tier.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t step_ms = 180'000;
constexpr std::uint64_t lease_ms = 2'000;
constexpr std::size_t lines_first = 20, lines_per_blow = 10;
const std::vector<std::string> stages = {"ingest",      "split",  "prove", "aggregate",
                                         "hash_commit", "reveal", "resend"};

pipeline::RedisOptions redis_of(const Pool& pool) {
  pipeline::RedisOptions out;
  out.socket_path = pool.path("run/redis.sock");
  return out;
}

/// A pool under load, which outlasts so many blows.
class Chaos : public testing::Test {
 protected:
  const unsigned blows = kills_wanted();
  Dice dice;
  Scene scene;
  std::optional<Pool> pool;
  std::optional<Feed> feed;

  void start(const PoolSettings& settings = {.lease_ms = lease_ms}) {
    pool.emplace(settings, scene.prover("pool", 2'000'000));
    feed.emplace(*pool,
                 scene.open(make_sequences(lines_first + lines_per_blow * blows, "1,2,1,3", dice.seed())), 8);
    scene.start_clock();
    pool->up();
    feed->start();
  }
  void a_moment() { pass_ms(dice.between(200, 1'400)); }
  void expect_pool_survived() { expect_survived(*pool, scene.anvil().url(), feed->enough()); }
};

TEST_F(Chaos, AnyDispatcherFreezesPastTheLeases) {
  start();
  Rounds<std::string> victims(dice, stages);
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    const Process victim = pool->child(victims.next() + "-d0");
    ASSERT_TRUE(signal(victim, SIGSTOP));
    pass_ms(static_cast<std::int64_t>(lease_ms) + dice.between(100, 1'500));
    ASSERT_TRUE(signal(victim, SIGCONT));
  }
  expect_pool_survived();
}

TEST_F(Chaos, RedisFreezesPastTheLeases) {
  start();
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    const Process redis = pool->child("redis");
    ASSERT_TRUE(signal(redis, SIGSTOP));
    pass_ms(static_cast<std::int64_t>(lease_ms) + dice.between(100, 1'500));
    ASSERT_TRUE(signal(redis, SIGCONT));
  }
  expect_pool_survived();
}

// Nobody brings back what dies meanwhile.
TEST_F(Chaos, TheSupervisorFreezesWhileAWorkerDies) {
  start();
  const Process up = pool->supervisor();
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    ASSERT_TRUE(signal(up, SIGSTOP));
    const Process victim = dice.pick(pool->children(dice.pick(stages) + "-w"));
    ASSERT_TRUE(signal(victim, SIGKILL));
    pass_ms(static_cast<std::int64_t>(lease_ms) + dice.between(100, 1'500));
    ASSERT_TRUE(signal(up, SIGCONT));
    EXPECT_NE(pool->child(victim.name).pid, victim.pid);
  }
  expect_pool_survived();
}

TEST_F(Chaos, RedisForgetsItsFunctions) {
  start();
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    pipeline::RedisClient redis(redis_of(*pool));
    must(redis.call({"FUNCTION", "FLUSH"}));
  }
  expect_pool_survived();
}

// Writes of the append-only file fail: Redis takes no task that it could forget.
TEST_F(Chaos, TheDiskOfRedisIsFull) {
  pool.emplace(PoolSettings{.lease_ms = lease_ms}, scene.prover("pool", 2'000'000));
  const std::string disk = pool->path("redis");
  fs::create_directories(disk);
  ASSERT_EQ(mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=24m"), 0)
      << "this scenario mounts a file system: run it as root";
  feed.emplace(*pool,
               scene.open(make_sequences(lines_first + lines_per_blow * blows, "1,2,1,3", dice.seed())), 8);
  scene.start_clock();
  pool->up();
  feed->start();
  const std::string ballast = disk + "/ballast";
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    std::ofstream out(ballast, std::ios::binary);
    const std::string block(1 << 16, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    pipeline::RedisClient redis(redis_of(*pool));
    EXPECT_TRUE(eventually(step_ms, [&] {
      const auto info = redis.call({"INFO", "persistence"});
      return info.ok() && info->text.find("aof_last_write_status:err") != std::string::npos;
    }));
    pass_ms(dice.between(500, 2'500));
    fs::remove(ballast);
  }
  expect_pool_survived();
  EXPECT_EQ(umount(disk.c_str()), 0);
}

/// The wall clock of programs that are started meanwhile, Redis and the chain's node among them.
class SteppedClock {
 public:
  SteppedClock() {
    std::ofstream(file_, std::ios::binary) << std::string(sizeof(std::int64_t), '\0');
    ::setenv("LD_PRELOAD", CAIRN_STEPPED_CLOCK, 1);
    ::setenv("STEPPED_CLOCK", file_.c_str(), 1);
  }
  ~SteppedClock() { let_go(); }
  /// For those that are started from now on.
  void let_go() const {
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("STEPPED_CLOCK");
  }
  /// All of them, at once.
  void step(std::int64_t ahead_s) const {
    std::fstream file(file_, std::ios::binary | std::ios::in | std::ios::out);
    file.write(reinterpret_cast<const char*>(&ahead_s), sizeof ahead_s);
  }

 private:
  TempDir dir_;
  fs::path file_ = dir_ / "offset";
};

// Forth and back by an hour, for all processes of the pool at once.
TEST_F(Chaos, TheClockIsStepped) {
  const SteppedClock clock;
  start();
  clock.let_go();
  const auto is_off_by = [](std::int64_t there_ms, std::int64_t offset_s) {
    return std::abs(there_ms - unix_ms() - 1'000 * offset_s) < 1'000'000;
  };
  // Some dispatcher has written an event at a time that is so far from ours, and Redis says such a time.
  const auto is_seen = [&](std::int64_t offset_s) {
    const bool by_some = std::any_of(stages.begin(), stages.end(), [&](const std::string& stage) {
      const std::vector<Json> events = pool->events(stage + "-d0");
      return std::any_of(events.begin(), events.end(),
                         [&](const Json& event) { return is_off_by(event_ms(event), offset_s); });
    });
    pipeline::RedisClient redis(redis_of(*pool));
    const auto time = redis.call({"TIME"});
    return by_some && time.ok() && is_off_by(1'000 * std::stoll(time->items.at(0).text), offset_s);
  };
  for (unsigned i = 0; i < blows; ++i) {
    const std::int64_t offset_s = i % 2 == 0 ? 3'600 : -3'600;
    a_moment();
    clock.step(offset_s);
    EXPECT_TRUE(eventually(step_ms, [&] { return is_seen(offset_s); }))
        << "not seen by all: a step by " << offset_s << " s";
    a_moment();
    clock.step(0);
  }
  expect_pool_survived();
}

// The chain replaces blocks as deep as what is relied on allows; what was in them is gone.
TEST_F(Chaos, BlocksAreReplacedAgainAndAgain) {
  start();
  for (unsigned i = 0; i < 4 * blows; ++i) {
    a_moment();
    scene.reorg(static_cast<std::uint64_t>(dice.between(1, 2)));
  }
  expect_pool_survived();
}

TEST_F(Chaos, TwoProducersSubmitTheSame) {
  pool.emplace(PoolSettings{.lease_ms = lease_ms}, scene.prover("pool", 2'000'000));
  const std::vector<std::string> lines = scene.open(make_sequences(lines_first, "1,2,1,3", dice.seed()));
  scene.start_clock();
  pool->up();
  std::vector<std::string> reversed(lines.rbegin(), lines.rend());
  Output other{};
  std::thread producer([&] { other = pool->produce(reversed); });
  const Output one = pool->produce(lines);
  producer.join();
  std::map<std::string, std::size_t> answers;
  for (const Output* out : {&one, static_cast<const Output*>(&other)}) {
    EXPECT_EQ(out->status, 0) << out->err;
    std::istringstream text(out->out);
    for (std::string line; std::getline(text, line);)
      ++answers[Json::parse(line)["result"].get<std::string>()];
  }
  EXPECT_EQ(answers["accepted"], lines.size());
  EXPECT_EQ(answers["duplicate"], lines.size());
  expect_survived(*pool, scene.anvil().url(), lines);
}

// A process of another version speaks: it is told so in the log, and nobody else notices.
TEST_F(Chaos, FramesOfAnotherVersion) {
  start();
  Bytes frame = pipeline::encode(pipeline::Hint{"prove"});
  frame[1] = 0x63;  // the schema
  const auto transport = must(pipeline::make_zmq_transport(std::nullopt));
  for (const std::string& stage : stages) {
    const auto outbox = must(transport->connect("ipc://" + pool->path("run/" + stage + ".sock")));
    ASSERT_TRUE(eventually(step_ms, [&] { return outbox->send(frame); }));
    EXPECT_TRUE(eventually(step_ms, [&] {
      const auto refused = pool->events(stage + "-d0", "frame_refused");
      return !refused.empty() && refused[0]["why"].get<std::string>().find(
                                     "run the same version everywhere") != std::string::npos;
    })) << stage;
  }
  expect_pool_survived();
}

// A program that takes all memory there is: it is ended at its limit, again for each attempt, and then the
// task is dead with that reason; the others never notice.
TEST_F(Chaos, AProgramOutgrowsItsMemory) {
  TempDir dir;
  std::ofstream(dir / "hog.mjs") << "const kept = []; for (;;) kept.push(Buffer.alloc(1 << 22, 1));\n";
  const std::string real = (source_dir() / "circuits/chain_step").string();
  const std::string backend =
      "  hog:\n    kind: command\n    time_limit_ms: 120000\n    memory_limit_mib: 300\n    programs:\n      "
      "chain_step:\n"
      "        directory: \"" +
      real + "\"\n        prove: [node, \"" + (dir / "hog.mjs").string() +
      "\", \"{input}\", \"{output}\"]\n" + "        finalize: [node, \"" + real +
      "/finalize.mjs\", \"{input}\", \"{claim}\", \"{output}\"]\n" + "        verify: [node, \"" + real +
      "/verify.mjs\", \"{claim}\", \"{input}\"]\n";
  pool.emplace(PoolSettings{.lease_ms = lease_ms, .more_programs = backend}, scene.prover("pool", 2'000'000));
  std::vector<std::string> lines = make_sequences(4, "1,2", dice.seed());
  // One with two dead tasks, of which dropping the first takes along the second.
  std::iter_swap(lines.begin(), std::find_if(lines.begin(), lines.end(),
                                             [](const auto& line) { return batch_count(line) == 2; }));
  Json hungry = Json::parse(lines[0]);
  hungry["backend"] = "hog";
  lines[0] = hungry.dump();
  lines = scene.open(lines);
  scene.start_clock();
  pool->up();
  EXPECT_EQ(pool->produce(lines).status, 0);
  Json dead;
  EXPECT_TRUE(eventually(step_ms, [&] {
    return (dead = pool->ask({"dead", "list"})).size() == batch_count(lines[0]);
  })) << dead;
  for (const Json& task : dead) {
    EXPECT_NE(task["reason"].get<std::string>().find("memory"), std::string::npos) << task["reason"];
    std::printf("dead: %s\n", task["reason"].get<std::string>().c_str());
  }
  EXPECT_EQ(pool->total("leases_lost_total"), 0u);
  std::size_t verified = 0;
  EXPECT_TRUE(eventually(step_ms, [&] {
    verified = 0;
    const Json status = pool->must_status();
    for (const Json& sequence : status["sequences"]) verified += sequence["state"] == "verified" ? 1 : 0;
    return verified == lines.size() - 1;
  }));
  std::printf("the pool: expected %zu verified sequences and %zu dead tasks, found %zu and %zu\n",
              lines.size() - 1, batch_count(lines[0]), verified, dead.size());
  EXPECT_EQ(pool->ask({"dead", "drop", "--all"}).size(), dead.size());
  EXPECT_EQ(pool->stop(), 0);
  expect_nothing_left(*pool);
}

}  // namespace
}  // namespace cairn::test
