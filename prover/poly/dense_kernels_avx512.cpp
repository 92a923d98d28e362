#include "prover/field/packed_avx512.h"
#include "prover/poly/dense_lanes.h"

namespace cairn::engine {

const DenseKernels dense_kernels_avx512{
    DenseLanes<PackedAvx512>::scale,     DenseLanes<PackedAvx512>::scale_add,
    DenseLanes<PackedAvx512>::fold_base, DenseLanes<PackedAvx512>::fold_ext,
    DenseLanes<PackedAvx512>::dot_base,  DenseLanes<PackedAvx512>::dot_ext};

}  // namespace cairn::engine
