// A pool of real processes on one Redis, as the measurements of the runtime need it: a dispatcher per
// stage and its workers, over ZeroMQ sockets in a folder. Linux; the processes are forks of the caller and
// die with it. Used by one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/stage.h"
#include "pipeline/store_redis.h"
#include "tests/support/redis_server.h"

namespace cairn::pipeline {

struct PoolSetting {
  std::vector<std::string> stages;
  std::uint32_t workers = 1;     ///< processes per stage
  std::uint32_t slots = 1;       ///< tasks that a worker computes at the same time, ≤ credit
  std::uint32_t credit = 16;     ///< tasks that a worker holds at most
  std::uint64_t tasks = 20'000;  ///< that are ready at once, for the cap of depth
};

/// What its processes do. Both are called in the process that uses the result, after the fork, and what
/// they made is destroyed there when the process was told to end.
struct PoolWork {
  /// The function of worker `number` of stage `stage`.
  std::function<Process(std::size_t stage, std::uint32_t number)> process;
  /// The store of the dispatcher of `stage`; may be empty.
  std::function<std::unique_ptr<Store>(std::unique_ptr<Store>, std::size_t stage)> watch = {};
};

/// Nanoseconds of CLOCK_MONOTONIC, the same in all processes.
std::int64_t now_ns();
/// CPU seconds of a running process.
double cpu_seconds(pid_t pid);
/// Of numbers in ascending order; 0 of none.
double percentile(const std::vector<double>& sorted, double share);

/// Where the dispatcher or worker `name` of the pool in `folder` listens.
std::string socket_of(const std::string& folder, const std::string& name);
RedisStoreOptions store_options(const test::RedisServer& redis, const PoolSetting& setting);

/// The running processes.
struct Crew {
  std::vector<pid_t> dispatchers, workers;

  static double cpu(const std::vector<pid_t>& pids);
  /// SIGSTOP, and waits until all stand still.
  void pause() const;
  void resume() const;
  /// SIGTERM, workers first, and waits for their ends.
  void end() const;
};

Crew start_crew(const test::RedisServer& redis, const PoolSetting& setting, const std::string& folder,
                const PoolWork& work);

}  // namespace cairn::pipeline
