// Loops over threads. The only door to oneTBB.
//
// Work is cut into chunks that depend on the sizes alone, never on the number of threads or on timing, and
// sums are taken in the order of the chunks: results are the same for any number of threads.
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

namespace cairn::engine {

/// Threads that parallel loops use: as many as the process may run on, until set.
unsigned thread_count();
/// 0 sets all. Not while a loop runs.
void set_thread_count(unsigned threads);

/// Calls call(context, i) for each i < count, each once, from several threads; returns when all are done.
void run_parallel(std::size_t count, void* context, void (*call)(void*, std::size_t));

/// Calls body(begin, end) for [0, grain), [grain, 2 grain), … up to n. Requires grain > 0. May be nested.
/// The bodies must not throw.
template <class Body>
void parallel_for(std::size_t n, std::size_t grain, Body&& body) {
  if (n <= grain) {
    if (n > 0) body(std::size_t{0}, n);
    return;
  }
  struct Loop {
    std::remove_reference_t<Body>& body;
    std::size_t n, grain;
  } loop{body, n, grain};
  run_parallel((n + grain - 1) / grain, &loop, [](void* context, std::size_t i) {
    const Loop& l = *static_cast<Loop*>(context);
    const std::size_t begin = i * l.grain;
    l.body(begin, l.n - begin < l.grain ? l.n : begin + l.grain);
  });
}

/// The sum of body(begin, end) over the chunks of parallel_for, beginning with `zero`.
template <class T, class Body>
T parallel_sum(std::size_t n, std::size_t grain, T zero, Body&& body) {
  std::vector<T> parts((n + grain - 1) / grain, zero);
  parallel_for(n, grain,
               [&](std::size_t begin, std::size_t end) { parts[begin / grain] = body(begin, end); });
  for (const T& part : parts) zero = zero + part;
  return zero;
}

}  // namespace cairn::engine
