#include "prover/chips/poseidon2_fill_lanes.h"
#include "prover/field/packed_scalar.h"

namespace cairn::engine {

void fill_permutations_scalar(const TableView& table, const KoalaBear* inputs, const KoalaBear* counts,
                              std::size_t begin, std::size_t end) {
  Poseidon2FillLanes<PackedScalar>::fill(table, inputs, counts, begin, end);
}

}  // namespace cairn::engine
