// The transport over ZeroMQ PUSH/PULL. The only door to libzmq.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/transport.h"

namespace cairn::pipeline {

/// CURVE keys in Z85 text, 40 characters each. Without keys only ipc:// and loopback tcp:// work.
struct LinkKeys {
  std::string public_key;
  std::string secret_key;
  std::string server_key;                 ///< public key of the peers that we connect to
  std::vector<std::string> allowed_keys;  ///< public keys that may connect to us; others are refused
};

/// Requires: outlives everything that it made. Errors: unavailable when the ZAP handler, which checks
/// keys, cannot start (libzmq without a handler would accept any key). `on_refused` is called on threads of
/// the transport once for each connection to a CURVE inbox that is refused: a key that is not allowed, none,
/// a handshake that is too long, of another time, or none at all; and for each that is ended because a frame
/// came a second time. At most 10 s later.
Result<std::unique_ptr<Transport>> make_zmq_transport(const std::optional<LinkKeys>& keys,
                                                      std::function<void()> on_refused = {});

/// A fresh CURVE key pair (public, secret).
Result<std::pair<std::string, std::string>> make_link_keys();

}  // namespace cairn::pipeline
