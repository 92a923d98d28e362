// Stage reveal: shows a committed proof once its window is open and the commitment is canonical.
// chain/sender.h says which states it runs.
#pragma once

#include "stages/chain_step.h"

namespace cairn::stages {

/// Errors of a call: run_chain_step.
pipeline::Process make_reveal(ChainServices services);

}  // namespace cairn::stages
