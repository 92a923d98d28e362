// What only a real Redis can show: its clock, frozen, full, without its functions, and what it keeps.
#include <set>
#include <sstream>

#include "pipeline/redis_server_check.h"
#include "tests/conformance/store_redis_test.h"

namespace cairn::pipeline {
namespace {

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

// --- Redis fails

TEST(RedisStore, FunctionsThatWereFlushedAreLoadedAgain) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options());
  ASSERT_TRUE(store->enqueue({spec("a")}).ok());
  redis.command({"FUNCTION", "FLUSH"});
  EXPECT_EQ(lease(*store).size(), 1u);
  redis.command({"FUNCTION", "DELETE", redis_library_name(redis_library())});
  EXPECT_TRUE(store->task("a").ok());
}

TEST(RedisStore, APrimaryWithoutItsReplicasIsWaitedFor) {
  test::RedisServer redis;
  RedisOptions options = redis.client_options();
  options.call_ms = 100;
  const auto store = open_store(options);
  redis.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
  const auto reply = store->enqueue({spec("a")});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::unavailable) << reply.error().what;
  EXPECT_TRUE(store->counts("prove").ok()) << "looking is possible";
  redis.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
  EXPECT_TRUE(eventually([&] { return store->enqueue({spec("a")}).ok(); }));
}

TEST(RedisStore, ARedisThatTakesNoMoreClientsIsWaitedFor) {
  test::RedisServer redis;
  RedisOptions options = redis.client_options();
  options.call_ms = 100;
  redis.command({"CONFIG", "SET", "maxclients", "1"});
  RedisClient only(options), other(options);
  ASSERT_TRUE(eventually([&] { return only.call({"PING"}).ok(); }));
  const auto reply = other.call({"PING"});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code, Code::unavailable) << reply.error().what;
  ASSERT_TRUE(only.call({"CONFIG", "SET", "maxclients", "100"}).ok());
  EXPECT_TRUE(eventually([&] { return other.call({"PING"}).ok(); }));
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

TEST(RedisStore, AFullRedisDrainsAndThenTakesMore) {
  test::RedisServer redis({.maxmemory = "8mb"});
  const auto store = open_store(redis.client_options());
  std::uint64_t accepted = 0;
  for (bool full = false; !full && accepted < 100'000;) {
    std::vector<TaskSpec> specs;
    for (int i = 0; i < 50; ++i) {
      specs.push_back(with_payload(spec("t" + std::to_string(accepted + static_cast<std::uint64_t>(i)), 1),
                                   Bytes(2000, 1)));
    }
    const auto reply = store->enqueue(specs);
    ASSERT_TRUE(reply.ok()) << reply.error().what;
    for (const Admission a : reply->admissions) {
      a == Admission::accepted ? void(++accepted) : void(full = true);
      EXPECT_NE(a, Admission::duplicate);
    }
  }
  // What is left has room for a task that is smaller than a batch, but not for many.
  Admission last = Admission::accepted;
  while (last == Admission::accepted && accepted < 100'000) {
    last =
        store->enqueue({with_payload(spec("s" + std::to_string(accepted)), Bytes(500, 1))})->admissions.at(0);
    if (last == Admission::accepted) ++accepted;
  }
  EXPECT_EQ(last, Admission::backpressure);
  ASSERT_GT(accepted, 100u);
  ASSERT_LT(accepted, 100'000u);
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
    for (const Task& t : reply->leased)
      held.push_back({t.id, t.fence, emitting({spec("j" + t.id, 1, "join")})});
    return done == accepted;
  }));
  EXPECT_EQ(again->counts("join")->ready, accepted);
  EXPECT_TRUE(eventually([&] {
    return store->enqueue({spec("one-more")})->admissions == std::vector<Admission>{Admission::accepted};
  }));
}

TEST(RedisStore, RecordsThatMakeNoSenseAreCorrupt) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options());
  ASSERT_TRUE(store->enqueue({spec("a"), in_group(spec("b"), "g")}).ok());
  for (const char* junk :
       {"", "x", "\xff\xff\xff\xff\xff\xff\xff\xff", "a long text that is not a record at all"}) {
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
  ASSERT_TRUE(store
                  ->enqueue({with_payload(in_group(waiting_for(spec("join", 2), 1), "g"), large(1)),
                             feeding(in_group(with_payload(spec("p"), Bytes(900, 1)), "g"), "join", 0),
                             needing(spec("alone", 3), "gpu")})
                  .ok());
  Outcome o;
  o.output = large(2);
  const auto leased = store->exchange({"prove", "w", {}, 9, {"gpu"}})->leased;
  ASSERT_EQ(leased.size(), 2u);
  for (const Task& t : leased) {
    ASSERT_TRUE(store->exchange({"prove", "w", {{t.id, t.fence, t.id == "p" ? o : Outcome()}}, 0}).ok());
  }
  o = ending("verified");
  o.facts = {{"a", "b"}};
  const Task join = lease(*store).at(0);
  ASSERT_TRUE(store->exchange({"prove", "w", {{"join", join.fence, o}}, 0}).ok());
  ASSERT_TRUE(eventually(
      [&] { return store->sweep({"prove"}).ok() && !store->group("g").ok() && !store->task("alone").ok(); }));
  std::istringstream keys(redis.command({"KEYS", "*"}));
  std::set<std::string> left;
  for (std::string key; std::getline(keys, key);) left.insert(key.substr(0, key.find(':', 13)));
  EXPECT_EQ(left, (std::set<std::string>{"{cairn:main}:callers", "{cairn:main}:clock", "{cairn:main}:pool",
                                         "{cairn:main}:reply", "{cairn:main}:stage"}));
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
  EXPECT_NE(refused({.policy = "allkeys-lru", .aof = true}).find("maxmemory-policy noeviction"),
            std::string::npos);
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
