// The network of a simulation: the memory transport, with frames that get lost, come late, twice and in
// another order. Nothing moves but by deliver().
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "pipeline/transport_memory.h"

namespace cairn::sim {

struct NetworkFaults {
  std::uint32_t drop = 0, duplicate = 0;  ///< per mille of frames
  std::uint64_t delay_max_ms = 0;         ///< each copy travels 0 … this long
};

class Network final : public pipeline::Transport {
 public:
  /// All are borrowed.
  Network(std::mt19937_64& random, const std::uint64_t& now_ms, const NetworkFaults& faults);

  Result<std::unique_ptr<pipeline::Inbox>> bind(const std::string& endpoint) override;
  Result<std::unique_ptr<pipeline::Outbox>> connect(const std::string& endpoint) override;

  /// When the next frame arrives; UINT64_MAX when none is on its way.
  std::uint64_t next_ms() const;
  /// Moves what has arrived by now into the inboxes; the endpoints that got something.
  std::set<std::string> deliver();

 private:
  class SlowOutbox;
  struct Frame {
    std::uint64_t at_ms = 0;
    std::string endpoint;
    Bytes bytes;
  };
  void send(const std::string& endpoint, ByteView frame);

  std::mt19937_64& random_;
  const std::uint64_t& now_ms_;
  const NetworkFaults& faults_;
  std::unique_ptr<pipeline::Transport> memory_ = pipeline::make_memory_transport();
  std::vector<Frame> travelling_;
};

}  // namespace cairn::sim
