#include "prover/parallel.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#if defined(__SANITIZE_THREAD__)
#include <atomic>
#include <thread>
#include <vector>
#endif

namespace cairn::engine {
namespace {

#if defined(__SANITIZE_THREAD__)

/// oneTBB is not built with ThreadSanitizer, which then sees neither its forks nor its joins and takes most
/// of what it does for races. Threads whose order it does see stand in, so that it looks at what the bodies
/// do.
struct Threads {
  explicit Threads(unsigned n) : count(n) {}

  template <class Body>
  void run(std::size_t n, const Body& body) {
    // Each thread has a chunk of its own to begin with: even of short loops no thread runs all.
    const std::size_t threads = std::min<std::size_t>(count, n);
    std::atomic<std::size_t> next{threads};
    const auto work = [&](std::size_t i) {
      // Relaxed: one body does not happen before another.
      for (; i < n; i = next.fetch_add(1, std::memory_order_relaxed)) body(i);
    };
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work, t);
    work(0);
  }

  unsigned count;
};

#else

struct Threads {
  explicit Threads(unsigned n)
      : count(n), allowed(tbb::global_control::max_allowed_parallelism, n), arena(static_cast<int>(n)) {}

  /// Calls body(i) for each i < n.
  template <class Body>
  void run(std::size_t n, const Body& body) {
    arena.execute([&] {
      tbb::parallel_for(
          tbb::blocked_range<std::size_t>(0, n, 1),
          [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t i = range.begin(); i < range.end(); ++i) body(i);
          },
          tbb::simple_partitioner());
    });
  }

  unsigned count;
  tbb::global_control allowed;  // without it there are never more than cores
  tbb::task_arena arena;
};

#endif

#if defined(__SANITIZE_THREAD__)
constexpr int fewest = 2;  // one thread has no races to find
#else
constexpr int fewest = 1;
#endif

unsigned all() { return static_cast<unsigned>(std::max(tbb::info::default_concurrency(), fewest)); }

std::unique_ptr<Threads>& threads() {
  static std::unique_ptr<Threads> current = std::make_unique<Threads>(all());
  return current;
}

}  // namespace

unsigned thread_count() { return threads()->count; }

void set_thread_count(unsigned count) {
  threads().reset();
  threads() = std::make_unique<Threads>(count == 0 ? all() : count);
}

void run_parallel(std::size_t count, void* context, void (*call)(void*, std::size_t)) {
  Threads& pool = *threads();
  if (pool.count == 1) {
    for (std::size_t i = 0; i < count; ++i) call(context, i);
    return;
  }
  pool.run(count, [&](std::size_t i) { call(context, i); });
}

}  // namespace cairn::engine
