#include "prover/field/packed_avx512.h"
#include "prover/pcs/product_lanes.h"

namespace cairn::engine {

const ProductKernels product_kernels_avx512 = product_kernels_of<PackedAvx512>();

}  // namespace cairn::engine
