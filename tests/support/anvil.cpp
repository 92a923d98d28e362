#include "tests/support/anvil.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "chain/dev_keys.h"
#include "chain/transaction.h"
#include "common/clock.h"

namespace cairn::test {
namespace {

constexpr std::int64_t start_timeout_ms = 60'000;
constexpr std::uint64_t filler_gas = 15'000'000, least_gas = 21'000;

/// The port in the first "Listening on 127.0.0.1:PORT" after byte `from` of the log.
std::uint16_t listening_port(Child& anvil, const std::filesystem::path& log, std::size_t from) {
  const std::size_t port = anvil.says("Listening on 127.0.0.1:", from, start_timeout_ms);
  CAIRN_ASSERT(port != 0 && anvil.says("\n", port, start_timeout_ms) != 0 && "anvil does not listen");
  std::ifstream in(log);
  in.seekg(static_cast<std::streamoff>(port));
  std::uint16_t out = 0;
  in >> out;
  return out;
}

chain::RpcClient client(const std::string& url) {
  chain::RpcSettings settings;
  settings.urls = {url};
  return chain::RpcClient::create(std::move(settings)).value();
}

}  // namespace

Anvil::Anvil(const AnvilOptions& options) : options_(options) { start(); }

// The process goes before the directory it writes to.
Anvil::~Anvil() { process_.reset(); }

void Anvil::start() {
  std::vector<std::string> argv{
      foundry_tool("anvil").string(),   "--host", "127.0.0.1", "--port", std::to_string(port_), "--chain-id",
      std::to_string(options_.chain_id)};
  if (options_.mining == Mining::manual) argv.push_back("--no-mining");
  if (options_.mining == Mining::interval) {
    argv.insert(argv.end(), {"--block-time", std::to_string(options_.block_time_s)});
  }
  if (options_.keep_state) argv.insert(argv.end(), {"--state", (dir_ / "state.json").string()});
  const auto log = dir_ / "anvil.log";
  const std::size_t from = std::filesystem::exists(log) ? std::filesystem::file_size(log) : 0;
  process_ = std::make_unique<Child>(argv, log);
  port_ = listening_port(*process_, log, from);
  control_ = client(url());
}

void Anvil::stop() {
  // SIGINT lets it write its state.
  process_->signal(SIGCONT);
  process_->signal(SIGINT);
  process_->wait();
  process_.reset();
}

chain::EthNode Anvil::node() const { return chain::EthNode(client(url())); }

Json Anvil::ask(const std::string& method, const Json& params) {
  auto result = control_->call(method, params);
  if (!result.ok()) assert_failed(result.error().what.c_str(), __FILE__, __LINE__);
  return std::move(*result);
}

void Anvil::mine(std::uint64_t blocks) {
  ask("anvil_mine", Json::array({chain::U256(blocks).quantity()}));
  wait_for_fees();
}

void Anvil::reorg(std::uint64_t depth) {
  ask("anvil_reorg", Json::array({depth, Json::array()}));
  wait_for_fees();
}

void Anvil::wait_for_fees() {
  const std::int64_t deadline = steady_ms() + start_timeout_ms;
  for (;;) {
    const Json history = ask("eth_feeHistory", {"0x1", "latest", Json::array()});
    if (chain::read_next_base_fee(history).ok()) return;
    CAIRN_ASSERT(steady_ms() < deadline && "anvil has no fees of its newest block");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Anvil::drop(const chain::TxHash& hash) {
  const Json dropped = ask("anvil_dropTransaction", Json::array({chain::prefixed_hex(hash)}));
  CAIRN_ASSERT(!dropped.is_null() && "the transaction was not in the pool");
}

void Anvil::set_mining(bool instant) { ask("evm_setAutomine", Json::array({instant})); }

void Anvil::set_next_base_fee(std::uint64_t wei) {
  ask("anvil_setNextBlockBaseFeePerGas", Json::array({chain::U256(wei).quantity()}));
}

void Anvil::fill(std::uint64_t blocks) {
  // Nothing else fits beside it.
  ask("evm_setBlockGasLimit", Json::array({chain::U256(filler_gas + least_gas - 1).quantity()}));
  const chain::SecretKey key = chain::dev_key(8);
  chain::EthNode filling = node();
  const std::uint64_t mined = filling.mined_nonce(key.address()).value();
  chain::Transaction tx;
  tx.chain_id = options_.chain_id;
  // Anvil takes first what offers most in all.
  tx.fees = {chain::U256(900'000'000'000), chain::U256(1)};
  tx.gas = filler_gas;
  tx.data = {0xfe};  // a contract whose creation fails, and takes all its gas
  for (tx.nonce = filling.pending_nonce(key.address()).value(); tx.nonce < mined + blocks; ++tx.nonce) {
    CAIRN_ASSERT(filling.broadcast(chain::sign(tx, key).raw).value() == chain::Broadcast::accepted);
  }
}

bool Anvil::in_pool(const chain::TxHash& hash) {
  const Json tx = ask("eth_getTransactionByHash", Json::array({chain::prefixed_hex(hash)}));
  return tx.is_object() && tx["blockNumber"].is_null();
}

void Anvil::pause() { process_->pause(); }
void Anvil::resume() { process_->signal(SIGCONT); }

}  // namespace cairn::test
