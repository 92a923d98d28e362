// Programs of different builds on one Redis, and on one pool.
#include <map>
#include <sstream>

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

}  // namespace
}  // namespace cairn::pipeline
