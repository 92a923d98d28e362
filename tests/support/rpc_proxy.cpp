#include "tests/support/rpc_proxy.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <optional>

#include "chain/rpc.h"

namespace cairn::test {
namespace {

constexpr chain::HttpLimits upstream_limits{2'000, 120'000, limits::rpc_reply_bytes_max};

/// Takes one request with a Content-Length off the front of `buffer`; false while it is incomplete.
bool take_request(std::string& buffer, std::string& body) {
  const auto end = buffer.find("\r\n\r\n");
  if (end == buffer.npos) return false;
  std::string head = buffer.substr(0, end);
  std::transform(head.begin(), head.end(), head.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string name = "content-length:";
  std::size_t size = 0;
  if (const auto at = head.find(name); at != head.npos) {
    const auto digits = head.find_first_not_of(' ', at + name.size());
    std::from_chars(head.data() + digits, head.data() + head.size(), size);
  }
  if (buffer.size() < end + 4 + size) return false;
  body = buffer.substr(end + 4, size);
  buffer.erase(0, end + 4 + size);
  return true;
}

bool reply(Socket& socket, long status, const std::string& body) {
  return socket.write("HTTP/1.1 " + std::to_string(status) +
                      " X\r\nContent-Type: application/json\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body);
}

/// The transaction that a request sends; nullopt for another request or another type.
std::optional<chain::DecodedTransaction> sent_transaction(const Json& request) {
  if (request.value("method", "") != "eth_sendRawTransaction") return {};
  const Json params = request.value("params", Json::array());
  if (params.size() != 1 || !params[0].is_string()) return {};
  const auto raw = from_hex(params[0].get<std::string>());
  if (!raw.ok()) return {};
  const auto tx = chain::decode_transaction(*raw);
  if (!tx.ok()) return {};
  return *tx;
}

bool holds_result(const std::string& body) {
  const auto parsed = parse_json(body, limits::rpc_reply_bytes_max);
  return parsed.ok() && parsed->is_object() && parsed->contains("result");
}

chain::U256 least(const chain::U256& old, unsigned permille) {
  return old.scaled_up(permille, 1000)->plus(chain::U256(1)).value();
}

}  // namespace

RpcProxy::RpcProxy(std::string upstream_url)
    : upstream_url_(std::move(upstream_url)), acceptor_([this] { accept_connections(); }) {}

RpcProxy::~RpcProxy() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& connection : connections_) connection.socket.shut();
  }
  changed_.notify_all();
  listener_.stop();
  acceptor_.join();
  for (auto& connection : connections_) connection.thread.join();
}

void RpcProxy::inject(const std::string& method, Fault fault, unsigned times) {
  std::lock_guard lock(mutex_);
  injections_.push_back({method, fault, {}, times});
}

void RpcProxy::answer(const std::string& method, const std::string& body, unsigned times) {
  std::lock_guard lock(mutex_);
  injections_.push_back({method, Fault::garbage, body, times});
}

void RpcProxy::set_upstream(std::string url) {
  std::lock_guard lock(mutex_);
  upstream_url_ = std::move(url);
}

std::string RpcProxy::upstream_url() const {
  std::lock_guard lock(mutex_);
  return upstream_url_;
}

void RpcProxy::set_delay_ms(unsigned ms) {
  std::lock_guard lock(mutex_);
  delay_ms_ = ms;
}

void RpcProxy::set_down(bool down) {
  std::lock_guard lock(mutex_);
  down_ = down;
  if (!down) return;
  for (auto& connection : connections_) connection.socket.shut();
}

void RpcProxy::heal() {
  {
    std::lock_guard lock(mutex_);
    injections_.clear();
    down_ = false;
    ++stall_generation_;
  }
  changed_.notify_all();
}

void RpcProxy::require_bump(unsigned permille) {
  std::lock_guard lock(mutex_);
  bump_permille_ = permille;
}

unsigned RpcProxy::requests(const std::string& method) const {
  std::lock_guard lock(mutex_);
  const auto at = requests_.find(method);
  return at == requests_.end() ? 0 : at->second;
}

unsigned RpcProxy::connections() const {
  std::lock_guard lock(mutex_);
  return accepted_;
}

unsigned RpcProxy::underpriced() const {
  std::lock_guard lock(mutex_);
  return underpriced_;
}

std::size_t RpcProxy::most_outbid() const {
  std::lock_guard lock(mutex_);
  std::size_t most = 0;
  for (const auto& [nonce, hashes] : outbid_) most = std::max(most, hashes.size());
  return most;
}

unsigned RpcProxy::replacements() const {
  std::lock_guard lock(mutex_);
  return replacements_;
}

bool RpcProxy::wait_for_stalled(unsigned count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return stalled_ >= count; });
}

void RpcProxy::accept_connections() {
  for (;;) {
    Socket socket = listener_.accept();
    std::lock_guard lock(mutex_);
    if (stopping_ || !socket.open()) return;
    collect_finished();
    ++accepted_;
    if (down_) {
      socket.reset();
      continue;
    }
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

void RpcProxy::collect_finished() {
  connections_.remove_if([](Connection& c) {
    if (c.done) c.thread.join();
    return c.done.load();
  });
}

void RpcProxy::serve(Connection& connection) {
  chain::HttpClient upstream(upstream_limits);
  std::string buffer;
  std::string body;
  bool open = true;
  while (open) {
    if (take_request(buffer, body)) {
      open = handle(connection.socket, upstream, body);
    } else {
      open = connection.socket.read(buffer);
    }
  }
  // The descriptor is closed under the lock, so that set_down() never shuts a reused number.
  std::lock_guard lock(mutex_);
  if (connection.socket.open()) connection.socket.reset();
  connection.done = true;
}

bool RpcProxy::next_injection(const std::string& method, Injection& out) {
  std::lock_guard lock(mutex_);
  ++requests_[method];
  const auto at = std::find_if(injections_.begin(), injections_.end(),
                               [&](const Injection& i) { return i.method.empty() || i.method == method; });
  if (at == injections_.end()) return false;
  out = *at;
  if (--at->times == 0) injections_.erase(at);
  return true;
}

bool RpcProxy::handle(Socket& socket, chain::HttpClient& upstream, const std::string& body) {
  const auto parsed = parse_json(body, limits::rpc_reply_bytes_max);
  if (!parsed.ok() || !parsed->is_object()) return reply(socket, 400, "not one JSON-RPC request");
  const std::string method = parsed->value("method", "");
  {
    std::unique_lock lock(mutex_);
    if (down_) return false;
    const auto delay = std::chrono::milliseconds(delay_ms_);
    changed_.wait_for(lock, delay, [this] { return stopping_; });
  }
  Injection injection;
  if (next_injection(method, injection)) {
    return meet(socket, upstream, injection, body, parsed->value("id", Json()));
  }
  return forward(socket, upstream, body, *parsed);
}

bool RpcProxy::meet(Socket& socket, chain::HttpClient& upstream, const Injection& injection,
                    const std::string& request, const Json& id) {
  if (!injection.body.empty()) {
    std::string body = injection.body;
    if (const auto at = body.find("$id"); at != body.npos) body.replace(at, 3, id.dump());
    return reply(socket, 200, body);
  }
  const bool seen = injection.fault == Fault::cut_after || injection.fault == Fault::stall_after;
  if (seen) (void)upstream.post_json(upstream_url(), request);
  switch (injection.fault) {
    case Fault::cut_before:
    case Fault::cut_after:
      return false;
    case Fault::stall_before:
    case Fault::stall_after:
      stall();
      return false;
    case Fault::http_429:
      return reply(socket, 429, "slow down");
    case Fault::http_503:
      return reply(socket, 503, "try later");
    case Fault::garbage:
      break;
  }
  return reply(socket, 200, "<html>not what you asked for</html>");
}

void RpcProxy::stall() {
  std::unique_lock lock(mutex_);
  const unsigned generation = stall_generation_;
  ++stalled_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return stopping_ || stall_generation_ != generation; });
}

bool RpcProxy::forward(Socket& socket, chain::HttpClient& upstream, const std::string& request,
                       const Json& parsed) {
  if (too_cheap(upstream, parsed)) {
    const Json refusal{{"jsonrpc", "2.0"},
                       {"id", parsed.value("id", Json())},
                       {"error", {{"code", -32000}, {"message", "replacement transaction underpriced"}}}};
    return reply(socket, 200, refusal.dump());
  }
  const auto answered = upstream.post_json(upstream_url(), request);
  if (!answered.ok()) return reply(socket, 502, answered.error().what);
  if (const auto tx = sent_transaction(parsed); tx && holds_result(answered->body)) {
    std::lock_guard lock(mutex_);
    const auto [at, is_new] = pending_.try_emplace({tx->sender, tx->tx.nonce}, *tx);
    if (!is_new && at->second.hash != tx->hash) {
      ++replacements_;
      at->second = *tx;
    }
  }
  return reply(socket, answered->status, answered->body);
}

bool RpcProxy::too_cheap(chain::HttpClient& upstream, const Json& parsed) {
  const auto tx = sent_transaction(parsed);
  if (!tx) return false;
  chain::DecodedTransaction old;
  {
    std::lock_guard lock(mutex_);
    const auto at = pending_.find({tx->sender, tx->tx.nonce});
    if (bump_permille_ == 0 || at == pending_.end() || at->second.hash == tx->hash) return false;
    const chain::Fees& was = at->second.tx.fees;
    const chain::Fees& now = tx->tx.fees;
    if (now.max_fee_per_gas >= least(was.max_fee_per_gas, bump_permille_) &&
        now.max_priority_fee_per_gas >= least(was.max_priority_fee_per_gas, bump_permille_)) {
      return false;
    }
    old = at->second;
  }
  // Only a transaction that the node still waits to mine can be in the way.
  const Json question{{"jsonrpc", "2.0"},
                      {"id", 1},
                      {"method", "eth_getTransactionByHash"},
                      {"params", Json::array({chain::prefixed_hex(old.hash)})}};
  const auto known = upstream.post_json(upstream_url(), question.dump());
  if (!known.ok()) return false;
  const auto answer = chain::parse_reply(known->body, 1);
  const auto* found = answer.ok() ? std::get_if<Json>(&*answer) : nullptr;
  const bool pending =
      found != nullptr && found->is_object() && found->value("blockNumber", Json()).is_null();
  std::lock_guard lock(mutex_);
  if (pending) {
    if (tx->tx.to == old.tx.to && tx->tx.data == old.tx.data)
      ++underpriced_;
    else
      outbid_[{tx->sender, tx->tx.nonce}].insert(tx->hash);
  }
  return pending;
}

}  // namespace cairn::test
