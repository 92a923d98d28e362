#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

extern const SumcheckKernels sumcheck_kernels_scalar, sumcheck_kernels_avx2, sumcheck_kernels_avx512;

const SumcheckKernels& sumcheck_kernels(Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return sumcheck_kernels_avx512;
    case Isa::avx2:
      return sumcheck_kernels_avx2;
    case Isa::scalar:
      break;
  }
  return sumcheck_kernels_scalar;
}

const SumcheckKernels& sumcheck_kernels_for(std::size_t count) {
  return sumcheck_kernels(count % 16 == 0 ? isa() : Isa::scalar);
}

}  // namespace cairn::engine
