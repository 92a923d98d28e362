// Rows of the Poseidon2 table, many at once.
#pragma once

#include <span>

#include "prover/air/table_view.h"

namespace cairn::engine {

/// Writes the table of a Poseidon2Chip: row i permutes inputs[16 i] … inputs[16 i + 15] and is looked up
/// counts[i] times; rows behind them are padding. Requires inputs.size() == 16 counts.size(), at most 16 per
/// row of the table. Vectorised and parallel: a small part of the time that a proof takes.
void fill_permutations(const TableView& table, std::span<const KoalaBear> inputs,
                       std::span<const KoalaBear> counts);

}  // namespace cairn::engine
