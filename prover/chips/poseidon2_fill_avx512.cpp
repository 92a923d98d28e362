#include "prover/chips/poseidon2_fill_lanes.h"
#include "prover/field/packed_avx512.h"

namespace cairn::engine {

void fill_permutations_avx512(const TableView& table, const KoalaBear* inputs, const KoalaBear* counts,
                              std::size_t begin, std::size_t end) {
  Poseidon2FillLanes<PackedAvx512>::fill(table, inputs, counts, begin, end);
}

}  // namespace cairn::engine
