#include "prover/parallel.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <memory>

#if defined(__SANITIZE_THREAD__)
extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif

namespace cairn::engine {
namespace {

/// Tells ThreadSanitizer, which does not see into the library, that what was done before a fork is seen by all
/// branches, and what they do by what comes after the join.
class ForkJoin {
 public:
#if defined(__SANITIZE_THREAD__)
  void fork() { __tsan_release(&begun_); }
  void enter() { __tsan_acquire(&begun_); }
  void leave() { __tsan_release(&ended_); }
  void join() { __tsan_acquire(&ended_); }
#else
  void fork() {}
  void enter() {}
  void leave() {}
  void join() {}
#endif

 private:
  [[maybe_unused]] char begun_ = 0, ended_ = 0;
};

struct Threads {
  explicit Threads(unsigned n)
      : count(n), allowed(tbb::global_control::max_allowed_parallelism, n), arena(static_cast<int>(n)) {}
  unsigned count;
  tbb::global_control allowed;  // without it there are never more than cores
  tbb::task_arena arena;
};

unsigned all() {
  const int cores = tbb::info::default_concurrency();
  return cores > 0 ? static_cast<unsigned>(cores) : 1;
}

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
  ForkJoin order;
  order.fork();
  pool.arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, count, 1),
        [&](const tbb::blocked_range<std::size_t>& range) {
          order.enter();
          for (std::size_t i = range.begin(); i < range.end(); ++i) call(context, i);
          order.leave();
        },
        tbb::simple_partitioner());
  });
  order.join();
}

}  // namespace cairn::engine
