#include "prover/hash/poseidon2_kernels.h"

#include "prover/field/isa.h"

namespace cairn::engine {

const HashKernels& hash_kernels() {
  return kernels_of(hash_kernels_scalar, hash_kernels_avx2, hash_kernels_avx512);
}

}  // namespace cairn::engine
