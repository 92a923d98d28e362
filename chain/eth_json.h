// The structures of the Ethereum JSON-RPC, read with every field checked. Pure; errors are
// corrupt where nothing else is said.
#pragma once

#include <optional>
#include <vector>

#include "chain/chain.h"
#include "chain/rpc.h"

namespace cairn::chain {

struct Log {
  Address address;
  std::vector<Digest32> topics;  ///< At most 4.
  Bytes data;
  std::uint64_t block_number = 0;
  std::uint64_t index = 0;  ///< Position in the block.
};

struct NodeReceipt {
  std::uint64_t block_number = 0;
  Digest32 block_hash;
  bool succeeded = false;
  std::uint64_t gas_used = 0;
  std::optional<Address> created;  ///< The contract that the transaction made.
  std::vector<Log> logs;
};

/// Number and hash of a block object.
Result<Head> read_head(const Json& json);
/// nullopt for null, and for a receipt that is not in a block yet.
Result<std::optional<NodeReceipt>> read_receipt(const Json& json, const TxHash& hash);
Result<std::vector<Log>> read_logs(const Json& json);
/// The base fee of the block after the newest, from eth_feeHistory over one block. Errors also:
/// unavailable, when the newest block is not in the node's history yet.
Result<U256> read_next_base_fee(const Json& json);

}  // namespace cairn::chain
