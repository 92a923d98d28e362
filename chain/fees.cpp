#include "chain/fees.h"

#include <algorithm>

namespace cairn::chain {
namespace {

std::optional<U256> least_replacement(const U256& old) {
  const auto scaled = old.scaled_up(9, 8);
  if (!scaled.ok()) return std::nullopt;
  const auto raised = scaled->plus(U256(1));
  if (!raised.ok()) return std::nullopt;
  return *raised;
}

/// tip + 2 · base, limited to 256 bits.
U256 market_fee(const U256& base_fee, const U256& tip) {
  const auto twice = base_fee.plus(base_fee);
  if (!twice.ok()) return U256::max();
  const auto sum = twice->plus(tip);
  return sum.ok() ? *sum : U256::max();
}

/// Never a tip above the fee: a node refuses that.
Fees within(const FeePolicy& policy, const Fees& fees) {
  Fees out;
  out.max_fee_per_gas = std::min(fees.max_fee_per_gas, policy.max_fee_per_gas);
  out.max_priority_fee_per_gas =
      std::min({fees.max_priority_fee_per_gas, policy.max_priority_fee_per_gas, out.max_fee_per_gas});
  return out;
}

}  // namespace

bool replaces(const Fees& old, const Fees& next) {
  const auto fee = least_replacement(old.max_fee_per_gas);
  const auto tip = least_replacement(old.max_priority_fee_per_gas);
  return fee && tip && next.max_fee_per_gas >= *fee && next.max_priority_fee_per_gas >= *tip &&
         next.max_priority_fee_per_gas <= next.max_fee_per_gas;
}

Fees first_offer(const FeeMarket& market, const FeePolicy& policy, std::uint64_t blocks_left) {
  if (blocks_left < policy.last_blocks) return within(policy, {U256::max(), U256::max()});
  const U256 tip = std::max(market.priority_fee, policy.min_priority_fee_per_gas);
  return within(policy, {market_fee(market.base_fee, tip), tip});
}

std::optional<Fees> raised_offer(const Fees& old, const FeeMarket& market, const FeePolicy& policy,
                                 std::uint64_t blocks_left) {
  const auto fee = least_replacement(old.max_fee_per_gas);
  const auto tip = least_replacement(old.max_priority_fee_per_gas);
  if (!fee || !tip) return std::nullopt;
  const Fees wanted = first_offer(market, policy, blocks_left);
  Fees out;
  out.max_priority_fee_per_gas = std::max(*tip, wanted.max_priority_fee_per_gas);
  out.max_fee_per_gas = std::max(*fee, wanted.max_fee_per_gas);
  out = within(policy, out);
  if (!replaces(old, out)) return std::nullopt;
  return out;
}

bool raise_due(std::uint64_t blocks_waited, std::uint64_t blocks_left, const FeePolicy& policy) {
  if (blocks_left < policy.urgent_blocks) return blocks_waited >= 1;
  return blocks_waited >= policy.patience_blocks;
}

}  // namespace cairn::chain
