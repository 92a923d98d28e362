// What an EVM node means by its JSON-RPC errors. Codes are not standardised and differ between
// nodes (besu's -32005 is a gas limit, others' is a rate limit), so the text decides first. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace cairn::chain {

struct RpcError {
  std::int64_t code = 0;
  std::string message;  ///< At most limits::reason_bytes_max, printable.
  Bytes data;           ///< Revert data; empty when there is none.
};

enum class Refusal : std::uint8_t {
  already_known,       ///< The node has these bytes.
  nonce_too_low,       ///< A transaction with this nonce is mined.
  underpriced,         ///< The fees are too low for the pool, the block, or as a replacement.
  insufficient_funds,  ///< The account cannot pay.
  reverted,            ///< The call was executed and failed.
  too_large,           ///< The answer would be too large; ask for less.
  rejected,            ///< The node will never take this.
  unavailable,         ///< Busy, limited, not synced, or words that nobody here knows.
};

Refusal classify(const RpcError& error);
std::string_view refusal_name(Refusal refusal);

}  // namespace cairn::chain
