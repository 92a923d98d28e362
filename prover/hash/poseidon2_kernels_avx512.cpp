#include "prover/field/packed_avx512.h"
#include "prover/hash/poseidon2_lanes.h"

namespace cairn::engine {

const HashKernels hash_kernels_avx512{Poseidon2Lanes<PackedAvx512>::permute_all,
                                      Poseidon2Lanes<PackedAvx512>::nodes,
                                      Poseidon2Lanes<PackedAvx512>::leaves};

}  // namespace cairn::engine
