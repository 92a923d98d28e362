#include "prover/field/packed_avx2.h"
#include "prover/hash/poseidon2_lanes.h"

namespace cairn::engine {

const HashKernels hash_kernels_avx2{Poseidon2Lanes<PackedAvx2>::permute_all,
                                    Poseidon2Lanes<PackedAvx2>::nodes, Poseidon2Lanes<PackedAvx2>::leaves};

}  // namespace cairn::engine
