// What only a real Redis can show: killed, frozen, full, damaged, without its functions, and lost
// replies. Each test has a server of its own, with the production library and clock.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "common/clock.h"
#include "common/digest.h"
#include "pipeline/redis_server_check.h"
#include "pipeline/store_redis.h"
#include "tests/conformance/store_test.h"
#include "tests/support/redis_proxy.h"
#include "tests/support/redis_server.h"

namespace cairn::pipeline {
namespace {

constexpr std::int64_t kPatienceMs = 20'000;

/// Polls until `done`; false when patience ends first.
template <class Done>
bool eventually(Done done) {
  const std::int64_t until = steady_ms() + kPatienceMs;
  while (!done()) {
    if (steady_ms() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::unique_ptr<RedisStore> open_store(const RedisOptions& redis, StoreRules rules = {}) {
  RedisStoreOptions options;
  options.redis = redis;
  options.rules = rules;
  auto store = RedisStore::open(options);
  CAIRN_ASSERT(store.ok());
  return std::move(*store);
}

RedisOptions through(const test::RedisProxy& proxy) {
  RedisOptions options;
  options.port = proxy.port();
  options.backoff_ms = 1;
  options.backoff_max_ms = 5;
  return options;
}

std::vector<Task> lease(Store& store, std::uint32_t max = 10, const std::string& stage = "prove") {
  auto reply = store.exchange({stage, "w", {}, max});
  EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().what);
  return reply.ok() ? reply->leased : std::vector<Task>();
}

TEST(RedisStore, LeasesExpireByTheClockOfRedis) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options(), {.lease_ms = 50});
  ASSERT_TRUE(store->enqueue({spec("a")}).ok());
  const Task first = lease(*store).at(0);
  EXPECT_TRUE(lease(*store).empty());
  std::vector<Task> second;
  ASSERT_TRUE(eventually([&] { return !(second = lease(*store)).empty(); }));
  EXPECT_GT(second[0].fence, first.fence);
  const auto record = store->task("a");
  EXPECT_LT(std::abs(static_cast<std::int64_t>(record->since_ms) - unix_ms()), kPatienceMs);
}

// --- lost replies: whatever was lost is carried out once, and the repeated call says what it did

class LostReply : public testing::Test {
 protected:
  test::RedisServer redis_;
  test::RedisProxy proxy_{redis_.socket_path()};
  std::unique_ptr<RedisStore> store_ = open_store(through(proxy_));
  void lose_next() { proxy_.lose_replies(1); }
  void TearDown() override { EXPECT_GE(proxy_.lost(), 1); }
};

TEST_F(LostReply, AnExchangeHandsOutTheSameLeasesAgain) {
  ASSERT_TRUE(store_->enqueue({spec("a"), spec("b", 2), spec("c", 3)}).ok());
  lose_next();
  const auto leased = lease(*store_, 2);
  EXPECT_EQ(ids(leased), (std::vector<TaskId>{"a", "b"}));
  EXPECT_EQ(store_->counts("prove")->leased, 2u) << "not two others";
  for (const Task& t : leased) EXPECT_EQ(store_->renew("prove", {{t.id, t.fence}})->at(0), Verdict::ok);
}

TEST_F(LostReply, ACallerThatRepeatsAfterAnErrorGetsThemToo) {
  RedisOptions impatient = through(proxy_);
  impatient.call_ms = 30;
  const auto store = open_store(impatient);
  ASSERT_TRUE(store_->enqueue({with_payload(spec("a"), large(1)), spec("b", 2), spec("c", 3)}).ok());
  redis_.freeze();
  EXPECT_FALSE(store->exchange({"prove", "w", {}, 2}).ok());
  redis_.thaw();
  lose_next();
  static_cast<void>(store->exchange({"prove", "w", {}, 2}));  // may or may not make it in 30 ms
  const auto direct = open_store(redis_.client_options());
  ASSERT_TRUE(eventually([&] { return direct->counts("prove")->leased == 2; }) ||
              direct->counts("prove")->leased == 0);
  std::vector<Task> leased;
  ASSERT_TRUE(eventually([&] {
    auto reply = store->exchange({"prove", "w", {}, 2});
    if (reply.ok()) leased = reply->leased;
    return reply.ok();
  }));
  EXPECT_EQ(ids(leased), (std::vector<TaskId>{"a", "b"}));
  EXPECT_EQ(direct->counts("prove")->leased, 2u);
}

TEST_F(LostReply, LeasesThatNoLongerFitGoBack) {
  ASSERT_TRUE(store_->enqueue({spec("a"), spec("b", 2), spec("c", 3)}).ok());
  RedisOptions once = through(proxy_);
  once.backoff_ms = once.backoff_max_ms = 60'000;  // one try per call
  once.call_ms = 2'000;
  const auto store = open_store(once);
  lose_next();
  ASSERT_FALSE(store->exchange_all({{"prove", "w1", {}, 2}, {"prove", "w2", {}, 1}}).at(0).ok());
  EXPECT_EQ(store_->counts("prove")->leased, 3u);
  // w2 is gone, w1 has room for one.
  RedisStore* const repeat = store.get();
  ASSERT_TRUE(eventually([&] {
    auto reply = repeat->exchange({"prove", "w1", {}, 1});
    if (!reply.ok()) return false;
    EXPECT_EQ(ids(reply->leased), std::vector<TaskId>{"a"});
    return true;
  }));
  EXPECT_EQ(store_->counts("prove")->leased, 1u);
  EXPECT_EQ(store_->task("b")->deaths, 0u);
  EXPECT_EQ(ids(lease(*store_)), (std::vector<TaskId>{"b", "c"}));
}

TEST_F(LostReply, ACompletionIsTakenOnce) {
  ASSERT_TRUE(store_->enqueue({spec("a")}).ok());
  const Task a = lease(*store_).at(0);
  lose_next();
  const auto reply = store_->exchange({"prove", "w", {{"a", a.fence, emitting({spec("b", 1, "join")})}}, 0});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->verdicts, std::vector<Verdict>{Verdict::duplicate});
  EXPECT_EQ(store_->counts("prove")->done_total, 1u);
  EXPECT_EQ(ids(lease(*store_, 9, "join")), std::vector<TaskId>{"b"});
}

TEST_F(LostReply, ANumberIsGrantedOnce) {
  ASSERT_TRUE(store_->enqueue({spec("a")}).ok());
  for (const std::uint64_t expected : {0u, 1u, 2u}) {
    const Task a = lease(*store_).at(0);
    lose_next();
    const Outcome ask = once_more({.payload = {}, .delay_ms = 0, .number = NumberRequest{"nonce", 0}});
    ASSERT_TRUE(store_->exchange({"prove", "w", {{"a", a.fence, ask}}, 0}).ok());
    const Task next = lease(*store_).at(0);
    EXPECT_EQ(next.number, expected);
    ASSERT_TRUE(store_->hand_back("prove", {{next.id, next.fence}}).ok());
  }
}

TEST_F(LostReply, EveryOtherCallIsSafeToo) {
  lose_next();
  auto admitted = store_->enqueue({spec("a"), in_group(spec("b", 2), "g"), spec("c", 3)});
  ASSERT_TRUE(admitted.ok());
  EXPECT_EQ(admitted->admissions, std::vector<Admission>(3, Admission::duplicate)) << "known by now";
  const auto leased = lease(*store_);
  ASSERT_EQ(leased.size(), 3u);
  lose_next();
  EXPECT_EQ(*store_->fail("prove", {"a", leased[0].fence, FailKind::permanent, "x"}), Verdict::duplicate);
  EXPECT_EQ(store_->task("a")->attempts, 1u);
  lose_next();
  EXPECT_EQ(store_->hand_back("prove", {{"b", leased[1].fence}})->at(0), Verdict::duplicate);
  lose_next();
  EXPECT_EQ(store_->renew("prove", {{"c", leased[2].fence}})->at(0), Verdict::ok);
  lose_next();
  EXPECT_TRUE(store_->sweep({"prove"}).ok());
  lose_next();
  EXPECT_EQ(store_->cancel("g").error().code, Code::unavailable) << "it may have worked: look";
  EXPECT_EQ(store_->group("g")->state, "cancelled");
  lose_next();
  EXPECT_EQ(store_->replay("a").error().code, Code::unavailable);
  EXPECT_EQ(store_->task("a")->state, TaskState::ready);
  lose_next();
  EXPECT_EQ(store_->counts("prove")->ready, 1u);
}

// --- Redis fails

TEST(RedisStore, FunctionsThatWereFlushedAreLoadedAgain) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options());
  ASSERT_TRUE(store->enqueue({spec("a")}).ok());
  redis.command({"FUNCTION", "FLUSH"});
  EXPECT_EQ(lease(*store).size(), 1u);
  redis.command({"FUNCTION", "DELETE", "cairn_v1"});
  EXPECT_TRUE(store->task("a").ok());
}

TEST(RedisStore, AnotherTextUnderTheSameNameIsReplacedAtStart) {
  test::RedisServer redis;
  redis.command({"FUNCTION", "LOAD",
                 "#!lua name=cairn_v1\nredis.register_function('cairn_v1_task', function() return 1 end)"});
  const auto store = open_store(redis.client_options());
  EXPECT_EQ(store->task("a").error().code, Code::not_found);
}

TEST(RedisStore, AFrozenRedisCostsAtMostTheTimeOfACall) {
  test::RedisServer redis;
  RedisOptions options = redis.client_options();
  options.call_ms = 100;
  const auto store = open_store(options);
  ASSERT_TRUE(store->enqueue({spec("a")}).ok());
  redis.freeze();
  const std::int64_t begun = steady_ms();
  const auto reply = store->enqueue({spec("b")});
  EXPECT_LT(steady_ms() - begun, 2'000);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::timeout);
  redis.thaw();
  EXPECT_TRUE(eventually([&] { return store->enqueue({spec("c")}).ok(); }));
}

TEST(RedisStore, AMissingRedisIsUnavailable) {
  RedisStoreOptions options;
  options.redis.socket_path = "/nowhere/redis.sock";
  options.redis.call_ms = 50;
  const auto store = RedisStore::open(options);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Code::unavailable);
  EXPECT_NE(store.error().what.find("/nowhere/redis.sock"), std::string::npos);
}

TEST(RedisStore, APoolNameThatWouldLeaveTheHashTagIsRefused) {
  for (const char* pool : {"", "a}b", "A", "a b"}) {
    RedisStoreOptions options;
    options.pool = pool;
    EXPECT_EQ(RedisStore::open(options).error().code, Code::invalid_input) << pool;
  }
}

// Redis is killed at random moments while tasks go through two stages. Nothing that was acknowledged is
// lost or done twice, and no lease is lost with a reply.
TEST(RedisStore, NothingAcknowledgedIsLostWhenRedisIsKilled) {
  constexpr int kKills = 6;
  test::RedisServer redis({.aof = true});
  RedisOptions options = redis.client_options();
  options.call_ms = kPatienceMs;
  const auto store = open_store(options, {.lease_ms = 60'000});
  std::atomic<bool> killing = true;
  std::thread killer([&] {
    std::minstd_rand random(7);
    for (int i = 0; i < kKills; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 60));
      redis.kill();
      redis.restart();
    }
    killing = false;
  });
  std::set<TaskId> accepted;
  std::map<TaskId, int> completed;
  std::vector<Completion> prove, join;
  const auto turn = [&](const std::string& stage, std::vector<Completion>& held) {
    const auto reply = store->exchange({stage, "w", held, 3});
    ASSERT_TRUE(reply.ok()) << reply.error().what;
    for (std::size_t i = 0; i < held.size(); ++i) {
      EXPECT_NE(reply->verdicts[i], Verdict::stale) << held[i].id;
      ++completed[held[i].id];
    }
    held.clear();
    for (const Task& t : reply->leased) {
      Completion done{t.id, t.fence, {}};
      if (stage == "prove") done.outcome.emits = {spec("join-" + t.id, t.height, "join")};
      held.push_back(done);
    }
  };
  std::uint64_t n = 0;
  while (killing || !prove.empty() || !join.empty() || store->counts("prove")->ready > 0 ||
         store->counts("join")->ready > 0) {
    if (killing) {
      std::vector<TaskSpec> specs;
      for (int i = 0; i < 3; ++i, ++n) specs.push_back(with_payload(spec("t" + std::to_string(n), n), Bytes(50, 1)));
      const auto reply = store->enqueue(specs);
      ASSERT_TRUE(reply.ok()) << reply.error().what;
      for (const TaskSpec& s : specs) accepted.insert(s.id);
    }
    turn("prove", prove);
    turn("join", join);
    if (HasFatalFailure()) break;
  }
  killer.join();
  ASSERT_GT(accepted.size(), 0u);
  for (const TaskId& id : accepted) {
    EXPECT_EQ(completed[id], 1) << id;
    EXPECT_EQ(completed["join-" + id], 1) << id;
  }
  for (const char* stage : {"prove", "join"}) {
    const auto counts = store->counts(stage);
    ASSERT_TRUE(counts.ok());
    EXPECT_EQ(counts->done_total, accepted.size()) << stage;
    EXPECT_EQ(counts->ready + counts->leased + counts->dead + counts->delayed + counts->waiting, 0u);
    EXPECT_EQ(counts->leases_lost_total, 0u);
  }
  EXPECT_EQ(*store->stored_bytes(), 0u);
  RecordProperty("tasks", static_cast<int>(accepted.size()));
}

TEST(RedisStore, AFullRedisDrainsAndThenTakesMore) {
  test::RedisServer redis({.maxmemory = "8mb"});
  const auto store = open_store(redis.client_options());
  std::uint64_t accepted = 0;
  for (bool full = false; !full && accepted < 100'000;) {
    std::vector<TaskSpec> specs;
    for (int i = 0; i < 50; ++i) {
      specs.push_back(with_payload(spec("t" + std::to_string(accepted + static_cast<std::uint64_t>(i)), 1), Bytes(2000, 1)));
    }
    const auto reply = store->enqueue(specs);
    ASSERT_TRUE(reply.ok()) << reply.error().what;
    for (const Admission a : reply->admissions) {
      a == Admission::accepted ? void(++accepted) : void(full = true);
      EXPECT_NE(a, Admission::duplicate);
    }
  }
  ASSERT_GT(accepted, 100u);
  ASSERT_LT(accepted, 100'000u);
  EXPECT_EQ(store->enqueue({spec("one-more")})->admissions, std::vector<Admission>{Admission::backpressure});
  const auto again = open_store(redis.client_options());  // also a dispatcher that starts now
  const Task failing = lease(*again, 1).at(0);
  EXPECT_EQ(*again->fail("prove", {failing.id, failing.fence, FailKind::retry, "x"}), Verdict::ok);
  EXPECT_TRUE(again->sweep({"prove", "join"}).ok());
  EXPECT_TRUE(again->counts("prove").ok());
  std::uint64_t done = 0;
  std::vector<Completion> held;
  ASSERT_TRUE(eventually([&] {
    auto reply = again->exchange({"prove", "w", held, 40});
    EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().what);
    if (!reply.ok()) return true;
    done += reply->verdicts.size();
    held.clear();
    for (const Task& t : reply->leased) held.push_back({t.id, t.fence, emitting({spec("j" + t.id, 1, "join")})});
    return done == accepted;
  }));
  EXPECT_EQ(again->counts("join")->ready, accepted);
  EXPECT_TRUE(eventually([&] {
    return store->enqueue({spec("one-more")})->admissions == std::vector<Admission>{Admission::accepted};
  }));
}

// --- damage that only the reader of the bytes can see

class DamagedBlob : public testing::TestWithParam<const char*> {
 protected:
  /// Damages the stored blob of `value` in the way that the test is named after.
  void damage(const Bytes& value) {
    const std::string key = "{cairn:main}:blob:" + hex(sha256(value));
    const std::string way = GetParam();
    const std::string size = std::to_string(value.size());
    if (way == "truncated") redis_.command({"SET", key, redis_.command({"GETRANGE", key, "0", size})});
    if (way == "lengthened") redis_.command({"APPEND", key, "x"});
    if (way == "changed") redis_.command({"SETRANGE", key, "5000", "x"});
    if (way == "header") redis_.command({"SETRANGE", key, "3", "x"});
    if (way == "another_type") redis_.command({"DEL", key});
  }
  test::RedisServer redis_;
};

TEST_P(DamagedBlob, MakesItsMakerRunAgain) {
  const auto store = open_store(redis_.client_options());
  ASSERT_TRUE(store->enqueue({with_payload(spec("maker", 1, "split"), bytes_of("p"))}).ok());
  // Both the payload of the join and its input are blobs.
  Outcome makes = emitting({with_payload(waiting_for(spec("join"), 1), large(1)), feeding(spec("part"), "join", 0)});
  const auto run_maker = [&] {
    const auto leased = lease(*store, 9, "split");
    ASSERT_EQ(leased.size(), 1u);
    ASSERT_TRUE(store->exchange({"split", "w", {{"maker", leased[0].fence, makes}}, 0}).ok());
  };
  const auto run_part = [&] {
    const auto leased = lease(*store);
    ASSERT_EQ(ids(leased), std::vector<TaskId>{"part"});
    Outcome o;
    o.output = large(2);
    ASSERT_TRUE(store->exchange({"prove", "w", {{"part", leased[0].fence, o}}, 0}).ok());
  };
  run_maker();
  run_part();

  damage(large(2));
  run_part();
  damage(large(1));
  const auto woken = store->exchange({"prove", "w", {}, 5});
  ASSERT_TRUE(woken.ok());
  EXPECT_TRUE(woken->leased.empty());
  EXPECT_EQ(woken->woken, std::vector<std::string>{"split"});
  EXPECT_EQ(store->task("join")->state, TaskState::waiting);
  EXPECT_EQ(store->task("maker")->state, TaskState::ready);
  // The maker has released its payload and nothing in the pool has it: it is submitted again.
  EXPECT_TRUE(lease(*store, 9, "split").empty());
  ASSERT_TRUE(store->enqueue({with_payload(spec("maker", 1, "split"), bytes_of("p"))}).ok());
  run_maker();
  const auto join = lease(*store);
  ASSERT_EQ(join.size(), 1u);
  EXPECT_EQ(join[0].payload, large(1));
  EXPECT_EQ(join[0].inputs, std::vector<Bytes>{large(2)});
  EXPECT_EQ(store->task("join")->deaths + store->task("join")->attempts, 0u);
  ASSERT_TRUE(store->exchange({"prove", "w", {{"join", join[0].fence, {}}}, 0}).ok());
  EXPECT_EQ(*store->stored_bytes(), 0u);
  EXPECT_EQ(redis_.command({"HLEN", "{cairn:main}:blobs"}), "0");
}

INSTANTIATE_TEST_SUITE_P(Every, DamagedBlob,
                         testing::Values("truncated", "lengthened", "changed", "header"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(RedisStore, RecordsThatMakeNoSenseAreCorrupt) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options());
  ASSERT_TRUE(store->enqueue({spec("a"), in_group(spec("b"), "g")}).ok());
  for (const char* junk : {"", "x", "\xff\xff\xff\xff\xff\xff\xff\xff", "a long text that is not a record at all"}) {
    redis.command({"SET", "{cairn:main}:t:a", junk});
    const auto found = store->task("a");
    ASSERT_FALSE(found.ok()) << junk;
    EXPECT_EQ(found.error().code, Code::corrupt) << found.error().what;
    EXPECT_EQ(store->exchange({"prove", "w", {}, 5}).error().code, Code::corrupt);
  }
  redis.command({"DEL", "{cairn:main}:g:g"});
  redis.command({"SET", "{cairn:main}:g:g", "a string"});
  EXPECT_EQ(store->group("g").error().code, Code::corrupt);
  redis.command({"DEL", "{cairn:main}:t:a"});
  EXPECT_EQ(ids(lease(*store)), std::vector<TaskId>{"b"}) << "a queue entry without a record is dropped";
}

// Nothing is left in Redis of tasks and groups that were forgotten.
TEST(RedisStore, LeavesNothingBehind) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options(), {.done_ms = 0});
  ASSERT_TRUE(store->enqueue({with_payload(in_group(waiting_for(spec("join", 2), 1), "g"), large(1)),
                              feeding(in_group(with_payload(spec("p"), Bytes(900, 1)), "g"), "join", 0),
                              spec("alone", 3)}).ok());
  Outcome o;
  o.output = large(2);
  for (const Task& t : lease(*store)) {
    ASSERT_TRUE(store->exchange({"prove", "w", {{t.id, t.fence, t.id == "p" ? o : Outcome()}}, 0}).ok());
  }
  o = ending("verified");
  o.facts = {{"a", "b"}};
  const Task join = lease(*store).at(0);
  ASSERT_TRUE(store->exchange({"prove", "w", {{"join", join.fence, o}}, 0}).ok());
  ASSERT_TRUE(eventually([&] { return store->sweep({"prove"}).ok() && !store->group("g").ok() && !store->task("alone").ok(); }));
  std::istringstream keys(redis.command({"KEYS", "*"}));
  std::set<std::string> left;
  for (std::string key; std::getline(keys, key);) left.insert(key.substr(0, key.find(':', 13)));
  EXPECT_EQ(left, (std::set<std::string>{"{cairn:main}:callers", "{cairn:main}:pool", "{cairn:main}:reply",
                                         "{cairn:main}:stage"}));
}

TEST(RedisStore, CallersThatAreGoneAreForgotten) {
  test::RedisServer redis;
  for (int i = 0; i < 3; ++i) {
    const auto store = open_store(redis.client_options());
    ASSERT_TRUE(store->enqueue({spec("t" + std::to_string(i))}).ok());
    EXPECT_EQ(lease(*store).size(), 1u);
  }
  EXPECT_EQ(redis.command({"ZCARD", "{cairn:main}:callers"}), "3");
  std::vector<std::string> fill = {"ZADD", "{cairn:main}:callers"};
  for (int i = 0; i < 1000; ++i) {
    fill.push_back("1");
    fill.push_back("old" + std::to_string(i));
  }
  redis.command(fill);
  redis.command({"SET", "{cairn:main}:reply:old0", "x"});
  const auto store = open_store(redis.client_options());
  lease(*store);
  EXPECT_EQ(redis.command({"ZCARD", "{cairn:main}:callers"}), "1000");
  EXPECT_EQ(redis.command({"EXISTS", "{cairn:main}:reply:old0"}), "0");
}

// --- the server at start

TEST(CheckServer, NamesWhatToSet) {
  const auto refused = [](const test::RedisServerOptions& options, const ServerWaivers& waivers = {}) {
    test::RedisServer redis(options);
    RedisClient client(redis.client_options());
    const Status status = check_server(client, waivers);
    EXPECT_TRUE(status.ok() || status.error().code == Code::conflict) << "seen half-way";
    return status.ok() ? "" : status.error().what;
  };
  EXPECT_EQ(refused({.aof = true}), "");
  EXPECT_EQ(refused({.aof = true, .password = "secret"}), "");
  EXPECT_NE(refused({.aof = false}).find("appendonly yes"), std::string::npos);
  EXPECT_EQ(refused({.aof = false}, {.durability = true}), "");
  EXPECT_NE(refused({.maxmemory = "0", .aof = true}).find("set it to"), std::string::npos);
  EXPECT_NE(refused({.policy = "allkeys-lru", .aof = true}).find("maxmemory-policy noeviction"), std::string::npos);
  EXPECT_EQ(refused({.maxmemory = "0", .policy = "allkeys-lru", .aof = true}, {.memory = true}), "");
}

TEST(CheckServer, AWrongPasswordIsNotRetried) {
  test::RedisServer redis({.password = "secret"});
  RedisOptions options = redis.client_options();
  options.password = "wrong";
  RedisClient client(options);
  const Status status = check_server(client);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::failed);
}

}  // namespace
}  // namespace cairn::pipeline
