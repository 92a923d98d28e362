// Stage hash_commit: takes proofs in height order, waits for a commit window, and puts a commitment to
// the proof on chain.
// chain/sender.h says which states it runs.
#pragma once

#include "stages/chain_step.h"

namespace cairn::stages {

/// Errors of a call: run_chain_step.
pipeline::Process make_hash_commit(ChainServices services);

}  // namespace cairn::stages
