#include "prover/field/packed_avx512.h"
#include "tests/unit/prover/field/packed_laws.h"

namespace cairn::engine::test {

const PackedOps packed_ops_avx512 = PackedOpsOf<PackedAvx512>::table;

}  // namespace cairn::engine::test
