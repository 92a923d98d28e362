// Stores with one promise left out, to see that the simulation notices.
#pragma once

#include <memory>
#include <random>

#include "pipeline/store.h"

namespace cairn::sim {

enum class Broken {
  nothing,
  no_fence,   ///< whoever holds a task, or held it once, may end its lease
  split_ack,  ///< a completion and what it emits are two calls, with a crash between them at times
};

/// `inner` and `random` are borrowed. `crash` is per mille of completions.
std::unique_ptr<pipeline::Store> break_store(Broken how, pipeline::Store& inner, std::mt19937_64& random,
                                             std::uint32_t crash);

}  // namespace cairn::sim
