// The questions of the Ethereum JSON-RPC that Cairn asks, typed. Nothing here knows a contract.
//
// Errors of every call: timeout and unavailable (the outcome is unknown), corrupt (the answer makes
// no sense), exhausted (the answer is too large), failed (the node refuses the question).
#pragma once

#include <optional>
#include <vector>

#include "chain/chain.h"
#include "chain/eth_json.h"
#include "chain/rpc.h"

namespace cairn::chain {

struct Call {
  std::optional<Address> from;
  std::optional<Address> to;  ///< nullopt creates a contract.
  Bytes data;
  U256 value;  ///< wei
};

/// What a call did: returned bytes, or the reason of its revert.
struct CallResult {
  bool succeeded;
  Bytes returned;
  std::string revert;
};

/// Not thread-safe: one per thread.
class EthNode {
 public:
  explicit EthNode(RpcClient rpc) : rpc_(std::move(rpc)) {}

  Result<std::uint64_t> chain_id();
  Result<Head> head();
  Result<std::optional<Digest32>> block_hash(std::uint64_t number);
  Result<std::optional<NodeReceipt>> receipt(const TxHash& hash);
  Result<std::uint64_t> mined_nonce(const Address& account);
  Result<std::uint64_t> pending_nonce(const Address& account);
  Result<U256> balance(const Address& account);
  /// Just after a block a node may not know its fees yet: unavailable.
  Result<FeeMarket> fee_market();
  Result<Bytes> code(const Address& account);
  /// Sends signed bytes; `already known` is accepted.
  Result<Broadcast> broadcast(ByteView raw);
  /// Runs a call on the latest state.
  Result<CallResult> call(const Call& call);
  /// The gas that a call needs on the latest state in the next block, or why it reverts.
  Result<Simulation> simulate(const Call& call);
  /// Logs of `address` with `topic` first, blocks `from` … `to` inclusive, in chain order. A range with too
  /// many for the node is asked for in halves. Errors also: exhausted, naming the block, when one alone has.
  Result<std::vector<Log>> logs(const Address& address, const Digest32& topic, std::uint64_t from,
                                std::uint64_t to);

 private:
  Result<std::vector<Log>> logs_at_once(const Address& address, const Digest32& topic, std::uint64_t from,
                                        std::uint64_t to);
  /// Nodes differ in how they can be asked about the next block; the first way that works is kept.
  enum class NextBlock : std::uint8_t { override_number, pending, latest };

  Result<std::uint64_t> nonce(const Address& account, const char* block);
  Result<Json> next_block_params(const Call& call);

  RpcClient rpc_;
  NextBlock next_block_ = NextBlock::override_number;
};

}  // namespace cairn::chain
