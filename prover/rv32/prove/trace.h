// The tables of a segment, from its recording.
#pragma once

#include <span>

#include "prover/air/table_view.h"
#include "prover/rv32/chips/machine.h"
#include "prover/rv32/prove/recorder.h"
#include "prover/rv32/prove/tree_trace.h"
#include "prover/verify/layout.h"

namespace cairn::rv32 {

/// All that the tables are made from. `tree` may be missing where only the other tables are wanted.
struct TraceSource {
  const Recording& recording;
  const TreeTrace* tree;
};

/// Rows in use of each table of Rv32, in its order.
std::vector<std::size_t> rows_of(const TraceSource& source);

/// log2 of the smallest height that holds them; 0: no rows, absent. A height above the chip's largest is what
/// Witness::allocate refuses.
engine::LogHeights log_heights(const TraceSource& source);

/// Writes every cell of tables of these heights, those without cells left out. Uses all threads; the result
/// does not depend on their number.
void fill_tables(const TraceSource& source, std::span<const engine::TableView> tables);

}  // namespace cairn::rv32
