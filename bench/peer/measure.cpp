#include "bench/peer/measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "bench/pool.h"

namespace cairn::peer {
namespace {

using pipeline::cpu_seconds;
using pipeline::now_ns;

constexpr std::int64_t kPatienceNs = 30'000'000'000;
constexpr std::int64_t kLookNs = 500'000'000;

/// One system on a Redis of its own.
struct Arena {
  test::RedisServer redis{{.maxmemory = "6gb", .aof = true}};
  test::TempDir folder;
  std::unique_ptr<Side> side;

  Status start(System system, const Case& c) {
    if (system == System::cairn) {
      side = start_cairn(redis, c, folder.path());
      return {};
    }
    auto started = start_bullmq(redis, c, folder.path());
    if (!started.ok()) return started.error();
    side = std::move(*started);
    return {};
  }

  /// Waits until `goal` tasks are done, for as long as they become more.
  Status await(std::uint64_t goal) {
    std::int64_t until = now_ns() + kPatienceNs;
    std::int64_t look = now_ns() + kLookNs;
    std::uint64_t before = 0;
    for (std::uint64_t done = 0; (done = count_done(folder.path())) < goal;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      const std::int64_t now = now_ns();
      if (done > before) until = now + kPatienceNs;
      before = done;
      if (now > until) {
        return Error{Code::timeout,
                     std::to_string(done) + " of " + std::to_string(goal) + " tasks are done, and no more"};
      }
      if (now < look) continue;
      look = now + kLookNs;
      CAIRN_TRY(side->running());
    }
    return {};
  }

  Status warm_up(const Case& c, std::uint64_t count) {
    CAIRN_TRY(side->enqueue(0, count));
    return await(count * c.tasks_each());
  }
};

/// That each task of the first `count` single tasks or flows is done, once.
Status check_once(const std::vector<Done>& done, const Case& c, std::uint64_t count) {
  std::vector<bool> seen(count * c.tasks_each());
  for (const Done& d : done) {
    const std::string name = "task " + std::to_string(d.step) + " of " + std::to_string(d.number);
    if (d.number >= count || d.step >= c.tasks_each()) return Error{Code::corrupt, "there is no " + name};
    const std::size_t place = d.number * c.tasks_each() + d.step;
    if (seen[place]) return Error{Code::corrupt, name + " was done twice"};
    seen[place] = true;
  }
  if (done.size() != seen.size()) return Error{Code::corrupt, "a task was not done"};
  return {};
}

}  // namespace

std::string Case::name() const {
  return std::string(flow ? "flow 1-4-1" : "single stage") +
         (work_ms > 0 ? ", " + std::to_string(work_ms) + " ms" : ", no-op");
}

std::string_view name_of(System system) { return system == System::cairn ? "cairn" : "bullmq"; }

std::uint64_t count_done(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".done") bytes += entry.file_size() / sizeof(Done) * sizeof(Done);
  }
  return bytes / sizeof(Done);
}

std::vector<Done> read_done(const std::string& folder) {
  std::vector<Done> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".done") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    for (Done d; in.read(reinterpret_cast<char*>(&d), sizeof d);) out.push_back(d);
  }
  return out;
}

Result<Saturated> measure_saturated(System system, const Case& c, std::uint64_t count,
                                    std::uint64_t warm_up) {
  Arena arena;
  CAIRN_TRY(arena.start(system, c));
  CAIRN_TRY(arena.warm_up(c, warm_up));
  arena.side->pause();
  CAIRN_TRY(arena.side->enqueue(warm_up, count));
  const double cpu = arena.side->cpu(), redis_cpu = cpu_seconds(arena.redis.pid());
  const std::int64_t begun = now_ns();
  arena.side->resume();
  CAIRN_TRY(arena.await((warm_up + count) * c.tasks_each()));
  const double cpu_used = arena.side->cpu() - cpu, redis_used = cpu_seconds(arena.redis.pid()) - redis_cpu;
  const auto done = read_done(arena.folder.path());
  CAIRN_TRY(check_once(done, c, warm_up + count));
  std::int64_t last = 0;
  for (const Done& d : done) last = std::max(last, d.at_ns);
  const double tasks = static_cast<double>(count * c.tasks_each());
  const double seconds = static_cast<double>(last - begun) / 1e9;
  return Saturated{tasks / seconds, seconds, cpu_used / tasks * 1e6, redis_used / tasks * 1e6};
}

Result<Latency> measure_latency(System system, const Case& c, double rate, double warm_seconds,
                                double seconds, std::uint64_t warm_up) {
  Arena arena;
  CAIRN_TRY(arena.start(system, c));
  CAIRN_TRY(arena.warm_up(c, warm_up));
  const double each = rate / c.tasks_each();  // single tasks or flows per second
  const auto unmeasured = static_cast<std::uint64_t>(each * warm_seconds);
  const auto count = unmeasured + std::max<std::uint64_t>(1, static_cast<std::uint64_t>(each * seconds));
  CAIRN_ASSIGN(const std::int64_t begun, arena.side->offer(warm_up, count, each));
  CAIRN_TRY(arena.await((warm_up + count) * c.tasks_each()));
  const auto done = read_done(arena.folder.path());
  CAIRN_TRY(check_once(done, c, warm_up + count));
  std::vector<double> ms;
  for (const Done& d : done) {
    if (d.number < warm_up + unmeasured || d.step + 1 != c.tasks_each()) continue;
    const double due = static_cast<double>(begun) + static_cast<double>(d.number - warm_up) / each * 1e9;
    ms.push_back((static_cast<double>(d.at_ns) - due) / 1e6);
  }
  std::sort(ms.begin(), ms.end());
  return Latency{rate, pipeline::percentile(ms, 0.5), pipeline::percentile(ms, 0.99), ms.back()};
}

}  // namespace cairn::peer
