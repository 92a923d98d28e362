#include "cli/dev_chain.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
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

constexpr std::int64_t kStartMs = 30'000;
/// The passphrase lies beside a key that guards nothing of worth: cost would only slow the start.
constexpr chain::Scrypt kDevScrypt{.n = 4096, .r = 8, .p = 1};
constexpr const char* kTokens = "1000000000000000000";  // wei of one token

chain::U256 tokens(std::uint64_t count) {
  return *chain::U256::parse(kTokens)->times(chain::U256(count));
}

ChildSpec anvil_child(const Pool& pool, const DevChainConfig& dev, int port) {
  ChildSpec child{"chain", {dev.anvil, "--host", "127.0.0.1", "--port", std::to_string(port),
                            "--state", pool.path("chain/state.json"), "--state-interval", "1",
                            "--balance", "1000000", "--silent"},
                  pool.log("chain"), {}};
  if (dev.block_ms > 0) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.3f", static_cast<double>(dev.block_ms) / 1000.0);
    child.argv.insert(child.argv.end(), {"--block-time", seconds});
  }
  return child;
}

Result<chain::SecretKey> prover_key(Pool& pool, const ChainConfig& config) {
  pool.keystore = config.keystore.empty() ? pool.path("keys/prover.json") : config.keystore;
  pool.password_file = config.password_file.empty() ? pool.path("keys/prover.pass") : config.password_file;
  if (!fs::exists(pool.keystore) && config.keystore.empty()) {
    if (!fs::exists(pool.password_file)) {
      const mode_t old = umask(077);
      std::array<std::uint8_t, 16> random;
      chain::random_bytes(random);
      std::ofstream(pool.password_file) << hex(random) << '\n';
      umask(old);
    }
    CAIRN_ASSIGN(const chain::Secret passphrase, chain::load_passphrase(pool.password_file));
    CAIRN_ASSIGN(const auto keystore, chain::encrypt(chain::SecretKey::generate(), passphrase, kDevScrypt));
    CAIRN_TRY(chain::save_keystore(keystore, pool.keystore));
  }
  return chain::load_key(pool.keystore, pool.password_file);
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
  const chain::SecretKey funder = chain::dev_key(0);
  CAIRN_ASSIGN(const auto deployment, chain::deploy(node, funder, plan, pool.path("chain/deployment.json")));
  pool.chain_id = deployment.chain_id;
  pool.contract = chain::address_text(deployment.submission);
  pool.verifier = chain::address_text(deployment.verifier);
  pool.token = chain::address_text(deployment.token);
  CAIRN_ASSIGN(const auto prover, prover_key(pool, config.chain));
  CAIRN_TRY(chain::fund_prover(node, deployment, funder, prover, tokens(10'000'000), tokens(1'000)));
  log::info("chain_ready", {{"rpc", pool.rpc[0]}, {"contract", pool.contract},
                            {"prover", chain::address_text(prover.address())}});
  return {};
}

}  // namespace cairn::cli
