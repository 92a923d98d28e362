#include "prover/field/packed_scalar.h"
#include "prover/prove/sumcheck_kernels_of.h"

namespace cairn::engine {

extern const SumcheckKernels sumcheck_kernels_scalar;
constinit const SumcheckKernels sumcheck_kernels_scalar = SumcheckKernelsOf<PackedScalar>::table();

}  // namespace cairn::engine
