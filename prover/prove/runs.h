// Where long vectors are constant: behind the last real row of a table every row is the same, and what is
// computed of such rows is computed once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cairn::engine {

struct Range {
  std::size_t begin, end;
};

/// Elements [begin, end) all have this value.
template <class T>
struct Run {
  std::size_t begin, end;
  T value;
};

/// In ascending order, not overlapping; of what lies between them nothing is said. Begins and ends are
/// multiples of 16.
template <class T>
using Runs = std::vector<Run<T>>;

/// Shorter runs are not kept: looking at each element is as fast.
inline constexpr std::size_t kRunMin = 32;

/// Of the vector of pairs, whose element y is made of elements 2y and 2y + 1, with of(value); runs of at
/// least kRunMin.
template <class T, class Of>
auto paired(const Runs<T>& runs, Of&& of) -> Runs<decltype(of(runs[0].value))> {
  Runs<decltype(of(runs[0].value))> out;
  for (const Run<T>& run : runs) {
    const std::size_t begin = (run.begin + 31) / 32 * 16, end = run.end / 32 * 16;
    if (begin + kRunMin <= end) out.push_back({begin, end, of(run.value)});
  }
  return out;
}
template <class T>
Runs<T> paired(const Runs<T>& runs) {
  return paired(runs, [](const T& value) { return value; });
}

/// Calls each(from, to, value) for what the runs cover of [begin, end).
template <class T, class Each>
void for_each_run(const Runs<T>& runs, std::size_t begin, std::size_t end, Each&& each) {
  auto run = std::upper_bound(runs.begin(), runs.end(), begin,
                              [](std::size_t at, const Run<T>& one) { return at < one.end; });
  for (; run != runs.end() && run->begin < end; ++run) {
    each(std::max(run->begin, begin), std::min(run->end, end), run->value);
  }
}

/// [begin, end) in pieces of at most `grain`, appended.
inline void cut(std::size_t begin, std::size_t end, std::size_t grain, std::vector<Range>& out) {
  for (; begin < end; begin += grain) out.push_back({begin, std::min(begin + grain, end)});
}

/// What the runs leave of [0, size), in pieces of at most `grain`.
template <class T>
std::vector<Range> gaps(const Runs<T>& runs, std::size_t size, std::size_t grain) {
  std::vector<Range> out;
  std::size_t at = 0;
  for (const Run<T>& run : runs) {
    cut(at, run.begin, grain, out);
    at = run.end;
  }
  cut(at, size, grain, out);
  return out;
}

}  // namespace cairn::engine
