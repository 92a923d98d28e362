#include "cli/pool_config.h"

#include <algorithm>
#include <filesystem>

#include "chain/address.h"
#include "chain/http.h"

namespace cairn::cli {
namespace {

constexpr std::uint64_t kHourMs = 3'600'000;
constexpr std::uint64_t kDayMs = 24 * kHourMs;
constexpr std::uint64_t kGwei = 1'000'000'000;

bool is_pool_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

class Reader {
 public:
  Reader(ConfigFile& file, const std::string& path)
      : root_(file.root()), folder_(std::filesystem::absolute(path).parent_path()) {}

  PoolConfig read() {
    PoolConfig config;
    root_.read("pool", config.pool, 32);
    if (!is_pool_name(config.pool)) root_.fail("pool", "must be 1 to 32 of a-z, 0-9, _ and -");
    root_.read_choice("log_level", config.log_level, {"debug", "info", "warn", "error"});
    std::uint64_t log_mib = config.log_bounds.file_bytes_max >> 20;
    root_.read("log_max_mib", log_mib, 1, 1'024);
    config.log_bounds.file_bytes_max = log_mib << 20;
    root_.read("log_files", config.log_bounds.files, 2u, 100u);
    root_.read("http_host", config.http_host, 256);
    read_redis(config.redis);
    read_chain(config.chain);
    read_requester(config.requester);
    read_attest(config.attest);
    read_links(config.links);
    read_prometheus(config.prometheus);
    read_console(config.console);
    read_store(config.store);
    read_stages(config.stages);
    read_backends(config.backends);
    for (const std::string& name : config.attest.backends) {
      if (!config.backends.contains(name))
        root_.section("attest").fail("backends",
                                     "names \"" + name.substr(0, 64) + "\", which is not under backends");
    }
    return config;
  }

 private:
  /// A path of the file's author: relative to the file.
  void read_path(ConfigSection& section, std::string_view key, std::string& out) {
    section.read(key, out);
    if (!out.empty() && out[0] != '/') out = (folder_ / out).lexically_normal().string();
  }
  void read_paths(ConfigSection& section, std::string_view key, std::vector<std::string>& out) {
    section.read(key, out);
    for (std::string& path : out) {
      if (!path.empty() && path[0] != '/') path = (folder_ / path).lexically_normal().string();
    }
  }
  /// A program: a bare name is looked up in PATH.
  void read_program(ConfigSection& section, std::string_view key, std::string& out) {
    section.read(key, out);
    if (out.find('/') != std::string::npos && out[0] != '/') {
      out = (folder_ / out).lexically_normal().string();
    }
  }

  static void check_address(ConfigSection& section, std::string_view key, const std::string& text) {
    const auto address = chain::parse_address(text);
    if (!address.ok())
      section.fail(key, "must name addresses: \"" + text.substr(0, 64) + "\": " + address.error().what);
  }

  void read_redis(RedisConfig& redis) {
    ConfigSection s = root_.section("redis");
    s.read("address", redis.address);
    if (!redis.address.empty() && redis.address.find(':') == std::string::npos) {
      s.fail("address", "must be unix:/path or host:port");
    }
    s.read("user", redis.user, 64);
    read_path(s, "password_file", redis.password_file);
    if (!redis.user.empty() && redis.password_file.empty()) s.fail("user", "needs redis.password_file");
    read_program(s, "server", redis.server);
    s.read("max_memory_mib", redis.max_memory_mib, 16, 1u << 20);
    s.read_choice("append_fsync", redis.append_fsync, {"everysec", "always"});
    s.read("allow_unsafe", redis.allow_unsafe);
  }

  void read_prometheus(PrometheusConfig& prometheus) {
    ConfigSection s = root_.section("prometheus");
    read_program(s, "server", prometheus.server);
    read_path(s, "directory", prometheus.directory);
    s.read("listen", prometheus.listen, 256);
    s.read("retention_days", prometheus.retention_days, 1, 3'650);
  }

  void read_console(ConsoleConfig& console) {
    ConfigSection s = root_.section("console");
    s.read("listen", console.listen, 256);
    read_path(s, "token_file", console.token_file);
    if (const Status status = check(console); !status.ok()) s.fail("listen", status.error().what);
  }

  void read_chain(ChainConfig& chain) {
    ConfigSection s = root_.section("chain");
    s.read("rpc", chain.rpc, 8);
    for (const std::string& url : chain.rpc) {
      if (const Status status = chain::check_http_url(url); !status.ok())
        s.fail("rpc", "names " + status.error().what);
    }
    s.read("chain_id", chain.chain_id, 0, limits::height_max);
    s.read("contract", chain.contract, 42);
    if (!chain.contract.empty()) check_address(s, "contract", chain.contract);
    read_path(s, "keystore", chain.keystore);
    read_path(s, "password_file", chain.password_file);
    s.read("rpc_timeout_ms", chain.rpc_timeout_ms, 100, 120'000);
    std::uint64_t reply_mib = chain.rpc_reply_bytes_max >> 20;
    s.read("rpc_reply_max_mib", reply_mib, 1, limits::rpc_reply_bytes_max >> 20);
    chain.rpc_reply_bytes_max = reply_mib << 20;
    s.read("follow", chain.follow);
    s.read("follow_from_block", chain.follow_from_block, 0, limits::height_max);
    s.read("follow_confirmations", chain.follow_rules.confirmations, 0, 10'000);
    read_follow_rules(s, chain.follow_rules);
    if (!chain.rpc.empty()) {
      for (const char* key : {"contract", "keystore", "password_file"}) {
        if (!s.has(key)) s.fail("rpc", std::string("needs chain.") + key + " beside it");
      }
    }
    chain::sender::Policy& policy = chain.policy;
    s.read("poll_ms", policy.poll_ms, 10, 600'000);
    chain.follow_rules.poll_ms = policy.poll_ms;
    s.read("confirmations_commit", policy.confirmations_commit, 1, 1'000);
    s.read("confirmations_final", policy.confirmations_final, 1, 10'000);
    s.read("commit_margin_blocks", policy.commit_margin_blocks, 0, 10'000);
    s.read("reveal_margin_blocks", policy.reveal_margin_blocks, 0, 10'000);
    s.read("reveal_depth_blocks", policy.reveal_depth_blocks, 0, 10'000);
    s.read("gap_after_blocks", policy.gap_after_blocks, 1, 10'000);
    s.read("rounds_lost_max", policy.rounds_lost_max, 1, 1'000);
    s.read("gas_margin_percent", policy.gas_margin_percent, 0, 1'000);
    std::uint64_t max_fee_gwei = 500, max_tip_gwei = 50;
    s.read("max_fee_gwei", max_fee_gwei, 1, 1'000'000);
    s.read("max_tip_gwei", max_tip_gwei, 1, 1'000'000);
    policy.fees.max_fee_per_gas = chain::U256(max_fee_gwei * kGwei);
    policy.fees.max_priority_fee_per_gas = chain::U256(max_tip_gwei * kGwei);
    read_dev_chain(s.section("dev"), chain.dev);
  }

  static void read_follow_rules(ConfigSection& s, stages::FollowRules& rules) {
    std::string reward_min = "0";
    s.read("follow_reward_min_wei", reward_min, 78);
    const auto parsed = chain::U256::parse(reward_min);
    if (parsed.ok())
      rules.reward_min = *parsed;
    else
      s.fail("follow_reward_min_wei", "must be a whole number from 0 to 2^256 - 1");
    std::vector<std::string> verifiers;
    s.read("follow_verifiers", verifiers, 64);
    for (const std::string& text : verifiers) {
      check_address(s, "follow_verifiers", text);
      if (const auto verifier = chain::parse_address(text); verifier.ok()) rules.verifiers.insert(*verifier);
    }
  }

  void read_dev_chain(ConfigSection s, DevChainConfig& dev) {
    read_program(s, "anvil", dev.anvil);
    read_path(s, "artifacts", dev.artifacts);
    s.read("block_ms", dev.block_ms, 0, 600'000);
    s.read("commit_blocks", dev.commit_blocks, 1, 100'000);
    s.read("reveal_blocks", dev.reveal_blocks, 1, 100'000);
    s.read("settlement_blocks", dev.settlement_blocks, 1, 100'000);
    s.read("withdrawal_blocks", dev.withdrawal_blocks, 1, 1'000'000);
    s.read("verifier_keys", dev.verifier_keys, 1u, 64u);
    s.read("verifier_threshold", dev.verifier_threshold, 1u, 64u);
  }

  void read_requester(RequesterConfig& requester) {
    ConfigSection s = root_.section("requester");
    read_path(s, "keystore", requester.keystore);
    read_path(s, "password_file", requester.password_file);
    s.read("verifier", requester.verifier, 42);
    if (!requester.verifier.empty()) check_address(s, "verifier", requester.verifier);
    s.read("expiry_blocks", requester.expiry_blocks, 1, 1'000'000'000);
    s.read("tx_timeout_ms", requester.tx_timeout_ms, 1'000, kDayMs);
  }

  void read_attest(AttestConfig& attest) {
    ConfigSection s = root_.section("attest");
    s.read("backends", attest.backends);
    s.read("verifier", attest.verifier, 42);
    if (!attest.verifier.empty()) check_address(s, "verifier", attest.verifier);
    read_paths(s, "keystores", attest.keystores);
    read_paths(s, "password_files", attest.password_files);
    const std::size_t files = attest.password_files.size();
    if (files != attest.keystores.size() && (files != 1 || attest.keystores.empty())) {
      s.fail("password_files", "must name one file for each of attest.keystores, or one for all");
    }
    s.read("collect", attest.collect);
    for (std::string& place : attest.collect) {
      if (place.find("://") == std::string::npos) {
        place = (folder_ / place).lexically_normal().string();
      } else if (const Status status = chain::check_http_url(place); !status.ok()) {
        s.fail("collect", "names " + status.error().what);
      }
    }
    s.read("collect_ms", attest.collect_ms, 0, kHourMs);
    s.read("uri", attest.uri, 400);
    if (!attest.uri.empty() && !attest.uri.ends_with('/'))
      s.fail("uri", "must end with / (the digest follows)");
    read_path(s, "directory", attest.directory);
    s.read("bytes_max_mib", attest.bytes_max_mib, 1, 1u << 30);
  }

  void read_links(LinksConfig& links) {
    ConfigSection s = root_.section("links");
    read_path(s, "public_key_file", links.public_key_file);
    read_path(s, "secret_key_file", links.secret_key_file);
    read_path(s, "server_key_file", links.server_key_file);
    read_path(s, "allowed_keys_file", links.allowed_keys_file);
  }

  void read_store(pipeline::StoreRules& rules) {
    ConfigSection s = root_.section("store");
    s.read("lease_ms", rules.lease_ms, 500, kHourMs);
    s.read("attempts_max", rules.attempts_max, 1, 1'000);
    s.read("deaths_max", rules.deaths_max, 1, 1'000);
    s.read("backoff_ms", rules.backoff_ms, 1, kHourMs);
    s.read("backoff_max_ms", rules.backoff_max_ms, 1, kDayMs);
    s.read("depth_max", rules.depth_max, 1, 100'000'000);
    std::uint64_t mib = rules.bytes_max >> 20;
    s.read("bytes_max_mib", mib, 1, 1u << 20);
    rules.bytes_max = mib << 20;
    s.read("done_ms", rules.done_ms, 1'000, 365 * kDayMs);
  }

  void read_stages(std::map<std::string, StageConfig>& stages) {
    ConfigSection s = root_.section("stages");
    for (const stages::StageRow& row : stages::all_stages()) {
      const std::string name(row.name);
      ConfigSection one = s.section(name);
      StageConfig& stage = stages[name];
      one.read("workers", stage.workers, 0u, 1'024u);
      one.read("slots", stage.slots, 1u, 256u);
      one.read("prefetch", stage.prefetch, 0u, 512u);
      one.read("grace_ms", stage.grace_ms, 0, kDayMs);
    }
  }

  void read_backends(std::map<std::string, BackendConfig>& backends) {
    ConfigSection s = root_.section("backends");
    if (s.names().size() > limits::capabilities_max) {
      root_.fail("backends", "has more than " + std::to_string(limits::capabilities_max) + " backends");
    }
    for (const std::string& name : s.names()) {
      if (!pipeline::valid_capability(name)) {
        s.fail(name, "names a backend: expected 1 to 64 of a-z, A-Z, 0-9, ., _ and -");
      }
      ConfigSection one = s.section(name);
      std::string kind = "command";
      one.read_choice("kind", kind, {"command", "zkvm"});
      backends[name] = kind == "zkvm" ? BackendConfig(read_zkvm(one)) : BackendConfig(read_command(one));
    }
  }

  prover::CommandConfig read_command(ConfigSection one) {
    prover::CommandConfig backend;
    std::uint64_t time_ms = 600'000, memory_mib = 4096, output_mib = limits::value_bytes_max >> 20;
    one.read("time_limit_ms", time_ms, 100, 7 * kDayMs);
    one.read("memory_limit_mib", memory_mib, 16, 1u << 22);
    one.read("output_limit_mib", output_mib, 1, limits::value_bytes_max >> 20);
    backend.limits.time = std::chrono::milliseconds(time_ms);
    backend.limits.memory_bytes_max = memory_mib << 20;
    backend.output_bytes_max = output_mib << 20;
    one.read("environment", backend.environment);
    ConfigSection programs = one.section("programs");
    for (const std::string& program : programs.names()) {
      backend.programs.emplace(program, read_program_of(programs.section(program)));
    }
    return backend;
  }

  prover::ZkvmConfig read_zkvm(ConfigSection one) {
    prover::ZkvmConfig backend;
    std::uint64_t memory_mib = backend.memory_bytes_max >> 20;
    one.read("segment_log2", backend.segment_log2, rv32::kLogClassMin, rv32::kLogClassMax);
    one.read("cycles_max", backend.cycles_max, 1, std::uint64_t{1} << 32);
    one.read("memory_max_mib", memory_mib, 1, 513);
    backend.memory_bytes_max = memory_mib << 20;
    ConfigSection programs = one.section("programs");
    for (const std::string& program : programs.names()) {
      backend.programs.emplace(program, read_zkvm_program(programs.section(program)));
    }
    return backend;
  }

  prover::ZkvmProgram read_zkvm_program(ConfigSection s) {
    prover::ZkvmProgram program;
    std::string elf;
    read_path(s, "elf", elf);
    program.elf = elf;
    s.read("state_bytes", program.chaining.state_bytes, 0, rv32::kStateBytesMax);
    return program;
  }

  prover::CommandProgram read_program_of(ConfigSection s) {
    prover::CommandProgram program;
    std::string directory;
    read_path(s, "directory", directory);
    program.dir = directory;
    s.read("split", program.split);
    s.read("prove", program.prove);
    s.read("join", program.join);
    s.read("finalize", program.finalize);
    s.read("verify", program.verify);
    return program;
  }

  ConfigSection root_;
  std::filesystem::path folder_;
};

}  // namespace

Status check(const ConsoleConfig& console) {
  const std::string host = console.listen.substr(0, console.listen.rfind(':'));
  const bool loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
  if (loopback || !console.token_file.empty()) return {};
  return Error{Code::invalid_input, "can be reached from other machines (" + console.listen +
                                        "): console.token_file must name a token, or listen on 127.0.0.1"};
}

std::int64_t settle_ms(const PoolConfig& config) {
  constexpr std::uint64_t patience_ms = 30'000;
  return static_cast<std::int64_t>(std::min(config.store.lease_ms, patience_ms));
}

Result<PoolConfig> load_config(const std::string& path, const Environment& environment) {
  CAIRN_ASSIGN(ConfigFile file, ConfigFile::load(path, environment));
  PoolConfig config = Reader(file, path).read();
  CAIRN_TRY(file.finish());
  config.path = std::filesystem::absolute(path).lexically_normal().string();
  return config;
}

}  // namespace cairn::cli
