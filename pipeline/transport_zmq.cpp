#include "pipeline/transport_zmq.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include <zmq.hpp>

#include "common/clock.h"
#include "common/limits.h"

namespace cairn::pipeline {
namespace {

constexpr int kQueuedFrames = 1000;  // per pipe; far above the credit in flight
/// Per connection to an inbox: the rest waits with its sender, whose memory it is. A frame may be large,
/// and a peer hostile.
constexpr int kInboxFrames = 64;
constexpr int kSocketsMax = 8192;  // one for each peer; libzmq allows 1023 unless told
constexpr int kHandshakeMs = 5'000;
constexpr int kWatchMs = 100;
constexpr int kHeartbeatMs = 2'000;  // notices a peer whose host has gone
constexpr int kReconnectMs = 20;
constexpr int kReconnectMaxMs = 1'000;
constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";

Error zmq_error(std::string_view what, const zmq::error_t& e) {
  const Code code =
      e.num() == EADDRINUSE || e.num() == EADDRNOTAVAIL ? Code::unavailable : Code::invalid_input;
  return {code, std::string(what) + ": " + e.what()};
}

bool stays_on_this_host(std::string_view endpoint) {
  if (endpoint.starts_with("ipc://") || endpoint.starts_with("inproc://")) return true;
  if (!endpoint.starts_with("tcp://")) return false;
  endpoint.remove_prefix(6);
  // All of it: a name may begin like an address, and libzmq takes "from;to".
  const std::string_view host = endpoint.substr(0, endpoint.rfind(':'));
  const bool in_127 =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return in_127 || host == "[::1]" || host == "localhost";
}

/// Every option that matters is set here, for all sockets, on purpose.
void set_common(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::linger, 0);  // what is queued at exit is covered by leases and resends
  socket.set(zmq::sockopt::sndhwm, kQueuedFrames);
  socket.set(zmq::sockopt::rcvhwm, kQueuedFrames);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::frame_bytes_max));
  socket.set(zmq::sockopt::immediate, 1);  // never queue to a peer that is not there
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
  socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatMs * 3);
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
}

class ZmqOutbox final : public Outbox {
 public:
  explicit ZmqOutbox(zmq::socket_t socket) : socket_(std::move(socket)) {}
  bool ready() override {
    try {
      return (socket_.get(zmq::sockopt::events) & ZMQ_POLLOUT) != 0;
    } catch (const zmq::error_t&) {
      return false;  // a signal
    }
  }
  bool send(ByteView frame) override {
    CAIRN_ASSERT(frame.size() <= limits::frame_bytes_max);
    try {
      return socket_.send(zmq::buffer(frame.data(), frame.size()), zmq::send_flags::dontwait).has_value();
    } catch (const zmq::error_t&) {
      return false;
    }
  }

 private:
  zmq::socket_t socket_;
};

/// The file of an ipc:// socket, which libzmq leaves behind; one that another process has put there
/// since is not ours to remove.
class SocketFile {
 public:
  explicit SocketFile(const std::string& endpoint) {
    if (!endpoint.starts_with("ipc://")) return;
    path_ = endpoint.substr(6);
    if (::lstat(path_.c_str(), &bound_) != 0) path_.clear();
  }
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile() {
    struct stat now {};
    if (path_.empty() || ::lstat(path_.c_str(), &now) != 0) return;
    if (now.st_dev == bound_.st_dev && now.st_ino == bound_.st_ino) ::unlink(path_.c_str());
  }

 private:
  std::string path_;
  struct stat bound_ {};
};

/// Counts the peers that an inbox refuses. libzmq tells of some refusals only, and never of which connection;
/// but each connection that it accepts either succeeds or is refused before its handshake must be over.
/// Frames that come a second time end a connection that has succeeded, and are told.
class HandshakeWatch final : zmq::monitor_t {
 public:
  /// Requires: gone before `socket` is closed.
  HandshakeWatch(zmq::socket_t& socket, const std::string& name, std::function<void()> on_refused)
      : on_refused_(std::move(on_refused)) {
    init(socket, "inproc://watch-" + name,
         ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
             ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    thread_ = std::thread([this] {
      while (!stop_) {
        look();
        count();
      }
    });
  }
  ~HandshakeWatch() override {
    stop_ = true;
    thread_.join();
  }

 private:
  void on_event_accepted(const zmq_event_t& event, const char*) override {
    ++accepted_;
    undecided_[event.value] = steady_ms();
  }
  void on_event_disconnected(const zmq_event_t& event, const char*) override {
    undecided_.erase(event.value);
  }
  void on_event_handshake_succeeded(const zmq_event_t&, const char*) override {
    ++succeeded_;
    if (undecided_.size() == 1) undecided_.clear();  // of several it cannot be told which; time will
  }
  void on_event_handshake_failed_protocol(const zmq_event_t& event, const char*) override {
    if (event.value == ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE) on_refused_();
  }

  void look() {
    try {
      check_event(kWatchMs);
    } catch (const zmq::error_t&) {
      // A signal ended the wait.
    }
  }
  void count() {
    const std::int64_t decided = steady_ms() - 2 * kHandshakeMs;
    std::erase_if(undecided_, [&](const auto& open) { return open.second < decided; });
    for (; counted_ + succeeded_ + undecided_.size() < accepted_; ++counted_) on_refused_();
  }

  std::function<void()> on_refused_;
  std::map<int, std::int64_t> undecided_;  // open connections by descriptor, and since when
  std::uint64_t accepted_ = 0, succeeded_ = 0, counted_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class ZmqInbox final : public Inbox {
 public:
  ZmqInbox(zmq::context_t& context, zmq::socket_t socket, std::string endpoint, std::string here)
      : context_(context),
        socket_(std::move(socket)),
        file_(endpoint),
        endpoint_(std::move(endpoint)),
        here_(std::move(here)) {}
  void watch(const std::string& name, std::function<void()> on_refused) {
    watch_ = std::make_unique<HandshakeWatch>(socket_, name, std::move(on_refused));
  }

  std::optional<Bytes> receive(std::int64_t timeout_ms) override {
    zmq::message_t message;
    try {
      if (!socket_.recv(message, zmq::recv_flags::dontwait)) {
        if (timeout_ms == 0) return std::nullopt;
        zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
        zmq::poll(&item, 1, std::chrono::milliseconds(timeout_ms));
        if (!socket_.recv(message, zmq::recv_flags::dontwait)) return std::nullopt;
      }
    } catch (const zmq::error_t&) {
      return std::nullopt;  // a signal
    }
    // A frame is one part: parts of a hostile multi-part message are separate, malformed frames.
    return copy(ByteView(message.data<std::uint8_t>(), message.size()));
  }
  const std::string& endpoint() const override { return endpoint_; }
  std::unique_ptr<Outbox> outbox_here() override {
    zmq::socket_t socket(context_, zmq::socket_type::push);
    set_common(socket);
    socket.connect(here_);
    return std::make_unique<ZmqOutbox>(std::move(socket));
  }

 private:
  zmq::context_t& context_;
  zmq::socket_t socket_;
  SocketFile file_;
  std::string endpoint_;
  std::string here_;
  std::unique_ptr<HandshakeWatch> watch_;  // gone before the socket
};

/// Answers libzmq's question whether a client's CURVE key may connect (ZMQ RFC 27).
class KeyCheck {
 public:
  KeyCheck(zmq::context_t& context, std::vector<std::string> allowed)
      : allowed_(std::move(allowed)), socket_(context, zmq::socket_type::rep) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, 100);
    socket_.bind(kZapEndpoint);
    thread_ = std::thread([this] { serve(); });
  }
  ~KeyCheck() {
    stop_ = true;
    thread_.join();
  }

 private:
  void serve() {
    while (!stop_) {
      std::vector<std::string> parts;
      try {
        zmq::message_t part;
        do {
          if (!socket_.recv(part)) break;
          if (parts.size() < 16) parts.push_back(part.to_string());
        } while (part.more());
      } catch (const zmq::error_t&) {
        continue;
      }
      if (!parts.empty()) reply(parts);
    }
  }

  void reply(const std::vector<std::string>& request) {
    // version, request id, domain, address, identity, mechanism, credentials…
    bool allowed = false;
    if (request.size() >= 7 && request[5] == "CURVE" && request[6].size() == 32) {
      char key[41];
      zmq_z85_encode(key, reinterpret_cast<const std::uint8_t*>(request[6].data()), 32);
      allowed = std::find(allowed_.begin(), allowed_.end(), std::string(key)) != allowed_.end();
    }
    const std::string answer[] = {"1.0",
                                  request.size() > 1 ? request[1] : "",
                                  allowed ? "200" : "400",
                                  allowed ? "OK" : "key not allowed",
                                  "",
                                  ""};
    try {
      for (std::size_t i = 0; i < std::size(answer); ++i) {
        socket_.send(zmq::buffer(answer[i]),
                     i + 1 < std::size(answer) ? zmq::send_flags::sndmore : zmq::send_flags::none);
      }
    } catch (const zmq::error_t&) {
      // The context ends; the handshake is refused by silence.
    }
  }

  std::vector<std::string> allowed_;
  zmq::socket_t socket_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class ZmqTransport final : public Transport {
 public:
  ZmqTransport(const std::optional<LinkKeys>& keys, std::function<void()> on_refused)
      : keys_(keys), on_refused_(std::move(on_refused)) {
    if (keys_) key_check_ = std::make_unique<KeyCheck>(context_, keys_->allowed_keys);
  }

  Result<std::unique_ptr<Inbox>> bind(const std::string& endpoint) override try {
    CAIRN_TRY(check_reach(endpoint));
    zmq::socket_t socket(context_, zmq::socket_type::pull);
    set_common(socket);
    socket.set(zmq::sockopt::rcvhwm, kInboxFrames);
    const bool is_curve = keys_ && !endpoint.starts_with("ipc://");
    if (is_curve) {
      socket.set(zmq::sockopt::curve_server, true);
      socket.set(zmq::sockopt::curve_secretkey, keys_->secret_key);
    }
    socket.bind(endpoint);
    const std::string bound = socket.get(zmq::sockopt::last_endpoint);
    const std::string number = std::to_string(next_inbox_++), here = "inproc://inbox-" + number;
    socket.bind(here);
    auto inbox = std::make_unique<ZmqInbox>(context_, std::move(socket), bound, here);
    if (is_curve && on_refused_) inbox->watch(number, on_refused_);
    return std::unique_ptr<Inbox>(std::move(inbox));
  } catch (const zmq::error_t& e) {
    return zmq_error("cannot listen at " + endpoint, e);
  }

  Result<std::unique_ptr<Outbox>> connect(const std::string& endpoint) override try {
    CAIRN_TRY(check_reach(endpoint));
    zmq::socket_t socket(context_, zmq::socket_type::push);
    set_common(socket);
    if (keys_ && !endpoint.starts_with("ipc://")) {
      socket.set(zmq::sockopt::curve_publickey, keys_->public_key);
      socket.set(zmq::sockopt::curve_secretkey, keys_->secret_key);
      socket.set(zmq::sockopt::curve_serverkey, keys_->server_key);
    }
    socket.connect(endpoint);
    return std::unique_ptr<Outbox>(std::make_unique<ZmqOutbox>(std::move(socket)));
  } catch (const zmq::error_t& e) {
    return zmq_error("cannot connect to " + endpoint, e);
  }

 private:
  Status check_reach(const std::string& endpoint) const {
    if (!endpoint.starts_with("ipc://") && !endpoint.starts_with("tcp://")) {
      return Error{Code::invalid_input, "not an endpoint: " + endpoint + " (ipc://PATH or tcp://HOST:PORT)"};
    }
    if (!keys_ && !stays_on_this_host(endpoint)) {
      return Error{Code::invalid_input,
                   endpoint + " leaves this machine: give link keys (links.keys in the configuration)"};
    }
    return {};
  }

  zmq::context_t context_{1, kSocketsMax};
  std::optional<LinkKeys> keys_;
  std::function<void()> on_refused_;
  std::unique_ptr<KeyCheck> key_check_;
  std::atomic<std::uint64_t> next_inbox_ = 0;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_zmq_transport(const std::optional<LinkKeys>& keys,
                                                      std::function<void()> on_refused) try {
  return std::unique_ptr<Transport>(std::make_unique<ZmqTransport>(keys, std::move(on_refused)));
} catch (const zmq::error_t& e) {
  return Error{Code::unavailable, std::string("cannot start the key check of links: ") + e.what()};
}

Result<std::pair<std::string, std::string>> make_link_keys() {
  char public_key[41], secret_key[41];
  if (zmq_curve_keypair(public_key, secret_key) != 0) {
    return Error{Code::unavailable, "this libzmq was built without CURVE"};
  }
  return std::pair<std::string, std::string>(public_key, secret_key);
}

}  // namespace cairn::pipeline
