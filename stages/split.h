// Cuts one batch into segments that are proved in parallel, and plans how their proofs come
// together again in the one proof of the batch.
#pragma once

#include "pipeline/stage.h"
#include "stages/backends.h"

namespace cairn::stages {

/// Segments of one batch; with their joins they fit into one outcome.
inline constexpr std::size_t segments_max = limits::inputs_max;
static_assert(2 * segments_max - 1 <= limits::emits_max);

/// Errors: the backend's; corrupt (payload); unavailable (no such backend here); failed (the
/// backend cut it into nothing); invalid_input (too many segments, or too large).
pipeline::Process make_split(Backends backends);

}  // namespace cairn::stages
