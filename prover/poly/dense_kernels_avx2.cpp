#include "prover/field/packed_avx2.h"
#include "prover/poly/dense_lanes.h"

namespace cairn::engine {

const DenseKernels dense_kernels_avx2{DenseLanes<PackedAvx2>::scale,     DenseLanes<PackedAvx2>::scale_add,
                                      DenseLanes<PackedAvx2>::fold_base, DenseLanes<PackedAvx2>::fold_ext,
                                      DenseLanes<PackedAvx2>::dot_base,  DenseLanes<PackedAvx2>::dot_ext};

}  // namespace cairn::engine
