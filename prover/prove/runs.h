// Where long vectors are constant: behind the last real row of a table every row is the same, and what is computed
// of such rows is computed once.
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

/// In ascending order, not overlapping; of what lies between them nothing is said. Begins and ends are multiples of 16.
template <class T>
using Runs = std::vector<Run<T>>;

/// Shorter runs are not kept: looking at each element is as fast.
inline constexpr std::size_t kRunMin = 256;

/// Of [begin, end), as runs of a vector that begins at begin.
template <class T>
Runs<T> slice(const Runs<T>& runs, std::size_t begin, std::size_t end) {
  Runs<T> out;
  for (const Run<T>& run : runs) {
    const std::size_t from = std::max(run.begin, begin), to = std::min(run.end, end);
    if (from < to) out.push_back({from - begin, to - begin, run.value});
  }
  return out;
}

/// Where both are constant, with join(value of a, value of b); runs of at least kRunMin.
template <class A, class B, class Join>
auto intersect(const Runs<A>& a, const Runs<B>& b, Join&& join) -> Runs<decltype(join(a[0].value, b[0].value))> {
  Runs<decltype(join(a[0].value, b[0].value))> out;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::size_t from = std::max(a[i].begin, b[j].begin), to = std::min(a[i].end, b[j].end);
    if (from + kRunMin <= to) out.push_back({from, to, join(a[i].value, b[j].value)});
    a[i].end < b[j].end ? ++i : ++j;
  }
  return out;
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
