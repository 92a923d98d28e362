#include "prover/field/packed_scalar.h"
#include "prover/poly/ntt_lanes.h"

namespace cairn::engine {

const NttKernels ntt_kernels_scalar{NttLanes<PackedScalar>::layers, NttLanes<PackedScalar>::spread};

}  // namespace cairn::engine
