// Many worlds, one seed each.
#pragma once

#include "tests/simulation/world.h"

namespace cairn::sim {

struct RunResult {
  RunTally tally;
  std::uint64_t seed = 0;  ///< the lowest that broke a promise
  std::string violation;   ///< empty: none did
};

/// Seeds `from` … `from + count - 1` on all cores. Stops soon after one that breaks a promise.
RunResult run_worlds(std::uint64_t from, std::uint64_t count, Broken broken);
/// One world; the same seed does the same in every run.
std::string replay(std::uint64_t seed, Broken broken, const std::function<void(const std::string&)>& trace);
std::string describe(const RunTally& tally);

}  // namespace cairn::sim
