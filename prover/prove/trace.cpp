#include "prover/prove/trace.h"

#include <algorithm>

#include "prover/parallel.h"

namespace cairn::engine {

std::size_t TableTrace::grain() const {
  const std::size_t rows = (std::size_t{1} << 16) / columns.size();
  return std::max<std::size_t>(16, rows / 16 * 16);
}

std::vector<TableTrace> make_traces(const MachineShape& machine, const Witness& witness,
                                    MachineKernels kernels) {
  std::vector<TableTrace> out;
  for (const PlacedTable& placed : witness.layout().tables) {
    TableTrace trace;
    trace.shape = &machine.tables[placed.table];
    trace.placed = placed;
    trace.wide = kernels(isa()) + placed.table;
    trace.scalar = kernels(Isa::scalar) + placed.table;
    const TableView view = witness.table(placed.table);
    for (std::size_t i = 0; i < view.width; ++i) trace.columns.push_back(view.column(i).data());
    for (const Structured& column : trace.shape->structured) {
      BaseVector values(view.height());
      parallel_for(view.height(), 1 << 14, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) values[row] = column.at(row, placed.log_height);
      });
      trace.columns.push_back(values.data());
      trace.structured.push_back(std::move(values));
    }
    trace.used_rows = trace.structured.empty() ? witness.used_rows(placed.table) : view.height();
    out.push_back(std::move(trace));
  }
  return out;
}

}  // namespace cairn::engine
