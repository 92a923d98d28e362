#include "chain/send_and_wait.h"

#include <chrono>
#include <thread>

#include "chain/address.h"
#include "chain/fees.h"
#include "chain/transaction.h"
#include "common/clock.h"

namespace cairn::chain {
namespace {

constexpr std::chrono::milliseconds poll{50};
/// A node that restarts forgets what it had not mined, so the bytes are sent again now and then.
constexpr int polls_per_broadcast = 40;
/// Nonces that may be lost to others with the same key.
constexpr int outrun_max = 20;
constexpr std::uint64_t gas_numerator = 13;
constexpr std::uint64_t gas_denominator = 10;
constexpr std::uint64_t least_gas = 21'000;  // of any transaction

/// What the account is short of for `gas` at these fees, and for `value`. Errors: failed.
Status can_pay(const U256& balance, const Address& account, std::uint64_t gas, const Fees& fees,
               const U256& value) {
  CAIRN_ASSIGN(const U256 for_gas, fees.max_fee_per_gas.times(U256(gas)));
  CAIRN_ASSIGN(const U256 needed, for_gas.plus(value));
  if (balance >= needed) return {};
  CAIRN_ASSIGN(const U256 missing, needed.minus(balance));
  return Error{Code::failed, "the account " + address_text(account) + " has " + balance.decimal() +
                                 " wei, the transaction may need " + needed.decimal() + ": " +
                                 missing.decimal() + " wei are missing"};
}

Result<SignedTx> prepare(EthNode& node, const SecretKey& key, const Call& call, const FeePolicy& policy) {
  CAIRN_ASSIGN(const FeeMarket market, node.fee_market());
  CAIRN_ASSIGN(const U256 balance, node.balance(key.address()));
  Transaction tx;
  tx.fees = first_offer(market, policy, UINT64_MAX);
  CAIRN_ASSIGN(const Simulation simulation, node.simulate(call));
  if (!simulation.succeeds) {
    // Some nodes refuse to simulate what the account could not pay for.
    CAIRN_TRY(can_pay(balance, key.address(), least_gas, tx.fees, call.value));
    return Error{Code::conflict, "reverts: " + simulation.revert};
  }
  CAIRN_ASSIGN(tx.chain_id, node.chain_id());
  CAIRN_ASSIGN(tx.nonce, node.pending_nonce(key.address()));
  tx.gas = simulation.gas * gas_numerator / gas_denominator;
  CAIRN_TRY(can_pay(balance, key.address(), tx.gas, tx.fees, call.value));
  tx.to = call.to;
  tx.value = call.value;
  tx.data = call.data;
  return sign(tx, key);
}

bool stopped(const SendOptions& options) { return options.stop != nullptr && *options.stop; }

Result<SignedTx> prepare_until(std::int64_t deadline, EthNode& node, const SecretKey& key, const Call& call,
                               const SendOptions& options) {
  auto tx = prepare(node, key, call, options.fees);
  while (!tx.ok() && is_transient(tx.error().code) && steady_ms() < deadline && !stopped(options)) {
    std::this_thread::sleep_for(poll);
    tx = prepare(node, key, call, options.fees);
  }
  return tx;
}

/// Somebody else with this key was faster: a transaction of theirs has the nonce.
bool is_outrun(const Result<Broadcast>& broadcast) {
  return broadcast.ok() && (*broadcast == Broadcast::underpriced || *broadcast == Broadcast::nonce_too_low);
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
                                  const SendOptions& options) {
  const std::int64_t deadline = steady_ms() + options.timeout_ms;
  call.from = key.address();
  CAIRN_ASSIGN(SignedTx tx, prepare_until(deadline, node, key, call, options));
  for (int polls = 0, outrun = 0; polls == 0 || steady_ms() < deadline; ++polls) {
    if (stopped(options)) return Error{Code::cancelled, "stopped before 0x" + hex(tx.hash) + " was mined"};
    bool lost = false;
    if (polls % polls_per_broadcast == 0) {
      const auto broadcast = node.broadcast(tx.raw);
      lost = polls == 0 && is_outrun(broadcast) && outrun++ < outrun_max;
      if (!lost) CAIRN_TRY(check_taken(broadcast));
    }
    auto receipt = node.receipt(tx.hash);
    if (!receipt.ok() && !is_transient(receipt.error().code)) return receipt.error();
    if (receipt.ok() && receipt->has_value()) {
      if (!(*receipt)->succeeded) return Error{Code::failed, "the transaction reverted"};
      return std::move(**receipt);
    }
    std::this_thread::sleep_for(poll);
    if (!lost || !receipt.ok()) continue;
    CAIRN_ASSIGN(tx, prepare_until(deadline, node, key, call, options));
    polls = -1;  // the next look is the first at this one
  }
  return Error{Code::timeout, "transaction 0x" + hex(tx.hash) + " is not mined"};
}

}  // namespace cairn::chain
