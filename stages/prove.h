// Proves one segment: the stage where the time goes.
#pragma once

#include "pipeline/stage.h"
#include "stages/backends.h"

namespace cairn::stages {

/// Errors: the backend's; corrupt (payload); unavailable (no such backend here); failed (a proof
/// larger than proof_part_bytes_max).
pipeline::Process make_prove(Backends backends);

}  // namespace cairn::stages
