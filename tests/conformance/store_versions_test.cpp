// Programs of different builds on one Redis, and on one pool.
#include <map>
#include <set>
#include <sstream>

#include "common/digest.h"
#include "tests/conformance/store_redis_test.h"

namespace cairn::pipeline {
namespace {

std::string edited(std::string_view text, std::string_view replacement) {
  std::string library(redis_library());
  const std::size_t at = library.find(text);
  CAIRN_ASSERT(at != std::string::npos && library.find(text, at + 1) == std::string::npos);
  return library.replace(at, text.size(), replacement);
}
std::string other_build() { return std::string(redis_library()) + "-- of another build\n"; }
std::string next_format() { return edited("local FORMAT = 2\n", "local FORMAT = 3\n"); }

/// All that is stored, by key, as Redis serialises it.
std::map<std::string, std::string> stored(test::RedisServer& redis) {
  std::map<std::string, std::string> out;
  std::istringstream keys(redis.command({"KEYS", "*"}));
  for (std::string key; std::getline(keys, key);) out[key] = redis.command({"DUMP", key});
  return out;
}

Error refusal(const RedisOptions& redis, const std::string& library) {
  RedisStoreOptions options;
  options.redis = redis;
  options.library = library;
  const auto store = RedisStore::open(options);
  return store.ok() ? Error{Code::failed, "it was opened"} : store.error();
}

TEST(StoreVersions, BuildsOfOneFormatWorkOnOnePoolEachWithItsOwnFunctions) {
  test::RedisServer redis;
  const auto one = open_store(redis.client_options());
  ASSERT_TRUE(one->enqueue({spec("a"), spec("b", 2)}).ok());
  const Task a = lease(*one, 1).at(0);
  const auto other = open_store(redis.client_options(), {}, other_build());
  const Task b = lease(*other, 1).at(0);
  EXPECT_EQ(b.id, "b");
  EXPECT_GT(b.fence, a.fence);
  EXPECT_EQ(other->renew("prove", {{a.id, a.fence}})->at(0), Verdict::ok);
  EXPECT_EQ(one->exchange({"prove", "w", {{b.id, b.fence, {}}}, 0})->verdicts.at(0), Verdict::ok);
  EXPECT_EQ(other->exchange({"prove", "w", {{a.id, a.fence, {}}}, 0})->verdicts.at(0), Verdict::ok);
  for (const auto& store : {one.get(), other.get()}) EXPECT_EQ(store->counts("prove")->done_total, 2u);

  const std::string libraries = redis.command({"FUNCTION", "LIST"});
  for (const std::string& text : {std::string(redis_library()), other_build()}) {
    EXPECT_NE(libraries.find(redis_library_name(text)), std::string::npos);
  }
  const std::string stats = redis.command({"INFO", "commandstats"});
  EXPECT_NE(stats.find("cmdstat_function|load:calls=2,"), std::string::npos) << "each was loaded once";
}

TEST(StoreVersions, APoolOfAnotherFormatIsRefusedAndNothingIsChanged) {
  for (const bool newer : {true, false}) {
    test::RedisServer redis;
    const std::string mine = newer ? std::string(redis_library()) : next_format();
    const std::string others = newer ? next_format() : std::string(redis_library());
    const auto store = open_store(redis.client_options(), {}, mine);
    ASSERT_TRUE(store->enqueue({spec("a")}).ok());
    const auto before = stored(redis);
    const Error why = refusal(redis.client_options(), others);
    EXPECT_EQ(why.code, Code::conflict) << why.what;
    EXPECT_NE(why.what.find("{cairn:main} is stored in format " + std::string(newer ? "2" : "3")),
              std::string::npos)
        << why.what;
    EXPECT_NE(why.what.find(redis_library_name(others) + ") reads and writes format " + (newer ? "3" : "2")),
              std::string::npos)
        << why.what;
    EXPECT_NE(why.what.find("run the version that began the pool"), std::string::npos) << why.what;
    EXPECT_EQ(stored(redis), before);
    EXPECT_EQ(lease(*store).size(), 1u) << "the pool goes on";
  }
}

TEST(StoreVersions, EveryCallIsRefusedWhenThePoolHasBecomeOneOfAnotherFormat) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options());
  const auto other = open_store(redis.client_options(), {}, next_format());
  ASSERT_TRUE(other->enqueue({in_group(spec("a"), "g")}).ok()) << "nothing was stored yet";
  const Task a = lease(*other).at(0);
  const auto before = stored(redis);
  const std::vector<Store::Held> held = {{a.id, a.fence}};
  EXPECT_EQ(store->enqueue({spec("b")}).error().code, Code::conflict);
  EXPECT_EQ(store->exchange({"prove", "w", {{a.id, a.fence, {}}}, 1}).error().code, Code::conflict);
  EXPECT_EQ(store->renew("prove", held).error().code, Code::conflict);
  EXPECT_EQ(store->hand_back("prove", held).error().code, Code::conflict);
  EXPECT_EQ(store->fail("prove", {a.id, a.fence, FailKind::retry, "x"}).error().code, Code::conflict);
  EXPECT_EQ(store->sweep({"prove"}).error().code, Code::conflict);
  EXPECT_EQ(store->cancel("g").error().code, Code::conflict);
  EXPECT_EQ(store->replay("a").error().code, Code::conflict);
  EXPECT_EQ(store->drop("a").error().code, Code::conflict);
  EXPECT_EQ(store->task("a").error().code, Code::conflict);
  EXPECT_EQ(store->counts("prove").error().code, Code::conflict);
  EXPECT_EQ(store->groups(0, 9, 9).error().code, Code::conflict);
  EXPECT_EQ(stored(redis), before);
}

TEST(StoreVersions, APoolFromBeforeFormatsWereKeptIsOfTheFirst) {
  test::RedisServer redis;
  open_store(redis.client_options());
  redis.command(
      {"SET", "{cairn:main}:clock", std::string("\x42\x78\xbc\xfe\x56\x80\0\0", 8) + std::string(8, '\0')});
  const Error why = refusal(redis.client_options(), std::string(redis_library()));
  EXPECT_EQ(why.code, Code::conflict);
  EXPECT_NE(why.what.find("is stored in format 1,"), std::string::npos) << why.what;
}

TEST(StoreVersions, ADamagedClockIsCorrupt) {
  test::RedisServer redis;
  const auto store = open_store(redis.client_options());
  redis.command({"SET", "{cairn:main}:clock", "\x02too short"});
  EXPECT_EQ(store->counts("prove").error().code, Code::corrupt);
}

/// All that is stored but what names the caller, as text that does not depend on how Redis keeps it.
std::string contents(test::RedisServer& redis) {
  std::string out;
  std::set<std::string> names;
  std::istringstream keys(redis.command({"KEYS", "*"}));
  for (std::string key; std::getline(keys, key);) names.insert(key);
  for (const std::string& key : names) {
    if (key.find(":callers") != std::string::npos || key.find(":reply:") != std::string::npos) continue;
    const std::string type = redis.command({"TYPE", key});
    out += key + " " + type + "\n";
    if (type == "string") out += redis.command({"GET", key}) + "\n";
    if (type == "list") out += redis.command({"LRANGE", key, "0", "-1"}) + "\n";
    if (type == "zset") out += redis.command({"ZRANGE", key, "0", "-1", "WITHSCORES"}) + "\n";
    if (type != "hash") continue;
    std::set<std::string> fields;
    std::istringstream lines(redis.command({"HKEYS", key}));
    for (std::string field; std::getline(lines, field);) fields.insert(field);
    for (const std::string& field : fields) out += field + "=" + redis.command({"HGET", key, field}) + "\n";
  }
  return out;
}

// Whoever changes what is stored raises FORMAT (lua/unit.lua), and writes its digest here beside the new
// number.
TEST(StoreVersions, WhatIsStoredHasItsFormat) {
  test::RedisServer redis;
  const auto store =
      open_store(redis.client_options(), {},
                 edited("local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000)",
                        "return 1700000000000"));
  TaskSpec picky = with_payload(spec("picky", 4), Bytes(600, 1));
  picky.needs = "zkvm";
  TaskSpec later = in_group(spec("later", 5), "g");
  later.delay_ms = 50;
  ASSERT_TRUE(
      store
          ->enqueue({with_payload(in_group(waiting_for(spec("join", 9, "join"), 2), "g"), large(1)),
                     feeding(in_group(spec("p0"), "g"), "join", 0), spec("again", 2), spec("fails", 3), picky,
                     later, spec("done", 6), spec("dead", 7), spec("held", 8)})
          .ok());
  auto tasks = store->exchange({"prove", "w", {}, 10, {"zkvm"}});
  ASSERT_TRUE(tasks.ok());
  ASSERT_EQ(tasks->leased.size(), 7u);
  std::map<TaskId, Fence> fences;
  for (const Task& t : tasks->leased) fences[t.id] = t.fence;
  Outcome output = with_output("an output");
  output.facts = {{"name", "value"}};
  const Outcome again = once_more({bytes_of("state"), 70, NumberRequest{"nonce", 5}});
  ASSERT_TRUE(store
                  ->exchange({"prove",
                              "w",
                              {{"p0", fences["p0"], output},
                               {"again", fences["again"], again},
                               {"done", fences["done"], emitting({spec("emitted", 10)})}},
                              0})
                  .ok());
  ASSERT_TRUE(store->fail("prove", {"fails", fences["fails"], FailKind::retry, "why"}).ok());
  ASSERT_TRUE(store->fail("prove", {"dead", fences["dead"], FailKind::permanent, "because"}).ok());
  ASSERT_TRUE(store->hand_back("prove", {{"picky", fences["picky"]}}).ok());
  EXPECT_NE(redis_library().find("local FORMAT = 2\n"), std::string_view::npos);
  EXPECT_EQ(hex(sha256(view(contents(redis)))),
            "5cd2c3711b2576de66eacf31a06ecea9cb66ac4e408ea551b9dd60d5d7a44838")
      << "another layout is another format";
}

}  // namespace
}  // namespace cairn::pipeline
