// JSON-RPC to EVM nodes: https://www.jsonrpc.org/specification,
// https://ethereum.github.io/execution-apis
//
// Every reply is checked before it is believed: version, id, exactly one of result and error,
// types, sizes. Several nodes may be named; when one does not answer, the next one is asked.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chain/http.h"
#include "chain/rpc_error.h"
#include "chain/u256.h"
#include "common/digest.h"
#include "common/json.h"
#include "common/limits.h"

namespace cairn::chain {

struct RpcSettings {
  std::vector<std::string> urls;  ///< At least one, in order of preference.
  /// A node that serves another chain is never believed; 0 takes any. A node is asked for its chain
  /// over every new connection to it, and again when chain_check_ms have passed, because what
  /// answers at its address may be exchanged.
  std::uint64_t chain_id = 0;
  std::int64_t chain_check_ms = 10'000;
  long connect_timeout_ms = 3'000;
  long total_timeout_ms = 15'000;                  ///< Per node.
  std::size_t reply_bytes_max = 16 * 1024 * 1024;  ///< At most limits::rpc_reply_bytes_max.
};

/// The node's answer: a result (possibly null), or its refusal.
using RpcReply = std::variant<Json, RpcError>;

/// Reads one reply body. Errors: corrupt. Pure.
Result<RpcReply> parse_reply(std::string_view body, std::uint64_t id);

/// Not thread-safe: one client per thread.
class RpcClient {
 public:
  /// Errors: invalid_input for a URL that is not http or https, or none.
  static Result<RpcClient> create(RpcSettings settings);

  /// Asks until one node answers; the one that did is asked first the next time. Every question put
  /// here must bear being asked twice. Errors, each meaning that no node gave an answer, though one
  /// may have got the question: timeout, unavailable, exhausted (the answer is too large), corrupt.
  Result<RpcReply> ask(std::string_view method, const Json& params);

  /// The result alone. Errors: those of ask(); failed, with the node's words, for a refusal
  /// (exhausted for too_large).
  Result<Json> call(std::string_view method, const Json& params);

 private:
  struct Node {
    std::string url;
    /// When it served the right chain last, over a connection that is still open; nullopt: unknown.
    std::optional<std::int64_t> checked_ms;
  };
  RpcClient(RpcSettings settings, HttpClient http);
  Result<RpcReply> ask_node(Node& node, std::string_view method, const Json& params);
  Result<RpcReply> ask_right_chain(Node& node, std::string_view method, const Json& params);
  Status check_chain(Node& node);

  RpcSettings settings_;
  HttpClient http_;
  std::vector<Node> nodes_;
  std::size_t first_ = 0;
  std::uint64_t next_id_ = 1;
};

// Readers of values inside results. Errors: corrupt, naming `what`.
Result<U256> read_quantity(const Json& value, std::string_view what);
Result<std::uint64_t> read_u64(const Json& value, std::string_view what);
Result<Bytes> read_bytes(const Json& value, std::string_view what, std::size_t bytes_max);
Result<Digest32> read_digest(const Json& value, std::string_view what);
/// The member `key` of an object.
Result<const Json*> read_member(const Json& object, const char* key);

std::string prefixed_hex(ByteView bytes);

}  // namespace cairn::chain
