#include "cli/service_notice.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace cairn::cli {
namespace {

constexpr std::uint64_t kStopUs = 3'600'000'000;  // longer than any stop timeout

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string out = value == nullptr ? "" : value;
  unsetenv(name);
  return out;
}

std::uint64_t number(const std::string& text) {
  std::uint64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? out : 0;
}

}  // namespace

ServiceNotice::ServiceNotice(std::string socket, std::uint64_t watchdog_us)
    : socket_(std::move(socket)), watchdog_us_(watchdog_us) {}

ServiceNotice ServiceNotice::from_environment() {
  std::string socket = take_variable("NOTIFY_SOCKET");
  const std::uint64_t watchdog_us = number(take_variable("WATCHDOG_USEC"));
  const std::string pid = take_variable("WATCHDOG_PID");
  const bool ours = pid.empty() || number(pid) == static_cast<std::uint64_t>(getpid());
  return {std::move(socket), ours ? watchdog_us : 0};
}

void ServiceNotice::ready() {
  if (!ready_) send("READY=1");
  ready_ = true;
}

void ServiceNotice::beat(std::int64_t now_ms) {
  if (watchdog_us_ == 0 || !ready_ || stopping_ || now_ms < next_beat_ms_) return;
  next_beat_ms_ = now_ms + static_cast<std::int64_t>(watchdog_us_ / 4'000);
  send("WATCHDOG=1");
}

void ServiceNotice::stopping() {
  if (!stopping_) {
    send(watchdog_us_ == 0 ? "STOPPING=1"
                           : "STOPPING=1\nWATCHDOG_USEC=" + std::to_string(kStopUs) + "\nWATCHDOG=1");
  }
  stopping_ = true;
}

void ServiceNotice::send(const std::string& message) const {
  sockaddr_un address{};
  const bool named = !socket_.empty() && (socket_[0] == '/' || socket_[0] == '@');
  if (!named || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // A manager that does not listen is not waited for: its own timeouts say what happens then.
  (void)::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<sockaddr*>(&address), length);
  ::close(fd);
}

}  // namespace cairn::cli
