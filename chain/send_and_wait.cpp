#include "chain/send_and_wait.h"

#include <chrono>
#include <thread>

#include "chain/fees.h"
#include "chain/transaction.h"
#include "common/clock.h"

namespace cairn::chain {
namespace {

constexpr std::chrono::milliseconds poll{50};
/// A node that restarts forgets what it had not mined, so the bytes are sent again now and then.
constexpr int polls_per_broadcast = 40;
constexpr std::uint64_t gas_numerator = 13;
constexpr std::uint64_t gas_denominator = 10;

Result<SignedTx> prepare(EthNode& node, const SecretKey& key, const Call& call) {
  CAIRN_ASSIGN(const Simulation simulation, node.simulate(call));
  if (!simulation.succeeds) return Error{Code::conflict, "reverts: " + simulation.revert};
  Transaction tx;
  CAIRN_ASSIGN(tx.chain_id, node.chain_id());
  CAIRN_ASSIGN(tx.nonce, node.pending_nonce(key.address()));
  CAIRN_ASSIGN(const FeeMarket market, node.fee_market());
  tx.fees = first_offer(market, FeePolicy(), UINT64_MAX);
  tx.gas = simulation.gas * gas_numerator / gas_denominator;
  tx.to = call.to;
  tx.value = call.value;
  tx.data = call.data;
  return sign(tx, key);
}

Status check_taken(const Result<Broadcast>& broadcast) {
  if (!broadcast.ok()) {
    if (is_transient(broadcast.error().code)) return {};
    return broadcast.error();
  }
  switch (*broadcast) {
    case Broadcast::accepted:
    case Broadcast::nonce_too_low:
      return {};  // mined already, unless another took the nonce
    case Broadcast::underpriced:
      return Error{Code::failed, "the node finds the fees too low"};
    case Broadcast::insufficient_funds:
      return Error{Code::failed, "the account cannot pay for gas"};
    case Broadcast::rejected:
      break;
  }
  return Error{Code::failed, "the node does not take the transaction"};
}

}  // namespace

Result<NodeReceipt> send_and_wait(EthNode& node, const SecretKey& key, Call call,
                                  std::int64_t timeout_ms) {
  const std::int64_t deadline = steady_ms() + timeout_ms;
  call.from = key.address();
  auto tx = prepare(node, key, call);
  while (!tx.ok() && is_transient(tx.error().code) && steady_ms() < deadline) {
    std::this_thread::sleep_for(poll);
    tx = prepare(node, key, call);
  }
  if (!tx.ok()) return tx.error();
  for (int polls = 0; polls == 0 || steady_ms() < deadline; ++polls) {
    if (polls % polls_per_broadcast == 0) CAIRN_TRY(check_taken(node.broadcast(tx->raw)));
    auto receipt = node.receipt(tx->hash);
    if (!receipt.ok() && !is_transient(receipt.error().code)) return receipt.error();
    if (receipt.ok() && receipt->has_value()) {
      if (!(*receipt)->succeeded) return Error{Code::failed, "the transaction reverted"};
      return std::move(**receipt);
    }
    std::this_thread::sleep_for(poll);
  }
  return Error{Code::timeout, "transaction 0x" + hex(tx->hash) + " is not mined"};
}

}  // namespace cairn::chain
