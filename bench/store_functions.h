// What each function of the store's library takes inside Redis while many tasks are ready.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cairn::pipeline {

struct FunctionTime {
  std::string function;  ///< without its prefix
  std::string call;      ///< what was asked, as far as it matters
  std::size_t calls;
  double p50_us, p99_us, max_us;  ///< execution alone, as Redis counts it, without the way there and back
};

/// Fills a Redis of its own (append-only file, everysec) with `backlog` ready tasks of one stage, then calls
/// each function `calls` times. All writes happen at the low end of that stage.
std::vector<FunctionTime> measure_functions(std::size_t backlog, std::size_t calls);

}  // namespace cairn::pipeline
