// Runs a segment once more and writes down all that its proof is made from.
#pragma once

#include <array>
#include <vector>

#include "prover/rv32/chips/step.h"
#include "prover/rv32/segment.h"
#include "prover/rv32/touched.h"

namespace cairn::rv32 {

struct Recording {
  std::array<std::vector<Step>, kFamilies> steps;  ///< By family, in the order of their execution.
  std::vector<Refresh> refreshes;
  std::vector<TouchedChunk>
      chunks;  ///< Five of registers, then the segment's, in the order of their indices.
  std::vector<TouchedCode> code_chunks;  ///< All that the segment has, in the order of their indices.
  std::vector<FetchedWord> code;         ///< What was executed, in the order of its addresses.
};

/// Runs what `segment`, which was kept, ran, from its chunks and its code alone. Errors: corrupt when it
/// traps, goes where its snapshot does not go, or ends otherwise than it says; invalid_input when it is
/// longer than kCyclesMax.
Result<Recording> record(const Segment& segment);

}  // namespace cairn::rv32
