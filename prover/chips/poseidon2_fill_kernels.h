// The loop of fill_permutations(), one per instruction set.
#pragma once

#include "prover/air/table_view.h"

namespace cairn::engine {

/// Rows [begin, end); those for vectors require end - begin to be a multiple of 16.
using FillPermutations = void(const TableView& table, const KoalaBear* inputs, const KoalaBear* counts,
                              std::size_t begin, std::size_t end);

FillPermutations fill_permutations_scalar, fill_permutations_avx2, fill_permutations_avx512;

}  // namespace cairn::engine
