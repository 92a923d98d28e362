#include "tests/simulation/run.h"

#include <atomic>
#include <mutex>
#include <sstream>
#include <thread>

namespace cairn::sim {
namespace {

constexpr auto kFields = {&RunTally::worlds,      &RunTally::steps,     &RunTally::tasks,
                          &RunTally::leases_lost, &RunTally::stale,     &RunTally::crashes,
                          &RunTally::freezes,     &RunTally::drains,    &RunTally::reveals,
                          &RunTally::blocks,      &RunTally::virtual_ms};

}  // namespace

RunResult run_worlds(std::uint64_t from, std::uint64_t count, Broken broken) {
  RunResult result;
  std::mutex mutex;
  std::atomic<std::uint64_t> next = from;
  const auto work = [&] {
    Metrics metrics;
    while (true) {
      const std::uint64_t seed = next++;
      if (seed >= from + count) return;
      RuntimeWorld world(seed, broken, metrics);
      const std::string violation = world.run();
      const std::lock_guard lock(mutex);
      for (const auto field : kFields) result.tally.*field += world.tally.*field;
      if (violation.empty()) continue;
      if (result.violation.empty() || seed < result.seed) {
        result.seed = seed;
        result.violation = violation;
      }
      next = from + count;
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return result;
}

std::string replay(std::uint64_t seed, Broken broken, const std::function<void(const std::string&)>& trace) {
  Metrics metrics;
  return RuntimeWorld(seed, broken, metrics, trace).run();
}

std::string describe(const RunTally& t) {
  std::ostringstream out;
  out << t.worlds << " worlds, " << t.steps << " steps, " << t.virtual_ms / 1000
      << " s of virtual time: " << t.tasks << " tasks done, " << t.leases_lost << " leases lost, " << t.stale
      << " stale answers refused, " << t.crashes << " crashes, " << t.freezes << " freezes, " << t.drains
      << " drains; " << t.reveals << " reveals in " << t.blocks << " blocks";
  return out.str();
}

}  // namespace cairn::sim
