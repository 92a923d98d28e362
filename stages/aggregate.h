// Fans in: joins neighbouring proofs up the trees that split and ingest have planned, and turns the
// last one into the bytes that the contract's verifier takes. Nothing is committed on chain that
// has not passed the backend's own verifier here.
#pragma once

#include "pipeline/stage.h"
#include "stages/backends.h"

namespace cairn::stages {

/// Errors: the backend's; corrupt (payload, or not the inputs it needs); unavailable (no such
/// backend here); failed (a proof too large to join, or the final proof does not verify: the reason
/// says why); invalid_input (a final proof larger than the sender takes).
pipeline::Process make_aggregate(Backends backends);

}  // namespace cairn::stages
