#include "prover/prove/witness.h"

#include <algorithm>

namespace cairn::engine {

Result<Witness> Witness::allocate(const MachineShape& machine, LogHeights log_heights) {
  VerifyError error = VerifyError::none;
  auto layout = lay_out(machine, log_heights, error);
  if (!layout) {
    return Error{Code::invalid_input, "table heights refused: " + std::string(verify_error_name(error))};
  }
  Witness out;
  out.cells_ = BaseVector(std::size_t{1} << layout->log_cells);
  std::fill(out.cells_.begin() + layout->cells, out.cells_.end(), KoalaBear::zero());
  out.views_.resize(machine.tables.size());
  for (const PlacedTable& placed : layout->tables) {
    out.views_[placed.table] = {out.cells_.data() + placed.cell_offset, machine.tables[placed.table].width,
                                placed.log_height};
  }
  out.log_heights_ = std::move(log_heights);
  out.layout_ = std::move(*layout);
  return out;
}

std::size_t Witness::used_rows(std::size_t table) const {
  const TableView& view = views_[table];
  std::size_t used = 1;
  for (std::size_t i = 0; i < view.width; ++i) {
    const auto column = view.column(i);
    std::size_t n = column.size();
    while (n > used && column[n - 2] == column[n - 1]) --n;
    used = std::max(used, n);
  }
  return used;
}

}  // namespace cairn::engine
