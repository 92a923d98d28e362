#include "cli/services.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "attest/attested_backend.h"
#include "chain/keccak.h"
#include "chain/keystore.h"
#include "chain/two_step_abi.h"
#include "cli/metered_backend.h"
#include "cli/metered_chain.h"
#include "pipeline/redis_server_check.h"
#include "pipeline/store_redis.h"

namespace cairn::cli {
namespace {

constexpr std::size_t kKeyBytes = 40;  // Z85
/// The stage whose workers watch the chain for the metrics; they look after the whole pool.
constexpr std::string_view kWatcher = "resend";
/// The stage that makes final proofs.
constexpr std::string_view kFinisher = "aggregate";
constexpr const char* kWatchedEvents[] = {"RewardPaid(bytes32,address,uint256)",
                                          "Slashed(bytes32,address,uint64,uint256,uint8)"};

Result<std::vector<std::string>> read_lines(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Error{Code::invalid_input, "cannot read " + path};
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line) && out.size() < 10'000;) {
    if (!line.empty() && line[0] != '#') out.push_back(line);
  }
  return out;
}

Result<std::string> read_key(const std::string& path) {
  CAIRN_ASSIGN(const auto lines, read_lines(path));
  if (lines.size() != 1 || lines[0].size() != kKeyBytes) {
    return Error{Code::invalid_input,
                 path + " does not hold one Z85 key of 40 characters (`cairn keys` makes them)"};
  }
  return lines[0];
}

/// "unix:/path" or "host:port".
Result<pipeline::RedisOptions> redis_options(const Pool& pool, const RedisConfig& config) {
  pipeline::RedisOptions out;
  if (pool.redis.starts_with("unix:")) {
    out.socket_path = pool.redis.substr(5);
  } else {
    const auto colon = pool.redis.rfind(':');
    const std::string_view digits =
        std::string_view(pool.redis).substr(colon == std::string::npos ? pool.redis.size() : colon + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (colon == std::string::npos || digits.empty() || parsed.ptr != digits.data() + digits.size()) {
      return Error{Code::invalid_input, "redis.address is neither unix:/path nor host:port: " + pool.redis};
    }
    out.host = pool.redis.substr(0, colon);
  }
  if (!config.password_file.empty()) {
    CAIRN_ASSIGN(const auto lines, read_lines(config.password_file));
    if (lines.empty()) return Error{Code::invalid_input, config.password_file + " is empty"};
    out.password = lines[0];
    out.user = config.user;
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<pipeline::Store>> open_store(const Pool& pool, const PoolConfig& config) {
  pipeline::RedisStoreOptions options;
  options.pool = pool.name;
  options.rules = config.store;
  CAIRN_ASSIGN(options.redis, redis_options(pool, config.redis));
  pipeline::RedisClient client(options.redis);
  const bool waived = config.redis.allow_unsafe;
  CAIRN_TRY(pipeline::check_server(client, {.memory = waived, .durability = waived}));
  CAIRN_ASSIGN(auto store, pipeline::RedisStore::open(std::move(options)));
  return std::unique_ptr<pipeline::Store>(std::move(store));
}

Result<std::optional<pipeline::LinkKeys>> load_link_keys(const LinksConfig& links) {
  if (links.secret_key_file.empty()) return std::optional<pipeline::LinkKeys>{};
  pipeline::LinkKeys keys;
  CAIRN_ASSIGN(keys.secret_key, read_key(links.secret_key_file));
  CAIRN_ASSIGN(keys.public_key, read_key(links.public_key_file));
  CAIRN_ASSIGN(keys.server_key, read_key(links.server_key_file));
  CAIRN_ASSIGN(keys.allowed_keys, read_lines(links.allowed_keys_file));
  return std::optional(std::move(keys));
}

stages::Catalog catalog_of(const PoolConfig& config) {
  stages::Catalog catalog;
  for (const auto& [name, backend] : config.backends) {
    for (const std::string& program : programs_of(backend)) catalog[name].insert(program);
  }
  return catalog;
}

Result<std::unique_ptr<chain::EthChain>> open_chain(const Pool& pool, const PoolConfig& config) {
  CAIRN_ASSIGN(const chain::Address contract, chain::parse_address(pool.contract));
  CAIRN_ASSIGN(auto rpc,
               chain::RpcClient::create({.urls = pool.rpc,
                                         .chain_id = pool.chain_id,
                                         .total_timeout_ms = static_cast<long>(config.chain.rpc_timeout_ms),
                                         .reply_bytes_max = config.chain.rpc_reply_bytes_max}));
  return std::make_unique<chain::EthChain>(chain::EthNode(std::move(rpc)), contract);
}

Result<std::unique_ptr<prover::ProverBackend>> make_backend(const std::string& name, const Pool& pool,
                                                            const PoolConfig& config) {
  const auto settings = config.backends.find(name);
  if (settings == config.backends.end())
    return Error{Code::not_found, "no backend \"" + name + "\" in " + config.path};
  auto made = make_backend(settings->second, pool.path("work"));
  if (!made.ok()) return made.error().in("backend " + name);
  return made;
}

Result<std::unique_ptr<StageServices>> StageServices::make(const stages::StageRow& row, const Pool& pool,
                                                           const PoolConfig& config, Metrics& metrics,
                                                           const std::vector<std::string>& chosen) {
  auto out = std::make_unique<StageServices>();
  out->catalog_ = catalog_of(config);
  out->services_.catalog = &out->catalog_;
  out->services_.follow = config.chain.follow_rules;
  out->services_.count_skip = [&metrics](stages::Skip reason) {
    metrics.add(Metric::sequences_skipped, {stages::skip_name(reason)});
  };
  out->services_.sender = config.chain.policy;
  if (needs(row, stages::Service::backends)) {
    CAIRN_TRY(out->add_backends(row, pool, config, metrics, chosen));
    out->services_.backends = &out->backends_;
  }
  const bool needs_signer = needs(row, stages::Service::signer);
  if (needs(row, stages::Service::chain) || needs_signer || row.name == "ingest") {
    CAIRN_ASSIGN(out->chain_, open_chain(pool, config));
    out->metered_chain_ = make_metered_chain(*out->chain_, metrics);
    out->services_.chain = out->metered_chain_.get();
  }
  if (needs_signer) {
    CAIRN_ASSIGN(auto key, chain::load_key(pool.keystore, pool.password_file));
    std::uint64_t chain_id = pool.chain_id;
    if (chain_id == 0) {
      CAIRN_ASSIGN(chain_id, out->chain_->node().chain_id());
    }
    out->signer_ = std::make_unique<chain::TwoStepSigner>(std::move(key), chain_id, out->chain_->contract());
    out->services_.signer = out->signer_.get();
  }
  if (row.name == kWatcher) CAIRN_TRY(out->watch_chain(pool, config, metrics));
  return out;
}

Status StageServices::add_backends(const stages::StageRow& row, const Pool& pool, const PoolConfig& config,
                                   Metrics& metrics, const std::vector<std::string>& chosen) {
  if (row.name == kFinisher && !config.attest.backends.empty()) {
    CAIRN_ASSIGN(attestation_, Attestation::make(pool, config));
  }
  std::vector<std::string> names = chosen;
  if (names.empty()) {
    for (const auto& [name, settings] : config.backends) names.push_back(name);
  }
  for (const std::string& name : names) {
    if (backends_.contains(name)) continue;
    CAIRN_ASSIGN(auto made, make_backend(name, pool, config));
    owned_backends_.push_back(make_metered_backend(name, *made, metrics));
    owned_backends_.push_back(std::move(made));
    prover::ProverBackend* backend = owned_backends_.end()[-2].get();
    if (attestation_ && is_attested(config.attest, name)) {
      owned_backends_.push_back(
          attest::make_attested_backend(*backend, attestation_->proofs(), attestation_->attester()));
      backend = owned_backends_.back().get();
    }
    backends_[name] = backend;
  }
  return {};
}

/// On a client of its own: the stage's is used by the stage's thread.
Status StageServices::watch_chain(const Pool& pool, const PoolConfig& config, Metrics& metrics) {
  CAIRN_ASSIGN(watched_chain_, open_chain(pool, config));
  metered_watched_chain_ = make_metered_chain(*watched_chain_, metrics);
  const auto events = [chain = watched_chain_.get()](std::uint64_t from,
                                                     std::uint64_t to) -> Result<std::vector<chain::Event>> {
    std::vector<chain::Event> out;
    for (const char* signature : kWatchedEvents) {
      CAIRN_ASSIGN(const auto logs,
                   chain->node().logs(chain->contract(), chain::keccak256(view(signature)), from, to));
      for (const chain::Log& log : logs) {
        CAIRN_ASSIGN(chain::Event event, chain::two_step::decode_event(log.topics, log.data));
        out.push_back(event);
      }
    }
    return out;
  };
  ChainWatch watch(
      {*metered_watched_chain_, events, signer_->address(), config.chain.policy.confirmations_final},
      metrics);
  watch_ = std::make_unique<ChainWatchThread>(std::move(watch),
                                              static_cast<std::int64_t>(config.chain.policy.poll_ms));
  return {};
}

}  // namespace cairn::cli
