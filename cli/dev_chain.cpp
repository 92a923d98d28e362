#include "cli/dev_chain.h"

#include <filesystem>
#include <thread>

#include "chain/deploy.h"
#include "chain/dev_keys.h"
#include "chain/eth_node.h"
#include "chain/funding.h"
#include "chain/keystore.h"
#include "cli/free_port.h"
#include "common/clock.h"
#include "common/log.h"

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kStartMs = 90'000;
/// The passphrase lies beside a key that guards nothing of worth: cost would only slow the start.
constexpr chain::Scrypt kDevScrypt{.n = 4096, .r = 8, .p = 1};
constexpr const char* kTokens = "1000000000000000000";  // wei of one token

chain::U256 tokens(std::uint64_t count) { return *chain::U256::parse(kTokens)->times(chain::U256(count)); }

ChildSpec anvil_child(const Pool& pool, const DevChainConfig& dev, int port) {
  ChildSpec child{
      "chain",
      {dev.anvil, "--host", "127.0.0.1", "--port", std::to_string(port), "--state",
       pool.path("chain/state.json"), "--state-interval", "1", "--balance", "1000000", "--silent"},
      pool.log("chain"),
      {}};
  if (dev.block_ms > 0) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f", static_cast<double>(dev.block_ms) / 1000.0);
    child.argv.insert(child.argv.end(), {"--block-time", seconds});
  }
  return child;
}

/// Makes what is not there.
Status make_key(const std::string& keystore, const std::string& password_file) {
  if (fs::exists(keystore)) return {};
  if (!fs::exists(password_file)) CAIRN_TRY(chain::make_passphrase(password_file));
  CAIRN_ASSIGN(const chain::Secret passphrase, chain::load_passphrase(password_file));
  CAIRN_ASSIGN(const auto key, chain::encrypt(chain::SecretKey::generate(), passphrase, kDevScrypt));
  return chain::save_keystore(key, keystore);
}

Result<chain::SecretKey> prover_key(Pool& pool, const ChainConfig& config) {
  pool.keystore = config.keystore.empty() ? pool.path("keys/prover.json") : config.keystore;
  pool.password_file = config.password_file.empty() ? pool.path("keys/prover.pass") : config.password_file;
  if (config.keystore.empty()) CAIRN_TRY(make_key(pool.keystore, pool.password_file));
  return chain::load_key(pool.keystore, pool.password_file);
}

/// Keys of the AttestedVerifier: those of the configuration, or made here, n of them.
Status add_verifier_keys(Pool& pool, const PoolConfig& config, chain::DeployPlan& plan) {
  if (config.attest.backends.empty()) return {};
  const AttestConfig& attest = config.attest;
  pool.verifier_keystores = attest.keystores;
  std::vector<std::string> passwords = attest.password_files;
  if (attest.keystores.empty()) {
    pool.verifier_password_file = pool.path("keys/verifiers.pass");
    passwords = {pool.verifier_password_file};
    for (std::uint32_t i = 1; i <= config.chain.dev.verifier_keys; ++i) {
      pool.verifier_keystores.push_back(pool.path("keys/verifier-" + std::to_string(i) + ".json"));
      CAIRN_TRY(make_key(pool.verifier_keystores.back(), pool.verifier_password_file));
    }
  }
  for (std::size_t i = 0; i < pool.verifier_keystores.size(); ++i) {
    CAIRN_ASSIGN(const auto key, chain::load_key(pool.verifier_keystores[i],
                                                 passwords.size() == 1 ? passwords[0] : passwords.at(i)));
    plan.verifier_keys.push_back(key.address());
  }
  if (config.chain.dev.verifier_threshold > plan.verifier_keys.size()) {
    return Error{Code::invalid_input,
                 "chain.dev.verifier_threshold is " + std::to_string(config.chain.dev.verifier_threshold) +
                     ", and there are " + std::to_string(plan.verifier_keys.size()) + " verifier keys"};
  }
  plan.verifier_threshold = static_cast<std::uint16_t>(config.chain.dev.verifier_threshold);
  plan.rotation_blocks = plan.windows.withdrawal_blocks;
  return {};
}

Status wait_for_node(chain::EthNode& node, Supervisor& supervisor, const std::atomic<bool>& stop) {
  const std::int64_t until = steady_ms() + kStartMs;
  while (!stop) {
    const auto id = node.chain_id();
    if (id.ok()) return {};
    if (steady_ms() > until) return id.error().in("the dev chain does not answer, see its log");
    supervisor.tend();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Error{Code::cancelled, "stopped"};
}

}  // namespace

Status start_dev_chain(Pool& pool, const PoolConfig& config, Supervisor& supervisor,
                       const std::atomic<bool>& stop) {
  const DevChainConfig& dev = config.chain.dev;
  CAIRN_ASSIGN(const int port, choose_port(pool.path("chain/port")));
  CAIRN_TRY(supervisor.start({.child = anvil_child(pool, dev, port), .tier = 0, .pause_max_ms = 500}));
  pool.rpc = {"http://127.0.0.1:" + std::to_string(port)};
  CAIRN_ASSIGN(auto rpc, chain::RpcClient::create({.urls = pool.rpc}));
  chain::EthNode node(std::move(rpc));
  CAIRN_TRY(wait_for_node(node, supervisor, stop));

  chain::DeployPlan plan;
  plan.artifacts = dev.artifacts;
  plan.windows = {dev.commit_blocks, dev.reveal_blocks, dev.settlement_blocks, dev.withdrawal_blocks};
  plan.terms = {tokens(100'000), tokens(1'000), tokens(10'000)};
  plan.token_supply = tokens(1'000'000'000);
  CAIRN_TRY(add_verifier_keys(pool, config, plan));
  const chain::SecretKey funder = chain::dev_key(0);
  CAIRN_ASSIGN(const auto deployment, chain::deploy(node, funder, plan, pool.path("chain/deployment.json")));
  pool.chain_id = deployment.chain_id;
  pool.contract = chain::address_text(deployment.submission);
  pool.verifier = chain::address_text(deployment.verifier);
  pool.token = chain::address_text(deployment.token);
  if (deployment.attested_verifier && !plan.verifier_keys.empty()) {
    pool.attested_verifier = chain::address_text(*deployment.attested_verifier);
  }
  CAIRN_ASSIGN(const auto prover, prover_key(pool, config.chain));
  CAIRN_TRY(chain::fund_prover(node, deployment, funder, prover, tokens(10'000'000), tokens(1'000)));
  log::info(
      "chain_ready",
      {{"rpc", pool.rpc[0]}, {"contract", pool.contract}, {"prover", chain::address_text(prover.address())}});
  return {};
}

}  // namespace cairn::cli
