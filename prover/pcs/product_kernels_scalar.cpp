#include "prover/field/packed_scalar.h"
#include "prover/pcs/product_lanes.h"

namespace cairn::engine {

const ProductKernels product_kernels_scalar = product_kernels_of<PackedScalar>();

}  // namespace cairn::engine
