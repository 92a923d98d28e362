#include "prover/field/packed_avx2.h"
#include "prover/poly/ntt_lanes.h"

namespace cairn::engine {

const NttKernels ntt_kernels_avx2{NttLanes<PackedAvx2>::layers, NttLanes<PackedAvx2>::spread};

}  // namespace cairn::engine
