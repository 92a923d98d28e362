// The configuration of a pool, against the document that describes it.
#include "cli/pool_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "chain/address.h"

namespace cairn::cli {
namespace {

using ::testing::HasSubstr;

Environment environment(std::map<std::string, std::string> values = {}) {
  auto held = std::make_shared<std::map<std::string, std::string>>(std::move(values));
  return [held](const char* name) -> const char* {
    const auto it = held->find(name);
    return it == held->end() ? nullptr : it->second.c_str();
  };
}

/// Reads `yaml` as the file DIR/pool.yaml.
class PoolConfigTest : public ::testing::Test {
 protected:
  PoolConfigTest() {
    std::string pattern = ::testing::TempDir() + "cairn-config.XXXXXX";
    dir_ = ::mkdtemp(pattern.data());
  }
  ~PoolConfigTest() override { std::filesystem::remove_all(dir_); }

  Result<PoolConfig> read(const std::string& yaml, const Environment& env = environment()) {
    std::ofstream(dir_ + "/pool.yaml") << yaml;
    return load_config(dir_ + "/pool.yaml", env);
  }
  std::string why(const std::string& yaml, const Environment& env = environment()) {
    const auto config = read(yaml, env);
    if (config.ok()) return "";
    EXPECT_EQ(config.error().code, Code::invalid_input);
    return config.error().what;
  }
  std::string dir_;
};

/// A key of docs/configuration.md with its names filled in, and the bounds that it says.
struct Bounds {
  std::string key;
  std::uint64_t min, max;
  bool zkvm;  ///< Below "Of kind `zkvm`".
};

std::string document() {
  const char* root = std::getenv("CAIRN_SOURCE_DIR");
  std::ifstream in(std::string(root ? root : ".") + "/docs/configuration.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Bounds> documented_bounds() {
  const std::regex row(R"(^\| `([A-Za-z_.]+)` \| [^|]*?\b([0-9]+) to (2\^53|[0-9]+)[^|]*\|.*$)");
  std::vector<Bounds> out;
  std::istringstream lines(document());
  bool zkvm = false;
  for (std::string line; std::getline(lines, line);) {
    zkvm = line.starts_with("Of kind `zkvm`") || (zkvm && !line.starts_with("Variables"));
    std::smatch found;
    if (!std::regex_match(line, found, row) || line.find("list of") != line.npos ||
        line.find("2^256") != line.npos)
      continue;
    std::string key = found[1];
    for (const auto& [name, filled] :
         {std::pair("STAGE", "prove"), std::pair("NAME", "n"), std::pair("PROGRAM", "p")}) {
      if (const auto at = key.find(name); at != key.npos) key.replace(at, std::string(name).size(), filled);
    }
    out.push_back(
        {key, std::stoull(found[2]), found[3] == "2^53" ? limits::height_max : std::stoull(found[3]), zkvm});
  }
  return out;
}

/// "a.b.c" and a value as YAML, each part on a line of its own.
std::string nested(const std::string& key, const std::string& value) {
  std::istringstream parts(key);
  std::string out, indent;
  for (std::string part; std::getline(parts, part, '.'); indent += "  ") {
    out += (out.empty() ? "" : "\n") + indent + part + ":";
  }
  return out + " " + value + "\n";
}

std::string variable(std::string key) {
  for (char& c : key) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return "CAIRN_" + key;
}

TEST_F(PoolConfigTest, EveryNumberHasTheBoundsThatItsDocumentSays) {
  const auto all = documented_bounds();
  EXPECT_GE(all.size(), 35u);
  for (const auto& [key, min, max, zkvm] : all) {
    if (key == "pool") continue;  // of characters
    SCOPED_TRACE(key);
    const auto parts = std::count(key.begin(), key.end(), '.') + 1;
    const std::string place = "pool.yaml:" + std::to_string(parts) + ": \"" + key +
                              "\" must be a whole number from " + std::to_string(min) + " to " +
                              std::to_string(max);
    std::map<std::string, std::string> kind;
    if (zkvm) kind["CAIRN_BACKENDS_N_KIND"] = "zkvm";
    const auto with = [&](const std::string& value) {
      auto values = kind;
      values[variable(key)] = value;
      return environment(values);
    };
    EXPECT_EQ(why(nested(key, std::to_string(min)), environment(kind)), "");
    EXPECT_EQ(why(nested(key, std::to_string(max)), environment(kind)), "");
    EXPECT_THAT(why(nested(key, std::to_string(max + 1)), environment(kind)), HasSubstr(place));
    EXPECT_THAT(why(nested(key, min == 0 ? "-1" : std::to_string(min - 1)), environment(kind)),
                HasSubstr(place));
    // The environment is bound as well, and wins over the file.
    const std::string good = nested(key, std::to_string(max));
    EXPECT_THAT(why(good, with(std::to_string(max + 1))), HasSubstr(variable(key) + " must be"));
    EXPECT_EQ(why(nested(key, std::to_string(max + 1)), with(std::to_string(min))), "");
  }
}

TEST_F(PoolConfigTest, EveryDocumentedDefaultIsTheOneOfAnEmptyFile) {
  const auto config = read("");
  ASSERT_TRUE(config.ok()) << config.error().what;
  const std::string text = document();
  const auto expect_default = [&](const std::string& key, const std::string& value) {
    const std::regex row("\\| `" + key + "` \\|[^|]*\\| `([^`]*)`");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(text, found, row)) << key;
    EXPECT_EQ(found[1], value) << key;
  };
  const auto number = [&](const std::string& key, std::uint64_t value) {
    expect_default(key, std::to_string(value));
  };
  expect_default("pool", config->pool);
  expect_default("log_level", config->log_level);
  number("log_max_mib", config->log_bounds.file_bytes_max >> 20);
  number("log_files", config->log_bounds.files);
  expect_default("http_host", config->http_host);
  number("redis.max_memory_mib", config->redis.max_memory_mib);
  expect_default("redis.append_fsync", config->redis.append_fsync);
  number("chain.rpc_timeout_ms", config->chain.rpc_timeout_ms);
  number("chain.rpc_reply_max_mib", config->chain.rpc_reply_bytes_max >> 20);
  number("chain.chain_id", config->chain.chain_id);
  expect_default("chain.follow_reward_min_wei", config->chain.follow_rules.reward_min.decimal());
  number("chain.follow_from_block", config->chain.follow_from_block);
  number("chain.follow_confirmations", config->chain.follow_rules.confirmations);
  number("chain.poll_ms", config->chain.policy.poll_ms);
  number("chain.confirmations_commit", config->chain.policy.confirmations_commit);
  number("chain.confirmations_final", config->chain.policy.confirmations_final);
  number("chain.commit_margin_blocks", config->chain.policy.commit_margin_blocks);
  number("chain.reveal_margin_blocks", config->chain.policy.reveal_margin_blocks);
  number("chain.reveal_depth_blocks", config->chain.policy.reveal_depth_blocks);
  number("chain.gap_after_blocks", config->chain.policy.gap_after_blocks);
  number("chain.rounds_lost_max", config->chain.policy.rounds_lost_max);
  number("chain.gas_margin_percent", config->chain.policy.gas_margin_percent);
  expect_default("chain.max_fee_gwei", config->chain.policy.fees.max_fee_per_gas.decimal().substr(0, 3));
  number("chain.dev.block_ms", config->chain.dev.block_ms);
  number("chain.dev.commit_blocks", config->chain.dev.commit_blocks);
  number("chain.dev.reveal_blocks", config->chain.dev.reveal_blocks);
  number("chain.dev.settlement_blocks", config->chain.dev.settlement_blocks);
  number("chain.dev.withdrawal_blocks", config->chain.dev.withdrawal_blocks);
  number("store.lease_ms", config->store.lease_ms);
  number("store.attempts_max", config->store.attempts_max);
  number("store.deaths_max", config->store.deaths_max);
  number("store.backoff_ms", config->store.backoff_ms);
  number("store.backoff_max_ms", config->store.backoff_max_ms);
  number("store.depth_max", config->store.depth_max);
  number("store.bytes_max_mib", config->store.bytes_max >> 20);
  number("store.done_ms", config->store.done_ms);
  number("stages.STAGE.workers", config->stages.at("prove").workers);
  number("stages.STAGE.slots", config->stages.at("prove").slots);
  number("stages.STAGE.prefetch", config->stages.at("prove").prefetch);
  number("stages.STAGE.grace_ms", config->stages.at("prove").grace_ms);
}

TEST_F(PoolConfigTest, TextsAreCheckedWhereTheyStand) {
  EXPECT_THAT(why("pool: Main\n"), HasSubstr("pool.yaml:1: \"pool\" must be 1 to 32 of"));
  EXPECT_THAT(why("pool: \"\"\n"), HasSubstr("pool.yaml:1: \"pool\" must be 1 to 32 of"));
  EXPECT_THAT(why("log_level: loud\n"),
              HasSubstr("pool.yaml:1: \"log_level\" must be one of: debug, info, warn, error"));
  EXPECT_THAT(why("redis:\n  address: nowhere\n"), HasSubstr("pool.yaml:2: \"redis.address\" must be"));
  EXPECT_THAT(why("chain:\n  contract: 0x12\n"),
              HasSubstr("pool.yaml:2: \"chain.contract\" must name addresses"));
  EXPECT_THAT(why("", environment({{"CAIRN_CHAIN_CONTRACT", "0x12"}})),
              HasSubstr("CAIRN_CHAIN_CONTRACT must name addresses"));
  EXPECT_THAT(why("chain:\n  rpc: [\"ftp://node\"]\n"), HasSubstr("pool.yaml:2: \"chain.rpc\""));
  EXPECT_THAT(why("chain:\n  follow: maybe\n"),
              HasSubstr("pool.yaml:2: \"chain.follow\" must be true or false"));
}

TEST_F(PoolConfigTest, RpcNeedsItsCompanions) {
  const std::string rpc = "chain:\n  rpc: [\"http://127.0.0.1:1\"]\n";
  EXPECT_THAT(why(rpc), HasSubstr("pool.yaml:2: \"chain.rpc\" needs chain.contract"));
  const std::string all = rpc + "  contract: \"0x1111111111111111111111111111111111111111\"\n  keystore: k\n";
  EXPECT_THAT(why(all), HasSubstr("needs chain.password_file"));
  EXPECT_EQ(why(all, environment({{"CAIRN_CHAIN_PASSWORD_FILE", "p"}})), "");
}

TEST_F(PoolConfigTest, FollowRulesAreReadAndBound) {
  const std::string one = "0x1111111111111111111111111111111111111111",
                    two = "0x2222222222222222222222222222222222222222";
  const std::string largest = chain::U256::max().decimal();
  const auto config = read("chain:\n  follow_reward_min_wei: " + largest + "\n  follow_verifiers: [\"" + one +
                           "\", \"" + two + "\"]\n");
  ASSERT_TRUE(config.ok()) << config.error().what;
  EXPECT_EQ(config->chain.follow_rules.reward_min, chain::U256::max());
  EXPECT_EQ(config->chain.follow_rules.verifiers,
            (std::set<chain::Address>{*chain::parse_address(one), *chain::parse_address(two)}));
  const auto given = read(
      "", environment({{"CAIRN_CHAIN_FOLLOW_REWARD_MIN_WEI", "7"}, {"CAIRN_CHAIN_FOLLOW_VERIFIERS", one}}));
  ASSERT_TRUE(given.ok()) << given.error().what;
  EXPECT_EQ(given->chain.follow_rules.reward_min, chain::U256(7));
  EXPECT_EQ(given->chain.follow_rules.verifiers.size(), 1u);
  for (const std::string& wrong :
       {std::string("-1"), std::string("1.5"), std::string("2 ether"), largest + "0"}) {
    EXPECT_THAT(why("chain:\n  follow_reward_min_wei: " + wrong + "\n"),
                HasSubstr("pool.yaml:2: \"chain.follow_reward_min_wei\" "));
  }
  EXPECT_THAT(why("chain:\n  follow_verifiers: [\"0x12\"]\n"),
              HasSubstr("pool.yaml:2: \"chain.follow_verifiers\" must name addresses"));
}

TEST(SettleMs, IsThatOfALeaseWithinReason) {
  PoolConfig config;
  config.store.lease_ms = 2'000;
  EXPECT_EQ(settle_ms(config), 2'000);
  config.store.lease_ms = 3'600'000;
  EXPECT_EQ(settle_ms(config), 30'000);
}

TEST_F(PoolConfigTest, BackendsHaveTheKeysOfTheirKind) {
  const auto config = read(
      "backends: {a: {kind: zkvm, segment_log2: 14, programs: {p: {elf: g/p.elf, state_bytes: 32}, r: {elf: "
      "r.elf}}}, b: {programs: {q: {directory: d}}}}\n");
  ASSERT_TRUE(config.ok()) << config.error().what;
  const auto& zkvm = std::get<prover::ZkvmConfig>(config->backends.at("a"));
  EXPECT_EQ(zkvm.segment_log2, 14u);
  EXPECT_EQ(zkvm.cycles_max, 268'435'456u);
  EXPECT_EQ(zkvm.memory_bytes_max, 256u << 20);
  EXPECT_EQ(zkvm.programs.at("p").elf, dir_ + "/g/p.elf");
  EXPECT_EQ(zkvm.programs.at("p").chaining.state_bytes, 32u);
  EXPECT_EQ(zkvm.programs.at("r").chaining.state_bytes, 0u)
      << "batches are independent unless said otherwise";
  EXPECT_EQ(programs_of(config->backends.at("a")), (std::vector<std::string>{"p", "r"}));
  EXPECT_TRUE(std::holds_alternative<prover::CommandConfig>(config->backends.at("b")));
  EXPECT_THAT(why("backends: {a: {kind: zkvm, time_limit_ms: 100}}\n"), HasSubstr("time_limit_ms"));
  EXPECT_THAT(why("backends: {a: {segment_log2: 14}}\n"), HasSubstr("segment_log2"));
  EXPECT_THAT(why("backends:\n  \"a b\": {programs: {}}\n"),
              HasSubstr("pool.yaml:2: \"backends.a b\" names a backend"));
  std::string many = "backends:\n";
  for (std::size_t i = 0; i <= limits::capabilities_max; ++i)
    many += "  b" + std::to_string(i) + ": {programs: {}}\n";
  EXPECT_THAT(why(many), HasSubstr("more than 64 backends"));
}

TEST_F(PoolConfigTest, PathsStartAtTheFolderOfTheFile) {
  const auto config =
      read("chain: {keystore: keys/k.json, dev: {anvil: ../anvil}}\nredis: {server: redis-7}\n");
  ASSERT_TRUE(config.ok()) << config.error().what;
  EXPECT_EQ(config->chain.keystore, dir_ + "/keys/k.json");
  EXPECT_EQ(config->chain.dev.anvil, std::filesystem::path(dir_).parent_path().string() + "/anvil");
  EXPECT_EQ(config->redis.server, "redis-7") << "a bare name is looked up in PATH";
}

TEST_F(PoolConfigTest, AttestedBackendsHaveKeysAndPlaces) {
  const std::string backends = "backends: {b: {programs: {}}}\n";
  const auto config = read(
      "attest: {backends: [b], keystores: [k1, /k2], password_files: [p], collect: [left, "
      "\"https://a.example/x\"]}\n" +
      backends);
  ASSERT_TRUE(config.ok()) << config.error().what;
  EXPECT_EQ(config->attest.keystores, (std::vector<std::string>{dir_ + "/k1", "/k2"}));
  EXPECT_EQ(config->attest.password_files, std::vector<std::string>{dir_ + "/p"});
  EXPECT_EQ(config->attest.collect, (std::vector<std::string>{dir_ + "/left", "https://a.example/x"}));
  EXPECT_THAT(why("attest: {backends: [c]}\n" + backends),
              HasSubstr("names \"c\", which is not under backends"));
  EXPECT_THAT(why("attest: {keystores: [a, b, c], password_files: [a, b]}\n"), HasSubstr("one for all"));
  EXPECT_THAT(why("attest: {keystores: [a]}\n"), HasSubstr("one for all"));
  EXPECT_THAT(why("attest: {password_files: [a]}\n"), HasSubstr("one for all"));
  EXPECT_THAT(why("attest: {uri: \"https://a.example\"}\n"), HasSubstr("must end with /"));
  EXPECT_THAT(why("attest: {collect: [\"ftp://a.example/\"]}\n"), HasSubstr("http:// or https://"));
  EXPECT_THAT(why("attest: {verifier: \"0x12\"}\n"), HasSubstr("must name addresses"));
}

}  // namespace
}  // namespace cairn::cli
