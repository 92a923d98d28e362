// An HTTP proxy before a JSON-RPC node that fails on purpose, and is stricter than anvil.
//
//   RpcProxy proxy(anvil.url());
//   proxy.inject("eth_sendRawTransaction", Fault::cut_after);  // sent, but the client cannot know
//   proxy.require_bump(1125);                                  // as strict as the strictest node
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "chain/http.h"
#include "chain/transaction.h"
#include "common/json.h"
#include "tests/support/tcp.h"

namespace cairn::test {

enum class Fault : std::uint8_t {
  cut_before,    ///< the connection is reset; the node never sees the request
  cut_after,     ///< the node answers, the client gets a reset instead
  stall_before,  ///< the node never sees the request and nothing is answered
  stall_after,   ///< the node answers, the client gets nothing
  http_429,      ///< answered for the node, which sees nothing
  http_503,
  garbage,  ///< 200 with a body that is not JSON
};

/// Thread-safe. One thread per connection.
class RpcProxy {
 public:
  explicit RpcProxy(std::string upstream_url);
  ~RpcProxy();
  RpcProxy(const RpcProxy&) = delete;
  RpcProxy& operator=(const RpcProxy&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }

  /// The next `times` requests of `method` ("" for any) meet `fault`, after earlier injections.
  void inject(const std::string& method, Fault fault, unsigned times = 1);
  /// The next `times` requests of `method` are answered with `body`; $id in it becomes their id.
  void answer(const std::string& method, const std::string& body, unsigned times = 1);
  /// From now on another node answers, also over the connections that are open.
  void set_upstream(std::string url);
  /// Every answer comes so much later.
  void set_delay_ms(unsigned ms);
  /// While down, every connection is reset, old ones too.
  void set_down(bool down);
  /// Ends all stalls and injections, and is up again.
  void heal();

  /// Replacements must raise both fees to permille/1000 of the pending transaction's and by 1 wei
  /// more, rounded up, as the strictest nodes do; others are answered `replacement transaction
  /// underpriced`. 0 (the default) leaves it to the node.
  void require_bump(unsigned permille);

  unsigned requests(const std::string& method) const;  ///< seen, whatever became of them
  unsigned connections() const;                        ///< accepted so far
  unsigned underpriced() const;                        ///< raises refused by require_bump()
  /// The most transactions refused by require_bump() for one nonce that another call holds.
  std::size_t most_outbid() const;
  unsigned replacements() const;  ///< transactions taken with the nonce of one that was taken before
  /// Waits until so many requests have met stall_before or stall_after since the beginning, the latter once
  /// the node has answered. False when a minute has passed first.
  bool wait_for_stalled(unsigned count) const;

 private:
  struct Injection {
    std::string method;
    Fault fault;
    std::string body;  ///< instead of `fault` when not empty
    unsigned times;
  };
  struct Connection {
    Socket socket;
    std::thread thread;
    std::atomic<bool> done = false;
  };

  std::string upstream_url() const;
  void accept_connections();
  void serve(Connection& connection);
  /// Answers one request; false when the connection is over.
  bool handle(Socket& socket, chain::HttpClient& upstream, const std::string& body);
  bool meet(Socket& socket, chain::HttpClient& upstream, const Injection& injection,
            const std::string& request, const Json& id);
  bool forward(Socket& socket, chain::HttpClient& upstream, const std::string& request, const Json& parsed);
  bool too_cheap(chain::HttpClient& upstream, const Json& parsed);
  bool next_injection(const std::string& method, Injection& out);
  void stall();
  void collect_finished();

  std::string upstream_url_;
  Listener listener_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool stopping_ = false;
  bool down_ = false;
  unsigned stall_generation_ = 0;
  unsigned delay_ms_ = 0;
  unsigned bump_permille_ = 0;
  unsigned underpriced_ = 0;
  unsigned replacements_ = 0;
  unsigned stalled_ = 0;
  unsigned accepted_ = 0;
  std::list<Injection> injections_;
  std::map<std::string, unsigned> requests_;
  std::map<std::pair<chain::Address, std::uint64_t>, chain::DecodedTransaction> pending_;
  std::map<std::pair<chain::Address, std::uint64_t>, std::set<chain::TxHash>> outbid_;
  std::list<Connection> connections_;
  std::thread acceptor_;
};

}  // namespace cairn::test
