// The transport over ZeroMQ PUSH/PULL. The only door to libzmq.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "pipeline/transport.h"

namespace cairn::pipeline {

/// CURVE keys in Z85 text, 40 characters each. Without keys only ipc:// and loopback tcp:// work.
struct LinkKeys {
  std::string public_key;
  std::string secret_key;
  std::string server_key;                  ///< public key of the peers that we connect to
  std::vector<std::string> allowed_keys;   ///< public keys that may connect to us; others are refused
};

struct LinkCounters {
  std::atomic<std::uint64_t> refused_handshakes = 0;  ///< connections with a key that is not allowed, or none
};

/// Requires: outlives everything that it made. Errors: unavailable when the ZAP handler, which checks
/// keys, cannot start (libzmq without a handler would accept any key).
Result<std::unique_ptr<Transport>> make_zmq_transport(const std::optional<LinkKeys>& keys,
                                                      LinkCounters* counters = nullptr);

/// A fresh CURVE key pair (public, secret).
Result<std::pair<std::string, std::string>> make_link_keys();

}  // namespace cairn::pipeline
