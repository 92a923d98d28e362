// Loopback TCP for test servers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::test {

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  int release();
  /// Ends both directions, also for another thread that waits in read().
  void shut();
  /// Closes with a reset instead of an orderly end.
  void reset();

  /// Appends what has come; false when the peer has ended or `shut` was called.
  bool read(std::string& into);
  bool write(std::string_view bytes);

 private:
  int fd_;
};

/// Connects to a port of 127.0.0.1; a closed Socket when nobody listens.
Socket dial(std::uint16_t port);

class Listener {
 public:
  /// A free port of 127.0.0.1.
  Listener();
  std::uint16_t port() const { return port_; }
  /// Waits for a connection; a closed Socket after stop().
  Socket accept();
  /// Wakes accept() in another thread.
  void stop() { socket_.shut(); }

 private:
  Socket socket_;
  std::uint16_t port_ = 0;
};

}  // namespace cairn::test
