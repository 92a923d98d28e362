#include "prover/field/packed_avx2.h"
#include "prover/prove/sumcheck_kernels_of.h"

namespace cairn::engine {

extern const SumcheckKernels sumcheck_kernels_avx2;
constinit const SumcheckKernels sumcheck_kernels_avx2 = SumcheckKernelsOf<PackedAvx2>::table();

}  // namespace cairn::engine
