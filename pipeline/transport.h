// Sockets as the runtime sees them: an inbox that many push to, an outbox to one inbox. Frames may be
// lost whenever a process dies; nothing may depend on a frame that is not repeated or backed by a lease.
// Implementations: ZeroMQ PUSH/PULL, and memory. One conformance suite (tests/conformance).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/bytes.h"

namespace cairn::pipeline {

/// Sends frames to one inbox. Used by one thread at a time.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// True when a frame would be taken now: the peer is connected and its queue has room.
  virtual bool ready() = 0;
  /// False when it is not taken (never waits). Requires frame.size() ≤ limits::frame_bytes_max.
  virtual bool send(ByteView frame) = 0;
};

/// Receives frames. Used by one thread, but for outbox_here().
class Inbox {
 public:
  virtual ~Inbox() = default;
  /// The next frame, or nullopt after `timeout_ms` (0: at once). A signal may end the wait early.
  virtual std::optional<Bytes> receive(std::int64_t timeout_ms) = 0;
  /// What a peer connects to; a port chosen by the system is filled in.
  virtual const std::string& endpoint() const = 0;
  /// An outbox to this inbox for another thread of this process. Thread-safe.
  virtual std::unique_ptr<Outbox> outbox_here() = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Errors: invalid_input (not an endpoint, or it needs keys), unavailable (in use).
  virtual Result<std::unique_ptr<Inbox>> bind(const std::string& endpoint) = 0;
  /// The peer need not be there yet. Errors: invalid_input.
  virtual Result<std::unique_ptr<Outbox>> connect(const std::string& endpoint) = 0;
};

}  // namespace cairn::pipeline
