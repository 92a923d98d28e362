#include "prover/field/packed_scalar.h"
#include "prover/hash/poseidon2_lanes.h"

namespace cairn::engine {

const HashKernels hash_kernels_scalar{Poseidon2Lanes<PackedScalar>::permute_all,
                                      Poseidon2Lanes<PackedScalar>::nodes,
                                      Poseidon2Lanes<PackedScalar>::leaves};

}  // namespace cairn::engine
