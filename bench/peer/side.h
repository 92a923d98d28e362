// One of two systems that move the same tasks: Cairn, or BullMQ. Each is started on a Redis of its own for
// one measurement, and leaves in files of its folder a record of every task that its store has said is
// done, so that both are counted and timed by the same code. Linux. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/result.h"
#include "tests/support/redis_server.h"

namespace cairn::peer {

/// Parts of a flow that run between its first task and its last.
inline constexpr std::uint32_t kWidth = 4;

struct Case {
  bool flow = false;               ///< 1→4→1 over three stages; else one task of one stage
  std::uint32_t work_ms = 0;       ///< how long each task waits; 0 is a task that does nothing
  std::uint32_t workers = 3;       ///< processes, in all; of a flow a multiple of 3
  std::uint32_t concurrency = 32;  ///< tasks that a worker holds, and runs at once when they wait
  bool shared = false;             ///< BullMQ alone: each worker serves all stages of a flow, not one
  std::uint64_t ready_max = 0;     ///< tasks that are enqueued at once at most

  std::uint32_t tasks_each() const { return flow ? kWidth + 2 : 1; }
  std::string name() const;
};

/// A task that is done, as the files have it: 16 bytes, little-endian.
struct Done {
  std::int64_t at_ns;    ///< CLOCK_MONOTONIC, when the reply of Redis was there
  std::uint32_t number;  ///< of the single task, or of its flow
  std::uint32_t step;    ///< 0, or in a flow: 0 the first, 1 … kWidth the parts, kWidth + 1 the last
};
static_assert(sizeof(Done) == 16);

class Side {
 public:
  virtual ~Side() = default;

  /// Single tasks or flows `first` … `first + count - 1`, as fast as it goes; returns when all are stored.
  virtual Status enqueue(std::uint64_t first, std::uint64_t count) = 0;
  /// The same, number `first + i` at `i / rate` seconds after a beginning, whether or not the workers keep
  /// up. Returns the beginning, in nanoseconds of CLOCK_MONOTONIC: when the producer is connected.
  virtual Result<std::int64_t> offer(std::uint64_t first, std::uint64_t count, double rate) = 0;
  /// Stops all its processes, and lets them go on.
  virtual void pause() = 0;
  virtual void resume() = 0;
  /// CPU seconds of its processes, without Redis.
  virtual double cpu() = 0;
  /// Errors when one of its processes has ended by itself.
  virtual Status running() = 0;
};

/// `folder` is where its sockets and files go; it and `redis` must outlive the side.
std::unique_ptr<Side> start_cairn(const test::RedisServer& redis, const Case& c, const std::string& folder);
/// Errors: not_found when it is not installed.
Result<std::unique_ptr<Side>> start_bullmq(const test::RedisServer& redis, const Case& c,
                                           const std::string& folder);
/// Its version; empty when it is not installed.
std::string bullmq_version();

/// Records in the files of `folder` so far.
std::uint64_t count_done(const std::string& folder);
std::vector<Done> read_done(const std::string& folder);

}  // namespace cairn::peer
