#include "prover/field/packed_scalar.h"
#include "tests/unit/prover/field/packed_laws.h"

namespace cairn::engine::test {

const PackedOps packed_ops_scalar = PackedOpsOf<PackedScalar>::table;

}  // namespace cairn::engine::test
