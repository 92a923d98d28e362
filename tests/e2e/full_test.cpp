// A pool that is full: the producer is told to wait, what was accepted is brought to its end, and nothing
// is lost. Once with a Redis out of memory, once with more submissions than the pool queues.
#include <gtest/gtest.h>

#include <csignal>

#include <sstream>
#include <thread>

#include "pipeline/redis_client.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

constexpr std::int64_t step_ms = 180'000;
constexpr const char* told_to_wait = "the pool is full, waiting";

class Full : public testing::Test {
 protected:
  Dice dice;
  Scene scene;
  std::vector<std::string> lines = scene.open(make_sequences(8, "1,2", dice.seed()));

  std::vector<std::string> part(std::size_t from, std::size_t to) const {
    return {lines.begin() + static_cast<std::ptrdiff_t>(from),
            lines.begin() + static_cast<std::ptrdiff_t>(to)};
  }
};

/// Counts answers "accepted" of `cairn produce --json`.
std::size_t accepted(const Output& out) {
  std::istringstream lines(out.out);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);)
    count += Json::parse(line)["result"] == "accepted" ? 1 : 0;
  return count;
}

/// The producer in the background.
class Producing {
 public:
  Producing(const Pool& pool, std::vector<std::string> lines)
      : thread_([this, &pool, lines = std::move(lines)] {
          out_ = pool.produce(lines);
          ended_ = true;
        }) {}
  ~Producing() {
    if (thread_.joinable()) thread_.join();
  }
  bool ended() const { return ended_; }
  Output wait() {
    thread_.join();
    return out_;
  }

 private:
  Output out_{};
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

/// Redis of a pool, filled by somebody else's value.
class Ballast {
 public:
  explicit Ballast(const Pool& pool) : client_(at(pool.path("run/redis.sock"))) {
    const std::uint64_t used = info("used_memory:"), max = info("maxmemory:");
    // A value of zeros up to there; one that came through the connection would count twice meanwhile.
    must(client_.call({"SETRANGE", "ballast", std::to_string(max - used + (1u << 20)), "x"}));
    EXPECT_GT(info("used_memory:"), info("maxmemory:"));
  }
  void drop() { must(client_.call({"DEL", "ballast"})); }

 private:
  static pipeline::RedisOptions at(const std::string& socket) {
    pipeline::RedisOptions out;
    out.socket_path = socket;
    return out;
  }
  std::uint64_t info(const std::string& key) {
    const std::string text = must(client_.call({"INFO", "memory"})).text;
    const auto at = text.find("\n" + key);
    if (at == text.npos) give_up("Redis says no " + key);
    return std::strtoull(text.c_str() + at + 1 + key.size(), nullptr, 10);
  }
  pipeline::RedisClient client_;
};

TEST_F(Full, RedisOutOfMemoryDrainsWhileTheProducerWaits) {
  Pool pool({.redis_mib = 32}, scene.prover("pool", 2'000'000));
  scene.start_clock();
  pool.up();
  EXPECT_EQ(accepted(pool.produce(part(0, 4))), 4u);
  Ballast ballast(pool);
  Producing rest(pool, part(4, 8));
  EXPECT_TRUE(all_end(pool, part(0, 4), step_ms)) << pool.must_status().dump(1);
  EXPECT_FALSE(rest.ended());
  EXPECT_EQ(pool.must_status()["sequences"].size(), 4u) << "none of the others was taken";
  ballast.drop();
  const Output out = rest.wait();
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_EQ(accepted(out), 4u);
  EXPECT_NE(out.err.find(told_to_wait), out.err.npos) << out.err;
  expect_survived(pool, scene.anvil().url(), lines);
}

TEST_F(Full, AQueueAtItsCapMakesTheProducerWait) {
  constexpr std::size_t cap = 3;
  Pool pool({.depth_max = cap}, scene.prover("pool", 2'000'000));
  scene.start_clock();
  pool.up();
  // What is admitted piles up while nobody takes it on.
  const Process ingest = pool.child("ingest-w0");
  ASSERT_TRUE(signal(ingest, SIGSTOP));
  Producing all(pool, lines);
  EXPECT_TRUE(eventually(step_ms, [&] { return pool.must_status()["sequences"].size() == cap; }));
  pass_ms(3'000);
  EXPECT_FALSE(all.ended());
  EXPECT_EQ(pool.must_status()["sequences"].size(), cap);
  ASSERT_TRUE(signal(ingest, SIGCONT));
  const Output out = all.wait();
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_EQ(accepted(out), lines.size());
  EXPECT_NE(out.err.find(told_to_wait), out.err.npos) << out.err;
  expect_survived(pool, scene.anvil().url(), lines);
}

}  // namespace
}  // namespace cairn::test
