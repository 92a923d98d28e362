#include "tests/support/redis_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <vector>

#include "common/result.h"

namespace cairn::test {
namespace {

constexpr int kPollMs = 20;  // how soon the end of the proxy is noticed

Socket connect_unix(const std::string& path) {
  Socket out(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  CAIRN_ASSERT(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::connect(out.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return Socket();
  return out;
}

}  // namespace

RedisProxy::RedisProxy(std::string redis_socket_path)
    : redis_socket_path_(std::move(redis_socket_path)), thread_([this] { serve(); }) {}

RedisProxy::~RedisProxy() {
  stop_ = true;
  listener_.stop();
  thread_.join();
}

void RedisProxy::serve() {
  std::vector<std::thread> relays;
  while (!stop_) {
    Socket client = listener_.accept();
    if (client.open()) {
      relays.emplace_back([this](Socket accepted) { relay(std::move(accepted)); }, std::move(client));
    }
  }
  for (std::thread& one : relays) one.join();
}

void RedisProxy::deliver() {
  Socket redis = connect_unix(redis_socket_path_);
  std::string reply;
  CAIRN_ASSERT(!held_.empty() && redis.write(held_) && redis.read(reply));
}

/// Until either side ends.
void RedisProxy::relay(Socket client) {
  Socket redis = connect_unix(redis_socket_path_);
  while (!stop_ && redis.open()) {
    pollfd fds[] = {{client.fd(), POLLIN, 0}, {redis.fd(), POLLIN, 0}};
    if (::poll(fds, 2, kPollMs) <= 0) continue;
    std::string bytes;
    if (fds[0].revents != 0) {
      if (!client.read(bytes)) return;
      if (to_hold_.exchange(false)) {
        held_ = std::move(bytes);
        return;
      }
      if (!redis.write(bytes)) return;
    }
    bytes.clear();
    if (fds[1].revents == 0) continue;
    if (!redis.read(bytes)) return;
    int left = to_lose_;
    while (left > 0 && !to_lose_.compare_exchange_weak(left, left - 1)) {
    }
    if (left > 0) {
      ++lost_;
      return;
    }
    if (!client.write(bytes)) return;
  }
}

}  // namespace cairn::test
