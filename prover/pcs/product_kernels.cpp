#include "prover/pcs/product_kernels.h"

#include "prover/field/isa.h"

namespace cairn::engine {

const ProductKernels& product_kernels() {
  return kernels_of(product_kernels_scalar, product_kernels_avx2, product_kernels_avx512);
}

}  // namespace cairn::engine
