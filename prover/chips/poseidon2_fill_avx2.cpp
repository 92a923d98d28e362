#include "prover/chips/poseidon2_fill_lanes.h"
#include "prover/field/packed_avx2.h"

namespace cairn::engine {

void fill_permutations_avx2(const TableView& table, const KoalaBear* inputs, const KoalaBear* counts,
                            std::size_t begin, std::size_t end) {
  Poseidon2FillLanes<PackedAvx2>::fill(table, inputs, counts, begin, end);
}

}  // namespace cairn::engine
