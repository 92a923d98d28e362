#include "tests/simulation/network.h"

#include <algorithm>

namespace cairn::sim {

class Network::SlowOutbox final : public pipeline::Outbox {
 public:
  SlowOutbox(Network& network, std::string endpoint, std::unique_ptr<pipeline::Outbox> peer)
      : network_(network), endpoint_(std::move(endpoint)), peer_(std::move(peer)) {}
  bool ready() override { return peer_->ready(); }
  bool send(ByteView frame) override {
    if (!peer_->ready()) return false;
    network_.send(endpoint_, frame);
    return true;
  }

 private:
  Network& network_;
  std::string endpoint_;
  std::unique_ptr<pipeline::Outbox> peer_;
};

Network::Network(std::mt19937_64& random, const std::uint64_t& now_ms, const NetworkFaults& faults)
    : random_(random), now_ms_(now_ms), faults_(faults) {}

Result<std::unique_ptr<pipeline::Inbox>> Network::bind(const std::string& endpoint) {
  return memory_->bind(endpoint);
}

Result<std::unique_ptr<pipeline::Outbox>> Network::connect(const std::string& endpoint) {
  CAIRN_ASSIGN(auto peer, memory_->connect(endpoint));
  return std::unique_ptr<pipeline::Outbox>(std::make_unique<SlowOutbox>(*this, endpoint, std::move(peer)));
}

void Network::send(const std::string& endpoint, ByteView frame) {
  int copies = random_() % 1000 < faults_.drop ? 0 : 1;
  if (random_() % 1000 < faults_.duplicate) ++copies;
  for (int i = 0; i < copies; ++i) {
    const std::uint64_t delay_ms = random_() % (faults_.delay_max_ms + 1);
    travelling_.push_back({now_ms_ + delay_ms, endpoint, copy(frame)});
  }
}

std::uint64_t Network::next_ms() const {
  std::uint64_t next = UINT64_MAX;
  for (const Frame& frame : travelling_) next = std::min(next, frame.at_ms);
  return next;
}

std::set<std::string> Network::deliver() {
  std::set<std::string> reached;
  std::shuffle(travelling_.begin(), travelling_.end(), random_);  // what arrives together, in any order
  std::erase_if(travelling_, [&](const Frame& frame) {
    if (frame.at_ms > now_ms_) return false;
    // To nobody: lost, as with a process that was killed.
    if ((*memory_->connect(frame.endpoint))->send(frame.bytes)) reached.insert(frame.endpoint);
    return true;
  });
  return reached;
}

}  // namespace cairn::sim
