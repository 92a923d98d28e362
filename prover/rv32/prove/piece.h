// From the snapshot of a segment to the piece of a batch proof: what a worker does that has nothing else.
#pragma once

#include <functional>

#include "prover/rv32/snapshot.h"
#include "prover/rv32/verify/batch_proof.h"

namespace cairn::rv32 {

/// Proves a segment that a replay has confirmed: the proof shows claim_of(segment).
using ProveSegment = std::function<Result<Bytes>(const Segment&)>;

/// Requires a segment from a SegmentedRun, or from a snapshot.
SegmentClaim claim_of(const Segment& segment);

/// Runs the segment again, and proves it: a list of one piece. The same bytes on every machine. Errors:
/// corrupt (the snapshot does not run as it says, or is not of the program that it names), and those of
/// `prove`.
Result<Bytes> prove_piece(const Snapshot& snapshot, const ProveSegment& prove);

}  // namespace cairn::rv32
