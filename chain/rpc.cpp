#include "chain/rpc.h"

#include <algorithm>

#include "common/clock.h"

namespace cairn::chain {
namespace {

constexpr std::size_t revert_bytes_max = 64 * 1024;

Error nonsense(std::string_view why) { return {Code::corrupt, "JSON-RPC reply: " + std::string(why)}; }

std::string printable(std::string_view message) {
  std::string out(message.substr(0, limits::reason_bytes_max));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

/// Nodes put revert data in `data` as hex, as "Reverted 0x…", or as an object with `data`. Data
/// that cannot be read is no data: the message alone still says what happened.
Bytes revert_data(const Json& data) {
  if (data.is_object()) {
    const auto at = data.find("data");
    return at != data.end() && at->is_string() ? revert_data(*at) : Bytes();
  }
  if (!data.is_string()) return {};
  std::string_view digits = data.get_ref<const std::string&>();
  if (digits.starts_with("Reverted ")) digits.remove_prefix(9);
  if (!digits.starts_with("0x") || digits.size() > 2 * revert_bytes_max) return {};
  const auto bytes = from_hex(digits);
  return bytes.ok() ? *bytes : Bytes();
}

Result<RpcError> parse_error(const Json& error) {
  if (!error.is_object()) return nonsense("error is not an object");
  const auto code = error.find("code");
  const auto message = error.find("message");
  if (code == error.end() || !code->is_number_integer()) return nonsense("error without a code");
  if (message == error.end() || !message->is_string()) return nonsense("error without a message");
  RpcError out;
  out.code = code->get<std::int64_t>();
  out.message = printable(message->get_ref<const std::string&>());
  const auto data = error.find("data");
  if (data != error.end()) out.data = revert_data(*data);
  return out;
}

/// What the failures of two nodes come to: the one that says most about asking again.
Code together(Code a, Code b) {
  for (const Code code : {Code::timeout, Code::unavailable, Code::exhausted}) {
    if (a == code || b == code) return code;
  }
  return Code::corrupt;
}

}  // namespace

Result<RpcReply> parse_reply(std::string_view body, std::uint64_t id) {
  auto parsed = parse_json(body, limits::rpc_reply_bytes_max);
  if (!parsed.ok()) return nonsense(printable(parsed.error().what));  // which quotes the body
  const Json& reply = *parsed;
  if (!reply.is_object()) return nonsense("not an object");
  const auto version = reply.find("jsonrpc");
  if (version == reply.end() || *version != "2.0") return nonsense("not version 2.0");
  const auto replied = reply.find("id");
  if (replied == reply.end() || !replied->is_number_unsigned() || *replied != id) {
    return nonsense("id is of another question");
  }
  const bool has_result = reply.contains("result");
  const auto error = reply.find("error");
  // Some nodes send "error": null beside a result.
  const bool has_error = error != reply.end() && !error->is_null();
  if (has_result == has_error) return nonsense("expected either a result or an error");
  if (has_error) {
    CAIRN_ASSIGN(RpcError out, parse_error(*error));
    return RpcReply(std::move(out));
  }
  return RpcReply(std::move((*parsed)["result"]));
}

RpcClient::RpcClient(RpcSettings settings, HttpClient http)
    : settings_(std::move(settings)), http_(std::move(http)) {
  for (const auto& url : settings_.urls) nodes_.push_back({url, {}});
}

Result<RpcClient> RpcClient::create(RpcSettings settings) {
  if (settings.urls.empty()) return Error{Code::invalid_input, "no RPC URL is given"};
  for (const auto& url : settings.urls) CAIRN_TRY(check_http_url(url));
  CAIRN_ASSERT(settings.reply_bytes_max <= limits::rpc_reply_bytes_max);
  const HttpLimits http{settings.connect_timeout_ms, settings.total_timeout_ms, settings.reply_bytes_max};
  return RpcClient(std::move(settings), HttpClient(http));
}

Result<RpcReply> RpcClient::ask_node(Node& node, std::string_view method, const Json& params) {
  const std::uint64_t id = next_id_++;
  const Json request{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}};
  auto posted = http_.post_json(node.url, request.dump());
  if (!posted.ok() || posted->reconnected) node.checked_ms.reset();
  CAIRN_ASSIGN(const HttpReply http, std::move(posted));
  const auto unusable = [&](std::string_view why) {
    return Error{Code::unavailable, url_origin(node.url) + ": " + std::string(why)};
  };
  // A reverse proxy in front of a node answers for it with these; the body is not JSON-RPC then.
  if (http.status == 429) return unusable("limits our rate (HTTP 429)");
  if (http.status == 401 || http.status == 403) return unusable("refuses our credentials");
  if (http.status >= 500 || http.status < 200 || (http.status >= 300 && http.status < 400)) {
    return unusable("HTTP status " + std::to_string(http.status));
  }
  auto reply = parse_reply(http.body, id);
  if (!reply.ok()) {
    if (http.status != 200) return unusable("HTTP status " + std::to_string(http.status));
    return reply.error().in(url_origin(node.url));
  }
  if (const auto* refused = std::get_if<RpcError>(&*reply)) {
    if (classify(*refused) == Refusal::unavailable) {
      return unusable(refused->message + " (" + std::to_string(refused->code) + ")");
    }
  }
  return reply;
}

Status RpcClient::check_chain(Node& node) {
  if (settings_.chain_id == 0) return {};
  if (node.checked_ms && steady_ms() - *node.checked_ms < settings_.chain_check_ms) return {};
  CAIRN_ASSIGN(const RpcReply reply, ask_node(node, "eth_chainId", Json::array()));
  const auto* result = std::get_if<Json>(&reply);
  if (result == nullptr) return nonsense("eth_chainId is refused").in(url_origin(node.url));
  CAIRN_ASSIGN(const std::uint64_t chain_id, read_u64(*result, "eth_chainId"));
  if (chain_id != settings_.chain_id) {
    return Error{Code::corrupt, url_origin(node.url) + ": serves chain " + std::to_string(chain_id) +
                                    ", not " + std::to_string(settings_.chain_id)};
  }
  node.checked_ms = steady_ms();
  return {};
}

Result<RpcReply> RpcClient::ask_right_chain(Node& node, std::string_view method, const Json& params) {
  CAIRN_TRY(check_chain(node));
  auto reply = ask_node(node, method, params);
  // Over a new connection it may be another node that has answered.
  if (reply.ok() && !node.checked_ms) CAIRN_TRY(check_chain(node));
  return reply;
}

Result<RpcReply> RpcClient::ask(std::string_view method, const Json& params) {
  Error failure{Code::corrupt, std::string(method)};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const std::size_t at = (first_ + i) % nodes_.size();
    auto reply = ask_right_chain(nodes_[at], method, params);
    if (reply.ok()) {
      first_ = at;
      return reply;
    }
    failure.code = together(failure.code, reply.error().code);
    failure.what += (i == 0 ? ": " : "; ") + reply.error().what;
  }
  return failure;
}

Result<Json> RpcClient::call(std::string_view method, const Json& params) {
  CAIRN_ASSIGN(RpcReply reply, ask(method, params));
  if (auto* result = std::get_if<Json>(&reply)) return std::move(*result);
  const auto& refused = std::get<RpcError>(reply);
  const Code code = classify(refused) == Refusal::too_large ? Code::exhausted : Code::failed;
  return Error{code,
               std::string(method) + ": " + refused.message + " (" + std::to_string(refused.code) + ")"};
}

namespace {
Error bad(std::string_view what, std::string_view expected) {
  return {Code::corrupt, "JSON-RPC " + std::string(what) + ": expected " + std::string(expected)};
}
}  // namespace

Result<U256> read_quantity(const Json& value, std::string_view what) {
  if (!value.is_string()) return bad(what, "a hex quantity");
  const auto parsed = U256::parse_quantity(value.get_ref<const std::string&>());
  if (!parsed.ok()) return bad(what, "a hex quantity");
  return *parsed;
}

Result<std::uint64_t> read_u64(const Json& value, std::string_view what) {
  CAIRN_ASSIGN(const U256 quantity, read_quantity(value, what));
  const auto number = quantity.u64();
  if (!number.ok()) return bad(what, "a number of at most 64 bits");
  return *number;
}

Result<Bytes> read_bytes(const Json& value, std::string_view what, std::size_t bytes_max) {
  if (!value.is_string()) return bad(what, "hex bytes");
  const auto& digits = value.get_ref<const std::string&>();
  if (!digits.starts_with("0x")) return bad(what, "hex bytes");
  if (digits.size() > 2 + 2 * bytes_max) return bad(what, "fewer bytes");
  const auto bytes = from_hex(digits);
  if (!bytes.ok()) return bad(what, "hex bytes");
  return *bytes;
}

Result<Digest32> read_digest(const Json& value, std::string_view what) {
  CAIRN_ASSIGN(const Bytes bytes, read_bytes(value, what, 32));
  if (bytes.size() != 32) return bad(what, "32 bytes");
  Digest32 out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Result<const Json*> read_member(const Json& object, const char* key) {
  const auto at = object.is_object() ? object.find(key) : object.end();
  if (at == object.end()) return bad(key, "it to be there");
  return &*at;
}

std::string prefixed_hex(ByteView bytes) { return "0x" + hex(bytes); }

}  // namespace cairn::chain
