#include "prover/field/packed_scalar.h"
#include "prover/poly/dense_lanes.h"

namespace cairn::engine {

const DenseKernels dense_kernels_scalar{
    DenseLanes<PackedScalar>::scale,     DenseLanes<PackedScalar>::scale_add,
    DenseLanes<PackedScalar>::fold_base, DenseLanes<PackedScalar>::fold_ext,
    DenseLanes<PackedScalar>::dot_base,  DenseLanes<PackedScalar>::dot_ext};

}  // namespace cairn::engine
