// How many committed cells a segment takes at most, known while it runs: what keeps every segment of the
// largest classes small enough for a proof. The tables of prover/rv32/chips have as many rows as are used,
// rounded up to a power of two.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "prover/rv32/opened_paths.h"
#include "prover/rv32/segment.h"

namespace cairn::rv32 {

/// Of a table of the machine, by its name there.
struct TableColumns {
  std::string_view table;
  unsigned columns;
};
/// All tables: first those of the families, in the order of Family.
std::span<const TableColumns> table_columns();

/// Of the tables of instructions, of those that are always there, and of `refresh`.
std::uint64_t instruction_cells(const Counts& counts);

/// Of the tables of the memory tree, and of `program`.
std::uint64_t tree_cells(const OpenedCounts& opened);

}  // namespace cairn::rv32
