// A TCP port in front of a Redis that loses replies on purpose: the request arrives and is carried out,
// and the connection breaks instead of answering. Or it holds a request back, as a slow network does.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "tests/support/tcp.h"

namespace cairn::test {

class RedisProxy {
 public:
  explicit RedisProxy(std::string redis_socket_path);
  ~RedisProxy();

  std::uint16_t port() const { return listener_.port(); }
  /// The connection breaks in place of each of the next `count` replies.
  void lose_replies(int count) { to_lose_ = count; }
  int lost() const { return lost_; }
  /// The connection breaks after the next request, which arrives when deliver() is called.
  void hold_next() { to_hold_ = true; }
  /// Waits until the request that is held was carried out.
  void deliver();

 private:
  void serve();
  void relay(Socket client);

  std::string redis_socket_path_;
  Listener listener_;
  std::atomic<int> to_lose_ = 0;
  std::atomic<int> lost_ = 0;
  std::atomic<bool> to_hold_ = false;
  std::string held_;  // written before the connection that it came by breaks
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace cairn::test
