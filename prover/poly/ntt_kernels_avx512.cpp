#include "prover/field/packed_avx512.h"
#include "prover/poly/ntt_lanes.h"

namespace cairn::engine {

const NttKernels ntt_kernels_avx512{NttLanes<PackedAvx512>::layers, NttLanes<PackedAvx512>::spread};

}  // namespace cairn::engine
