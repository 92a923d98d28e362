#include "prover/field/packed_avx2.h"
#include "prover/pcs/product_lanes.h"

namespace cairn::engine {

const ProductKernels product_kernels_avx2 = product_kernels_of<PackedAvx2>();

}  // namespace cairn::engine
