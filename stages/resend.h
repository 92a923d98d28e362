// Stage resend: watches every transaction of the sender until its effect is deep in the chain. Sends again
// what was dropped, raises what is stuck, and takes back what a reorg or a lost window undid.
// chain/sender.h says which states it runs.
#pragma once

#include "stages/chain_step.h"

namespace cairn::stages {

/// Errors of a call: run_chain_step.
pipeline::Process make_resend(ChainServices services);

}  // namespace cairn::stages
