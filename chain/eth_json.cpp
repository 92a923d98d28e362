#include "chain/eth_json.h"

#include <algorithm>

namespace cairn::chain {
namespace {

/// As many as fit into a reply: anybody may emit them.
constexpr std::size_t log_bytes_max = limits::rpc_reply_bytes_max / 2;

Error nonsense(std::string_view why) { return {Code::corrupt, "node's answer: " + std::string(why)}; }

Result<std::uint64_t> member_u64(const Json& object, const char* key) {
  CAIRN_ASSIGN(const Json* value, read_member(object, key));
  return read_u64(*value, key);
}

Result<Digest32> member_digest(const Json& object, const char* key) {
  CAIRN_ASSIGN(const Json* value, read_member(object, key));
  return read_digest(*value, key);
}

Result<Address> member_address(const Json& object, const char* key) {
  CAIRN_ASSIGN(const Json* value, read_member(object, key));
  CAIRN_ASSIGN(const Bytes bytes, read_bytes(*value, key, 20));
  if (bytes.size() != 20) return nonsense(std::string(key) + " is not an address");
  Address out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Result<Log> read_log(const Json& json) {
  Log out;
  CAIRN_ASSIGN(out.address, member_address(json, "address"));
  CAIRN_ASSIGN(const Json* topics, read_member(json, "topics"));
  if (!topics->is_array() || topics->size() > 4) return nonsense("topics of a log");
  for (const Json& topic : *topics) {
    CAIRN_ASSIGN(const Digest32 digest, read_digest(topic, "topics"));
    out.topics.push_back(digest);
  }
  CAIRN_ASSIGN(const Json* data, read_member(json, "data"));
  CAIRN_ASSIGN(out.data, read_bytes(*data, "data", log_bytes_max));
  CAIRN_ASSIGN(out.block_number, member_u64(json, "blockNumber"));
  CAIRN_ASSIGN(out.index, member_u64(json, "logIndex"));
  return out;
}

}  // namespace

Result<Head> read_head(const Json& json) {
  Head out{};
  CAIRN_ASSIGN(out.number, member_u64(json, "number"));
  CAIRN_ASSIGN(out.hash, member_digest(json, "hash"));
  return out;
}

Result<std::vector<Log>> read_logs(const Json& json) {
  if (!json.is_array()) return nonsense("logs are not a list");
  std::vector<Log> out;
  for (const Json& log : json) {
    CAIRN_ASSIGN(Log one, read_log(log));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::optional<NodeReceipt>> read_receipt(const Json& json, const TxHash& hash) {
  if (json.is_null()) return std::optional<NodeReceipt>();
  CAIRN_ASSIGN(const Digest32 answered, member_digest(json, "transactionHash"));
  if (answered != hash) return nonsense("the receipt of another transaction");
  CAIRN_ASSIGN(const Json* number, read_member(json, "blockNumber"));
  if (number->is_null()) return std::optional<NodeReceipt>();
  NodeReceipt out;
  CAIRN_ASSIGN(out.block_number, read_u64(*number, "blockNumber"));
  CAIRN_ASSIGN(out.block_hash, member_digest(json, "blockHash"));
  CAIRN_ASSIGN(const std::uint64_t status, member_u64(json, "status"));
  if (status > 1) return nonsense("a receipt's status is neither 0 nor 1");
  out.succeeded = status == 1;
  CAIRN_ASSIGN(out.gas_used, member_u64(json, "gasUsed"));
  const auto created = json.find("contractAddress");
  if (created != json.end() && !created->is_null()) {
    CAIRN_ASSIGN(out.created, member_address(json, "contractAddress"));
  }
  CAIRN_ASSIGN(const Json* logs, read_member(json, "logs"));
  CAIRN_ASSIGN(out.logs, read_logs(*logs));
  return std::optional(std::move(out));
}

Result<U256> read_next_base_fee(const Json& json) {
  CAIRN_ASSIGN(const Json* used, read_member(json, "gasUsedRatio"));
  // Nodes fill their history behind the chain: for a moment the newest block is not in it.
  if (used->is_null() || (used->is_array() && used->empty())) {
    return Error{Code::unavailable, "eth_feeHistory: the node does not have its newest block yet"};
  }
  CAIRN_ASSIGN(const Json* fees, read_member(json, "baseFeePerGas"));
  // One block was asked for; the entry after it is the block that comes next.
  if (!used->is_array() || used->size() != 1 || !fees->is_array() || fees->size() != 2) {
    return nonsense("eth_feeHistory");
  }
  return read_quantity(fees->back(), "baseFeePerGas");
}

}  // namespace cairn::chain
