// Redis is killed at random moments while tasks go through two stages.
#include <atomic>
#include <map>
#include <random>
#include <set>

#include "tests/conformance/store_redis_test.h"

namespace cairn::pipeline {
namespace {

constexpr int kKills = 6;

/// Feeds tasks through `prove`, each of which emits one of `join`, and counts what was completed.
class Load {
 public:
  Load(Store& store, bool strict) : store_(store), strict_(strict) {}

  void run(const std::atomic<bool>& feeding) {
    while (feeding) {
      feed(3);
      turn("prove", prove_);
      turn("join", join_);
      if (testing::Test::HasFatalFailure()) return;
    }
    drain();
  }
  /// Everything again, as a producer does that does not know what became of it.
  void submit_again() {
    for (const TaskId& id : accepted) ASSERT_TRUE(store_.enqueue({task(id)}).ok());
    drain();
  }
  void drain() {
    ASSERT_TRUE(eventually([&] {
      turn("prove", prove_);
      turn("join", join_);
      return testing::Test::HasFatalFailure() || (open("prove") == 0 && open("join") == 0);
    }));
  }

  std::set<TaskId> accepted;
  std::map<TaskId, int> completed;

 private:
  static TaskSpec task(const TaskId& id) {
    return with_payload(spec(id, std::stoul(id.substr(1))), Bytes(50, 1));
  }

  void feed(int count) {
    std::vector<TaskSpec> specs;
    for (int i = 0; i < count; ++i) specs.push_back(task("t" + std::to_string(next_++)));
    const auto reply = store_.enqueue(specs);
    ASSERT_TRUE(reply.ok()) << reply.error().what;
    for (const TaskSpec& s : specs) accepted.insert(s.id);
  }
  void turn(const std::string& stage, std::vector<Completion>& held) {
    const auto reply = store_.exchange({stage, "w", held, 3});
    ASSERT_TRUE(reply.ok()) << reply.error().what;
    for (std::size_t i = 0; i < held.size(); ++i) {
      EXPECT_TRUE(!strict_ || reply->verdicts[i] != Verdict::stale) << held[i].id;
      if (reply->verdicts[i] != Verdict::stale) ++completed[held[i].id];
    }
    held.clear();
    for (const Task& t : reply->leased) {
      Completion done{t.id, t.fence, {}};
      if (stage == "prove") done.outcome.emits = {spec("join-" + t.id, t.height, "join")};
      held.push_back(done);
    }
  }
  std::uint64_t open(const std::string& stage) {
    const auto c = store_.counts(stage);
    return c.ok() ? c->ready + c->leased + c->dead + c->delayed + c->waiting : 1;
  }

  Store& store_;
  bool strict_;
  std::uint64_t next_ = 0;
  std::vector<Completion> prove_, join_;
};

/// The kills are the calling thread's: the kernel ends a server with the thread that started it.
void kill_under(Load& load, test::RedisServer& redis) {
  std::atomic<bool> feeding = true;
  std::thread worker([&] { load.run(feeding); });
  std::minstd_rand random(7);
  for (int i = 0; i < kKills; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 60));
    redis.kill();
    redis.restart();
  }
  feeding = false;
  worker.join();
  ASSERT_GT(load.accepted.size(), 0u);
}

void expect_all_done_once(Store& store, const Load& load) {
  for (const char* stage : {"prove", "join"}) {
    const auto counts = store.counts(stage);
    ASSERT_TRUE(counts.ok());
    EXPECT_EQ(counts->done_total, load.accepted.size()) << stage;
  }
  for (const TaskId& id : load.accepted) {
    EXPECT_EQ(store.task(id)->state, TaskState::done) << id;
    EXPECT_EQ(store.task("join-" + id)->state, TaskState::done) << id;
  }
  EXPECT_EQ(*store.stored_bytes(), 0u);
}

// With every write on disk before its reply, nothing that was acknowledged is lost or done twice, and no
// lease is lost with a reply.
TEST(RedisKilled, NothingAcknowledgedIsLostWhenEveryWriteIsSynced) {
  test::RedisServer redis({.aof = true, .fsync = "always"});
  RedisOptions options = redis.client_options();
  options.call_ms = kPatienceMs;
  const auto store = open_store(options, {.lease_ms = 60'000});
  Load load(*store, true);
  kill_under(load, redis);
  for (const TaskId& id : load.accepted) {
    EXPECT_EQ(load.completed[id], 1) << id;
    EXPECT_EQ(load.completed["join-" + id], 1) << id;
  }
  expect_all_done_once(*store, load);
  EXPECT_EQ(store->counts("prove")->leases_lost_total, 0u);
}

// Synced every second, Redis may answer before it has written, for as long as a sync takes: it comes back
// as it was a moment ago. Whatever it forgot is done when it is submitted again, and counted once.
TEST(RedisKilled, ComesBackAsItWasAMomentAgoWhenSyncedEverySecond) {
  test::RedisServer redis({.aof = true, .fsync = "everysec"});
  RedisOptions options = redis.client_options();
  options.call_ms = kPatienceMs;
  const auto store = open_store(options, {.lease_ms = 300, .deaths_max = 1000});
  Load load(*store, false);
  kill_under(load, redis);
  load.submit_again();
  expect_all_done_once(*store, load);
}

// What it forgot was leased under fences that somebody still holds: they must not fit the leases that come
// next.
TEST(RedisKilled, NoFenceIsGivenTwiceByARedisThatForgotItsLastMoment) {
  test::RedisServer redis({.aof = false});
  const auto store = open_store(redis.client_options());
  ASSERT_TRUE(store->enqueue({spec("a"), spec("b", 2)}).ok());
  Fence last = 0;
  for (int i = 0; i < 3; ++i) {
    redis.command({"SAVE"});
    const auto forgotten = lease(*store);
    ASSERT_EQ(forgotten.size(), 2u);
    EXPECT_GT(forgotten[0].fence, last);
    last = forgotten[1].fence;
    redis.kill();
    redis.restart();
    ASSERT_EQ(store->counts("prove")->ready, 2u) << "it has forgotten";
  }
  ASSERT_EQ(lease(*store).size(), 2u);
  EXPECT_EQ(store->exchange({"prove", "w", {{"a", last - 1, {}}}, 0})->verdicts.at(0), Verdict::stale);
}

// Away for longer than a lease, again and again: who is first to call again loses no lease of another.
TEST(RedisKilled, AnOutageLongerThanALeaseCountsNoDeath) {
  constexpr std::int64_t lease_ms = 1'500;
  test::RedisServer redis({.aof = true, .fsync = "always"});
  RedisOptions options = redis.client_options();
  options.call_ms = kPatienceMs;
  const auto store = open_store(options, {.lease_ms = lease_ms, .deaths_max = 1});
  ASSERT_TRUE(store->enqueue({spec("long")}).ok());
  const Task held = lease(*store).at(0);
  for (const bool killed : {true, false}) {
    killed ? redis.kill() : redis.freeze();
    const std::int64_t until = steady_ms() + lease_ms + 100;
    ASSERT_TRUE(eventually([&] { return steady_ms() > until; }));
    killed ? redis.restart() : redis.thaw();
    EXPECT_TRUE(lease(*store).empty());
    ASSERT_TRUE(store->sweep({"prove"}).ok());
    EXPECT_EQ(store->renew("prove", {{held.id, held.fence}})->at(0), Verdict::ok);
    EXPECT_EQ(store->task("long")->deaths, 0u);
  }
  EXPECT_EQ(store->counts("prove")->leases_lost_total, 0u);
  // And who has gone meanwhile is found out all the same.
  ASSERT_TRUE(eventually(
      [&] { return store->sweep({"prove"}).ok() && store->task("long")->state == TaskState::dead; }));
}

}  // namespace
}  // namespace cairn::pipeline
