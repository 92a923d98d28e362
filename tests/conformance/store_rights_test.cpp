// What the users of ops/redis/users.acl may do: enough, and nothing else. The conformance tests of the store
// run as `cairn-pool`.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "pipeline/store_redis.h"
#include "tests/support/redis_server.h"

namespace cairn::pipeline {
namespace {

struct StoreRights : testing::Test {
  test::RedisServer server;

  std::unique_ptr<RedisStore> open(const std::string& user) {
    RedisStoreOptions options;
    options.redis = server.client_options(user);
    auto store = RedisStore::open(options);
    EXPECT_TRUE(store.ok()) << store.error().what;
    return std::move(*store);
  }
};

TaskSpec task() {
  TaskSpec spec;
  spec.id = "g/t";
  spec.stage = "prove";
  spec.height = 5;
  spec.group = "g";
  return spec;
}

TEST_F(StoreRights, WhoLooksSeesEverythingAndChangesNothing) {
  const auto pool = open("cairn-pool");
  ASSERT_TRUE(pool->enqueue({task()}).ok());
  const auto view = open("cairn-view");
  EXPECT_TRUE(view->counts("prove").ok());
  EXPECT_TRUE(view->stored_bytes().ok());
  EXPECT_TRUE(view->task("g/t").ok());
  EXPECT_TRUE(view->group("g").ok());
  EXPECT_EQ(view->groups(0, 9, 9)->size(), 1u);
  EXPECT_EQ(view->group_tasks("g", 9)->size(), 1u);
  EXPECT_TRUE(view->dead("", 9).ok());

  EXPECT_FALSE(view->enqueue({task()}).ok());
  EXPECT_FALSE(view->exchange({"prove", "w", {}, 1}).ok());
  EXPECT_FALSE(view->renew("prove", {{"g/t", 1}}).ok());
  EXPECT_FALSE(view->hand_back("prove", {{"g/t", 1}}).ok());
  EXPECT_FALSE(view->sweep({"prove"}).ok());
  EXPECT_FALSE(view->cancel("g").ok());
  EXPECT_FALSE(view->replay("g/t").ok());
  EXPECT_FALSE(view->drop("g/t").ok());
  EXPECT_EQ(pool->counts("prove")->ready, 1u);
}

TEST_F(StoreRights, WhoLooksWithABuildThatThePoolDoesNotRunIsToldWhatIsMissing) {
  const auto pool = open("cairn-pool");
  RedisStoreOptions other;
  other.redis = server.client_options("cairn-view");
  other.library += "-- of another build\n";
  const auto refused = RedisStore::open(other);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().what.find(redis_library_name(other.library)), std::string::npos);
  EXPECT_NE(refused.error().what.find("may not load them"), std::string::npos) << refused.error().what;
  other.redis = server.client_options("cairn-pool");
  ASSERT_TRUE(RedisStore::open(other).ok());
  other.redis = server.client_options("cairn-view");
  EXPECT_TRUE(RedisStore::open(other).ok());
}

TEST_F(StoreRights, NobodyReachesOtherKeysOrTheServer) {
  for (const char* user : {"cairn-pool", "cairn-view"}) {
    RedisClient client(server.client_options(user));
    const std::vector<RedisClient::Command> refused = {{"GET", "other"},
                                                       {"SET", "other", "1"},
                                                       {"KEYS", "*"},
                                                       {"FLUSHALL"},
                                                       {"SHUTDOWN", "NOSAVE"},
                                                       {"CONFIG", "SET", "dir", "/"},
                                                       {"REPLICAOF", "NO", "ONE"},
                                                       {"FUNCTION", "FLUSH"},
                                                       {"ACL", "LIST"},
                                                       {"EVAL", "return 1", "0"},
                                                       {"MONITOR"},
                                                       {"SUBSCRIBE", "x"}};
    for (const auto& command : refused) {
      const auto answer = client.run({command});
      ASSERT_TRUE(answer.ok()) << answer.error().what;
      EXPECT_EQ(answer->replies.front().kind, Reply::Kind::error) << user << " may " << command[0];
      EXPECT_TRUE(answer->replies.front().text.starts_with("NOPERM")) << answer->replies.front().text;
    }
  }
}

TEST_F(StoreRights, AWrongPasswordOrUserIsRefused) {
  for (const auto& [user, password] :
       {std::pair("cairn-pool", "wrong"), std::pair("nobody", "of-the-tests")}) {
    RedisStoreOptions options;
    options.redis = server.client_options(user);
    options.redis.password = password;
    const auto store = RedisStore::open(options);
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.error().code, Code::failed) << store.error().what;
    EXPECT_EQ(store.error().what.find(password), std::string::npos);
  }
}

// Each right is there for a command that the functions or this program call.
TEST_F(StoreRights, AreNoMoreThanWhatIsCalled) {
  const std::set<std::string> own = {"PING",          "INFO",  "CONFIG|GET", "FUNCTION|LIST",
                                     "FUNCTION|LOAD", "FCALL", "FCALL_RO"};
  std::ifstream file(test::source_dir() / "ops/redis/users.acl");
  std::size_t rights = 0;
  for (std::string word; file >> word;) {
    if (word[0] != '+') continue;
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
    const std::string command = word.substr(1);
    EXPECT_TRUE(own.contains(command) || redis_library().find("'" + command + "'") != std::string_view::npos)
        << word;
    ++rights;
  }
  EXPECT_GT(rights, 40u);
}

}  // namespace
}  // namespace cairn::pipeline
