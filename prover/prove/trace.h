// One table as the prover works on it: its columns, structured ones written out, and its kernels.
#pragma once

#include <vector>

#include "prover/prove/table_kernels.h"
#include "prover/prove/witness.h"

namespace cairn::engine {

struct TableTrace {
  const TableShape* shape = nullptr;
  PlacedTable placed;
  std::vector<const KoalaBear*> columns;  ///< width, then structured
  std::vector<BaseVector> structured;
  std::size_t used_rows = 0;           ///< all rows from used_rows - 1 on are the same
  const TableKernels* wide = nullptr;  ///< for loops over multiples of 16
  const TableKernels* scalar = nullptr;

  std::size_t height() const { return std::size_t{1} << placed.log_height; }
  const TableKernels& kernels_for(std::size_t count) const { return count % 16 == 0 ? *wide : *scalar; }
  /// Loops over rows are cut into chunks of this many: a few hundred thousand cells.
  std::size_t grain() const;
};

/// The present tables in the layout's order. The witness must outlive them.
std::vector<TableTrace> make_traces(const MachineShape& machine, const Witness& witness,
                                    MachineKernels kernels);

}  // namespace cairn::engine
