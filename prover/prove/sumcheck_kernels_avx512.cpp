#include "prover/field/packed_avx512.h"
#include "prover/prove/sumcheck_kernels_of.h"

namespace cairn::engine {

extern const SumcheckKernels sumcheck_kernels_avx512;
constinit const SumcheckKernels sumcheck_kernels_avx512 = SumcheckKernelsOf<PackedAvx512>::table();

}  // namespace cairn::engine
