// Tells the service manager how this process does, as sd_notify(3) describes it: one datagram per message to
// the socket that NOTIFY_SOCKET names. Without it nothing is sent.
#pragma once

#include <cstdint>
#include <string>

namespace cairn::cli {

/// Used by one thread.
class ServiceNotice {
 public:
  /// `socket`: a path, or '@' and an abstract name; empty sends nothing. `watchdog_us`: the manager gives up
  /// on a process that it has not heard for so long; 0 for never.
  ServiceNotice(std::string socket, std::uint64_t watchdog_us);
  /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, which are removed: they are not for children.
  static ServiceNotice from_environment();

  void ready();
  /// The main loop turns. Once ready, sends at most four beats per watchdog period.
  void beat(std::int64_t now_ms);
  /// It drains from now on. How long that may take is for the manager's stop timeout, not for its watchdog.
  void stopping();

 private:
  void send(const std::string& message) const;

  std::string socket_;
  std::uint64_t watchdog_us_;
  std::int64_t next_beat_ms_ = 0;
  bool ready_ = false, stopping_ = false;
};

}  // namespace cairn::cli
