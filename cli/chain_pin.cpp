#include "cli/chain_pin.h"

#include <chrono>
#include <thread>

#include "chain/eth_node.h"
#include "chain/http.h"
#include "common/clock.h"
#include "common/log.h"

namespace cairn::cli {
namespace {

constexpr std::int64_t kFirstAnswerMs = 30'000;
constexpr std::chrono::milliseconds kPause{200};

Result<std::uint64_t> served_by(const std::string& url, const ChainConfig& config) {
  CAIRN_ASSIGN(auto rpc, chain::RpcClient::create(
                             {.urls = {url}, .total_timeout_ms = static_cast<long>(config.rpc_timeout_ms)}));
  return chain::EthNode(std::move(rpc)).chain_id();
}

/// Asks each node once. The id that they serve, 0 when none answers and it is not known.
Result<std::uint64_t> look(const ChainConfig& config, std::uint64_t expected, std::string& silent) {
  silent.clear();
  std::string where = config.chain_id != 0 ? "chain.chain_id is " : "this pool has worked on chain ";
  for (const std::string& url : config.rpc) {
    const auto served = served_by(url, config);
    if (!served.ok()) {
      log::warn("node_silent", {{"rpc", chain::url_origin(url)}, {"why", served.error().what}});
      silent += (silent.empty() ? "" : "; ") + served.error().what;
      continue;
    }
    if (expected != 0 && *served != expected) {
      return Error{Code::invalid_input, "chain.rpc: " + chain::url_origin(url) + " serves chain " +
                                            std::to_string(*served) + ", but " + where +
                                            std::to_string(expected)};
    }
    if (expected == 0) where = "the node before it serves chain ";
    expected = *served;
  }
  return expected;
}

}  // namespace

Result<std::uint64_t> pin_chain(const ChainConfig& config, std::uint64_t remembered,
                                const std::atomic<bool>& stop) {
  const std::uint64_t known = config.chain_id != 0 ? config.chain_id : remembered;
  const std::int64_t until = steady_ms() + kFirstAnswerMs;
  std::string silent;
  while (!stop) {
    CAIRN_ASSIGN(const std::uint64_t id, look(config, known, silent));
    if (id != 0) return id;
    if (steady_ms() > until) {
      return Error{Code::unavailable, "no node says which chain it serves (chain.chain_id would): " + silent};
    }
    std::this_thread::sleep_for(kPause);
  }
  return Error{Code::cancelled, "stopped"};
}

}  // namespace cairn::cli
