#include "prover/field/packed_avx2.h"
#include "tests/unit/prover/field/packed_laws.h"

namespace cairn::engine::test {

const PackedOps packed_ops_avx2 = PackedOpsOf<PackedAvx2>::table;

}  // namespace cairn::engine::test
