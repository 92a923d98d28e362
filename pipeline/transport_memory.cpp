#include "pipeline/transport_memory.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "common/limits.h"

namespace cairn::pipeline {
namespace {

constexpr std::size_t kQueuedFrames = 1000;

struct Queue {
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Bytes> frames;
  bool bound = false;
};

struct Names {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Queue>> queues;

  std::shared_ptr<Queue> find(const std::string& endpoint) {
    std::lock_guard lock(mutex);
    auto& queue = queues[endpoint];
    if (!queue) queue = std::make_shared<Queue>();
    return queue;
  }
};

class MemoryOutbox final : public Outbox {
 public:
  explicit MemoryOutbox(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
  bool ready() override {
    std::lock_guard lock(queue_->mutex);
    return queue_->bound && queue_->frames.size() < kQueuedFrames;
  }
  bool send(ByteView frame) override {
    CAIRN_ASSERT(frame.size() <= limits::frame_bytes_max);
    std::lock_guard lock(queue_->mutex);
    if (!queue_->bound || queue_->frames.size() >= kQueuedFrames) return false;
    queue_->frames.push_back(copy(frame));
    queue_->arrived.notify_one();
    return true;
  }

 private:
  std::shared_ptr<Queue> queue_;
};

class MemoryInbox final : public Inbox {
 public:
  MemoryInbox(std::shared_ptr<Queue> queue, std::string endpoint)
      : queue_(std::move(queue)), endpoint_(std::move(endpoint)) {}
  ~MemoryInbox() override {
    std::lock_guard lock(queue_->mutex);
    queue_->bound = false;
    queue_->frames.clear();
  }
  std::optional<Bytes> receive(std::int64_t timeout_ms) override {
    std::unique_lock lock(queue_->mutex);
    if (queue_->frames.empty() && timeout_ms > 0) {
      queue_->arrived.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                               [&] { return !queue_->frames.empty(); });
    }
    if (queue_->frames.empty()) return std::nullopt;
    Bytes frame = std::move(queue_->frames.front());
    queue_->frames.pop_front();
    return frame;
  }
  const std::string& endpoint() const override { return endpoint_; }
  std::unique_ptr<Outbox> outbox_here() override { return std::make_unique<MemoryOutbox>(queue_); }

 private:
  std::shared_ptr<Queue> queue_;
  std::string endpoint_;
};

class MemoryTransport final : public Transport {
 public:
  Result<std::unique_ptr<Inbox>> bind(const std::string& endpoint) override {
    if (endpoint.empty()) return Error{Code::invalid_input, "an endpoint must have a name"};
    auto queue = names_->find(endpoint);
    std::lock_guard lock(queue->mutex);
    if (queue->bound) return Error{Code::unavailable, "cannot listen at " + endpoint + ": in use"};
    queue->bound = true;
    return std::unique_ptr<Inbox>(std::make_unique<MemoryInbox>(queue, endpoint));
  }
  Result<std::unique_ptr<Outbox>> connect(const std::string& endpoint) override {
    if (endpoint.empty()) return Error{Code::invalid_input, "an endpoint must have a name"};
    return std::unique_ptr<Outbox>(std::make_unique<MemoryOutbox>(names_->find(endpoint)));
  }

 private:
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
};

}  // namespace

std::unique_ptr<Transport> make_memory_transport() { return std::make_unique<MemoryTransport>(); }

}  // namespace cairn::pipeline
