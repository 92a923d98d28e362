// What the tests of the Redis store alone share. Each has a server of its own, with the production library
// and clock.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "pipeline/store_redis.h"
#include "tests/conformance/store_test.h"
#include "tests/support/redis_server.h"

namespace cairn::pipeline {

inline constexpr std::int64_t kPatienceMs = 20'000;

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

inline std::unique_ptr<RedisStore> open_store(const RedisOptions& redis, StoreRules rules = {},
                                              std::string library = std::string(redis_library())) {
  RedisStoreOptions options;
  options.redis = redis;
  options.rules = rules;
  options.library = std::move(library);
  auto store = RedisStore::open(options);
  CAIRN_ASSERT(store.ok());
  return std::move(*store);
}

inline std::vector<Task> lease(Store& store, std::uint32_t max = 10, const std::string& stage = "prove") {
  auto reply = store.exchange({stage, "w", {}, max});
  EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().what);
  return reply.ok() ? reply->leased : std::vector<Task>();
}

}  // namespace cairn::pipeline
