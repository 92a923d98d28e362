// What to pay for a transaction, and when to pay more. Pure.
//
// A transaction first offers tip + 2 · base fee: the base fee rises by at most 1/8 per block, so
// the offer stays good for about six full blocks. Nodes replace a pending transaction only when
// both of its fees grow by a share (geth 10 %, others up to 12.5 %, some strictly more); a
// replacement here grows both by 12.5 % rounded up and 1 wei, which satisfies all of them.
#pragma once

#include <cstdint>
#include <optional>

#include "chain/chain.h"

namespace cairn::chain {

/// Configured. Fees are wei per gas.
struct FeePolicy {
  U256 max_fee_per_gas{500'000'000'000};          ///< Never offered more than this in all …
  U256 max_priority_fee_per_gas{50'000'000'000};  ///< … and this as a tip.
  U256 min_priority_fee_per_gas{1'000'000};       ///< Tip where the market asks for none.
  std::uint64_t patience_blocks = 3;              ///< A pending transaction is raised after so many blocks,
  std::uint64_t urgent_blocks = 6;                ///< every block with fewer than this left to its deadline,
  std::uint64_t last_blocks = 3;                  ///< and to the maximum with fewer than this left.
};

/// Both fees of `next` are at least ceil(9/8 · old) + 1 wei, and the tip is no more than the fee.
/// A fee that cannot be raised within 256 bits is replaced by nothing.
bool replaces(const Fees& old, const Fees& next);

/// A first offer for a transaction with `blocks_left` blocks to its deadline (UINT64_MAX: none).
Fees first_offer(const FeeMarket& market, const FeePolicy& policy, std::uint64_t blocks_left);

/// The least offer that replaces `old` and meets the market; nullopt when the policy's maximum does
/// not allow one. `old` is the last offer made, also when the node refused it.
std::optional<Fees> raised_offer(const Fees& old, const FeeMarket& market, const FeePolicy& policy,
                                 std::uint64_t blocks_left);

/// True when a transaction that has been pending for `blocks_waited` blocks is due for a raise.
bool raise_due(std::uint64_t blocks_waited, std::uint64_t blocks_left, const FeePolicy& policy);

}  // namespace cairn::chain
