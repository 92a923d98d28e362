// The two measurements, the same code for both systems. Each starts a Redis with an empty data directory
// and the processes of one system, runs tasks through them until they are warm, and ends all of it.
#pragma once

#include "bench/peer/side.h"

namespace cairn::peer {

enum class System : std::uint8_t { cairn, bullmq };
std::string_view name_of(System system);

struct Saturated {
  double tasks_per_second = 0;
  double seconds = 0;
  double cpu_us_per_task = 0;        ///< of its processes
  double redis_cpu_us_per_task = 0;  ///< of Redis
};
/// `count` single tasks or flows lie there while the processes stand still; timed from the moment they go
/// on until the last is done. Errors: a task that is not done in time, or twice; not_found.
Result<Saturated> measure_saturated(System system, const Case& c, std::uint64_t count, std::uint64_t warm_up);

struct Latency {
  double offered_tasks_per_second = 0;
  double p50_ms = 0, p99_ms = 0, max_ms = 0;
};
/// Single tasks or flows arrive evenly, `rate` tasks per second, for `warm_seconds` that do not count and
/// `seconds` that do. From the moment each should have been enqueued until its last task is done. Errors:
/// as above.
Result<Latency> measure_latency(System system, const Case& c, double rate, double warm_seconds,
                                double seconds, std::uint64_t warm_up);

}  // namespace cairn::peer
