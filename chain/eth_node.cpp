#include "chain/eth_node.h"

#include <iterator>

#include "chain/keccak.h"
#include "chain/revert.h"

namespace cairn::chain {
namespace {

constexpr std::size_t returned_bytes_max = 1024 * 1024;
constexpr std::size_t code_bytes_max = 256 * 1024;

std::string quantity(std::uint64_t number) { return U256(number).quantity(); }

Error nonsense(std::string_view why) { return {Code::corrupt, "node's answer: " + std::string(why)}; }

Json call_object(const Call& call) {
  Json out{{"data", prefixed_hex(call.data)}};
  if (call.from) out["from"] = prefixed_hex(*call.from);
  if (call.to) out["to"] = prefixed_hex(*call.to);
  if (!call.value.is_zero()) out["value"] = call.value.quantity();
  return out;
}

std::string why_reverted(const RpcError& error) {
  return error.data.empty() ? error.message : revert_text(error.data);
}

Error refused(std::string_view method, const RpcError& error) {
  return {Code::failed, std::string(method) + ": " + error.message + " (" + std::to_string(error.code) + ")"};
}

}  // namespace

Result<std::uint64_t> EthNode::chain_id() {
  CAIRN_ASSIGN(const Json result, rpc_.call("eth_chainId", Json::array()));
  return read_u64(result, "eth_chainId");
}

Result<Head> EthNode::head() {
  CAIRN_ASSIGN(const Json block, rpc_.call("eth_getBlockByNumber", {"latest", false}));
  return read_head(block);
}

Result<std::optional<Digest32>> EthNode::block_hash(std::uint64_t number) {
  CAIRN_ASSIGN(const Json block, rpc_.call("eth_getBlockByNumber", {quantity(number), false}));
  if (block.is_null()) return std::optional<Digest32>();
  CAIRN_ASSIGN(const Head found, read_head(block));
  if (found.number != number) return nonsense("a block of another number");
  return std::optional(found.hash);
}

Result<std::optional<NodeReceipt>> EthNode::receipt(const TxHash& hash) {
  CAIRN_ASSIGN(const Json json, rpc_.call("eth_getTransactionReceipt", {prefixed_hex(hash)}));
  return read_receipt(json, hash);
}

Result<std::uint64_t> EthNode::nonce(const Address& account, const char* block) {
  CAIRN_ASSIGN(const Json result, rpc_.call("eth_getTransactionCount", {prefixed_hex(account), block}));
  return read_u64(result, "eth_getTransactionCount");
}

Result<std::uint64_t> EthNode::mined_nonce(const Address& account) { return nonce(account, "latest"); }

Result<std::uint64_t> EthNode::pending_nonce(const Address& account) { return nonce(account, "pending"); }

Result<U256> EthNode::balance(const Address& account) {
  CAIRN_ASSIGN(const Json result, rpc_.call("eth_getBalance", {prefixed_hex(account), "latest"}));
  return read_quantity(result, "eth_getBalance");
}

Result<FeeMarket> EthNode::fee_market() {
  CAIRN_ASSIGN(const Json history, rpc_.call("eth_feeHistory", {"0x1", "latest", Json::array()}));
  FeeMarket out;
  CAIRN_ASSIGN(out.base_fee, read_next_base_fee(history));
  CAIRN_ASSIGN(const Json tip, rpc_.call("eth_maxPriorityFeePerGas", Json::array()));
  CAIRN_ASSIGN(out.priority_fee, read_quantity(tip, "eth_maxPriorityFeePerGas"));
  return out;
}

Result<Bytes> EthNode::code(const Address& account) {
  CAIRN_ASSIGN(const Json result, rpc_.call("eth_getCode", {prefixed_hex(account), "latest"}));
  return read_bytes(result, "eth_getCode", code_bytes_max);
}

Result<Broadcast> EthNode::broadcast(ByteView raw) {
  CAIRN_ASSIGN(const RpcReply reply, rpc_.ask("eth_sendRawTransaction", {prefixed_hex(raw)}));
  if (const auto* result = std::get_if<Json>(&reply)) {
    CAIRN_ASSIGN(const Digest32 hash, read_digest(*result, "eth_sendRawTransaction"));
    if (hash != keccak256(raw)) return nonsense("the hash of another transaction");
    return Broadcast::accepted;
  }
  const auto& error = std::get<RpcError>(reply);
  switch (classify(error)) {
    case Refusal::already_known:
      return Broadcast::accepted;
    case Refusal::nonce_too_low:
      return Broadcast::nonce_too_low;
    case Refusal::underpriced:
      return Broadcast::underpriced;
    case Refusal::insufficient_funds:
      return Broadcast::insufficient_funds;
    case Refusal::rejected:
      return Broadcast::rejected;
    case Refusal::reverted:
    case Refusal::too_large:
    case Refusal::unavailable:
      break;
  }
  // Words that do not belong to a broadcast say nothing about what became of it.
  return Error{Code::unavailable, refused("eth_sendRawTransaction", error).what};
}

Result<CallResult> EthNode::call(const Call& call) {
  CAIRN_ASSIGN(const RpcReply reply, rpc_.ask("eth_call", {call_object(call), "latest"}));
  if (const auto* result = std::get_if<Json>(&reply)) {
    CAIRN_ASSIGN(Bytes returned, read_bytes(*result, "eth_call", returned_bytes_max));
    return CallResult{true, std::move(returned), {}};
  }
  const auto& error = std::get<RpcError>(reply);
  if (classify(error) != Refusal::reverted) return refused("eth_call", error);
  return CallResult{false, error.data, why_reverted(error)};
}

Result<Json> EthNode::next_block_params(const Call& call) {
  if (next_block_ == NextBlock::pending) return Json{call_object(call), "pending"};
  if (next_block_ == NextBlock::latest) return Json{call_object(call), "latest"};
  CAIRN_ASSIGN(const Head at, head());
  return Json{call_object(call), "latest", Json::object(), {{"number", quantity(at.number + 1)}}};
}

Result<Simulation> EthNode::simulate(const Call& call) {
  for (;;) {
    CAIRN_ASSIGN(const Json params, next_block_params(call));
    CAIRN_ASSIGN(const RpcReply reply, rpc_.ask("eth_estimateGas", params));
    if (const auto* result = std::get_if<Json>(&reply)) {
      CAIRN_ASSIGN(const std::uint64_t gas, read_u64(*result, "eth_estimateGas"));
      return Simulation{true, {}, gas};
    }
    const auto& error = std::get<RpcError>(reply);
    const Refusal refusal = classify(error);
    if (refusal == Refusal::reverted || refusal == Refusal::insufficient_funds) {
      return Simulation{false, why_reverted(error), 0};
    }
    if (refusal != Refusal::rejected || next_block_ == NextBlock::latest) {
      return refused("eth_estimateGas", error);
    }
    next_block_ = next_block_ == NextBlock::override_number ? NextBlock::pending : NextBlock::latest;
  }
}

Result<std::vector<Log>> EthNode::logs(const Address& address, const Digest32& topic, std::uint64_t from,
                                       std::uint64_t to) {
  auto whole = logs_at_once(address, topic, from, to);
  if (whole.ok() || whole.error().code != Code::exhausted) return whole;
  if (from >= to) {
    return Error{Code::exhausted, "block " + std::to_string(from) +
                                      " has more events than one answer may hold; raise "
                                      "chain.rpc_reply_max_mib, or the node's own limit: " +
                                      whole.error().what};
  }
  const std::uint64_t middle = from + (to - from) / 2;
  CAIRN_ASSIGN(auto first, logs(address, topic, from, middle));
  CAIRN_ASSIGN(auto second, logs(address, topic, middle + 1, to));
  first.insert(first.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end()));
  return first;
}

Result<std::vector<Log>> EthNode::logs_at_once(const Address& address, const Digest32& topic,
                                               std::uint64_t from, std::uint64_t to) {
  const Json filter{{"address", prefixed_hex(address)},
                    {"topics", {prefixed_hex(topic)}},
                    {"fromBlock", quantity(from)},
                    {"toBlock", quantity(to)}};
  CAIRN_ASSIGN(const Json result, rpc_.call("eth_getLogs", Json::array({filter})));
  CAIRN_ASSIGN(std::vector<Log> out, read_logs(result));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Log& log = out[i];
    if (log.address != address || log.topics.empty() || log.topics[0] != topic || log.block_number < from ||
        log.block_number > to) {
      return nonsense("a log that was not asked for");
    }
    if (i > 0 &&
        std::pair(out[i - 1].block_number, out[i - 1].index) >= std::pair(log.block_number, log.index)) {
      return nonsense("logs out of order");
    }
  }
  return out;
}

}  // namespace cairn::chain
