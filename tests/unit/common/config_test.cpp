#include "common/config.h"

#include <gtest/gtest.h>

#include <map>

namespace cairn {
namespace {

Environment environment(std::map<std::string, std::string> values = {}) {
  auto held = std::make_shared<std::map<std::string, std::string>>(std::move(values));
  return [held](const char* name) -> const char* {
    const auto it = held->find(name);
    return it == held->end() ? nullptr : it->second.c_str();
  };
}

struct Read {
  std::uint64_t lease_ms = 10;
  std::string fsync = "everysec";
  bool unsafe = false;
  std::vector<std::string> rpc;
  Status status;
};

Read read(std::string_view yaml, Environment env = environment()) {
  Read out;
  auto file = ConfigFile::parse(yaml, "pool.yaml", env);
  if (!file.ok()) {
    out.status = file.error();
    return out;
  }
  ConfigSection store = file->root().section("store");
  store.read("lease_ms", out.lease_ms, 1, 1000);
  store.read("unsafe", out.unsafe);
  store.read_choice("fsync", out.fsync, {"everysec", "always"});
  file->root().section("chain").read("rpc", out.rpc, 2);
  out.status = file->finish();
  return out;
}

TEST(Config, DefaultsStandWhenNothingIsGiven) {
  const Read r = read("");
  EXPECT_TRUE(r.status.ok());
  EXPECT_EQ(r.lease_ms, 10u);
}

TEST(Config, ReadsValues) {
  const Read r = read("store:\n  lease_ms: 500\n  unsafe: true\n  fsync: always\nchain: {rpc: [a, b]}\n");
  ASSERT_TRUE(r.status.ok()) << r.status.error().what;
  EXPECT_EQ(r.lease_ms, 500u);
  EXPECT_TRUE(r.unsafe);
  EXPECT_EQ(r.fsync, "always");
  EXPECT_EQ(r.rpc, (std::vector<std::string>{"a", "b"}));
}

TEST(Config, EnvironmentOverridesTheFile) {
  const Read r = read("store: {lease_ms: 500}\n",
                      environment({{"CAIRN_STORE_LEASE_MS", "600"}, {"CAIRN_CHAIN_RPC", "x,y"}}));
  ASSERT_TRUE(r.status.ok());
  EXPECT_EQ(r.lease_ms, 600u);
  EXPECT_EQ(r.rpc, (std::vector<std::string>{"x", "y"}));
}

struct Wrong {
  const char* yaml;
  const char* place;  // what the message must name
};
class ConfigWrong : public testing::TestWithParam<Wrong> {};

TEST_P(ConfigWrong, IsRefusedWithItsLine) {
  const Read r = read(GetParam().yaml);
  ASSERT_FALSE(r.status.ok());
  EXPECT_EQ(r.status.error().code, Code::invalid_input);
  EXPECT_NE(r.status.error().what.find(GetParam().place), std::string::npos) << r.status.error().what;
}

INSTANTIATE_TEST_SUITE_P(
    , ConfigWrong,
    testing::Values(
        Wrong{"store:\n  lease_ms: 5\n  leese: 1\n", "pool.yaml:3: unknown key \"store.leese\""},
        Wrong{"other: 1\n", "pool.yaml:1: unknown key \"other\""},
        Wrong{"store:\n  lease_ms: 0\n", "pool.yaml:2"},     // below the bound
        Wrong{"store:\n  lease_ms: 1001\n", "pool.yaml:2"},  // above it
        Wrong{"store:\n  lease_ms: -1\n", "pool.yaml:2"}, Wrong{"store:\n  lease_ms: 5s\n", "pool.yaml:2"},
        Wrong{"store:\n  lease_ms: [5]\n", "pool.yaml:2"}, Wrong{"store:\n  unsafe: yes\n", "pool.yaml:2"},
        Wrong{"store:\n  fsync: never\n", "everysec, always"},
        Wrong{"chain: {rpc: [a, b, c]}\n", "more than 2"}, Wrong{"store: 5\n", "must be a mapping"},
        Wrong{"store:\n  lease_ms: 5\n  lease_ms: 6\n", "lease_ms"}, Wrong{"- 1\n", "must be a mapping"},
        Wrong{"a: [\n", "pool.yaml"}, Wrong{"a: &a [1]\nb: [*a, *a]\n", "pool.yaml"}));

TEST(Config, RefusesDeepAndLargeFiles) {
  EXPECT_FALSE(read(std::string(10'000, '[')).status.ok());
  EXPECT_FALSE(read(std::string(1 << 20, ' ')).status.ok());
  std::string staircase;
  for (int i = 0; i < 40; ++i) staircase += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_FALSE(read(staircase).status.ok());
}

TEST(Config, EnvironmentIsBoundToo) {
  const Read r = read("", environment({{"CAIRN_STORE_LEASE_MS", "5000"}}));
  ASSERT_FALSE(r.status.ok());
  EXPECT_NE(r.status.error().what.find("CAIRN_STORE_LEASE_MS"), std::string::npos);
}

TEST(Config, AFolderIsNoEmptyFile) {
  const auto file = ConfigFile::load("/", environment());
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, Code::invalid_input);
  EXPECT_EQ(file.error().what, "cannot read configuration /");
}

TEST(Config, IsOneDocument) {
  for (const char* yaml :
       {"store: {lease_ms: 5}\n---\nfrobnicate: 1\n", "store: {lease_ms: 5}\n...\n---\nfrobnicate: 1\n"}) {
    const Read r = read(yaml);
    ASSERT_FALSE(r.status.ok()) << yaml;
    EXPECT_NE(r.status.error().what.find("one document"), std::string::npos) << r.status.error().what;
    EXPECT_TRUE(r.status.error().what.starts_with("pool.yaml:")) << r.status.error().what;
  }
  EXPECT_EQ(read("---\nstore: {lease_ms: 5}\n").lease_ms, 5u);
  EXPECT_TRUE(read("# nothing\n").status.ok());
}

}  // namespace
}  // namespace cairn
