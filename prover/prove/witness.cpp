#include "prover/prove/witness.h"

#include <algorithm>
#include <utility>

#include "common/result.h"
#include "prover/parallel.h"

namespace cairn::engine {

Result<Witness> Witness::allocate(const MachineShape& machine, LogHeights log_heights) {
  VerifyError error = VerifyError::none;
  auto layout = lay_out(machine, whole_tables(log_heights), error);
  if (!layout) {
    return Error{Code::invalid_input, "table heights refused: " + std::string(verify_error_name(error))};
  }
  Witness out;
  out.cells_ = BaseVector(std::size_t{1} << layout->log_cells);
  out.views_.resize(machine.tables.size());
  for (const PlacedTable& placed : layout->tables) {
    out.views_[placed.table] = {out.cells_.data() + placed.pieces[0].cell_offset,
                                machine.tables[placed.table].width, placed.log_height};
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

CommittedRows Witness::committed_rows(const MachineShape& machine) const {
  CommittedRows out = whole_tables(log_heights_);
  for (const PlacedTable& placed : layout_.tables) {
    const std::vector<KoalaBear>& padding = machine.tables[placed.table].padding;
    const TableView& view = views_[placed.table];
    bool padded = !padding.empty();
    for (std::size_t i = 0; padded && i < view.width; ++i)
      padded = view.at(view.height() - 1, i) == padding[i];
    if (padded) out[placed.table] = engine::committed_rows(used_rows(placed.table) - 1, placed.log_height);
  }
  return out;
}

BaseVector Witness::stack(const Layout& layout) {
  if (layout.cells == layout_.cells) {
    std::fill(cells_.begin() + layout.cells, cells_.end(), KoalaBear::zero());
    return std::move(cells_);
  }
  struct Part {
    const KoalaBear* from;
    std::uint64_t to, count;
  };
  std::vector<Part> parts;
  for (const PlacedTable& placed : layout.tables) {
    const TableView& view = views_[placed.table];
    for (const PlacedPiece& piece : placed.pieces) {
      const std::uint64_t rows = std::uint64_t{1} << piece.log_rows;
      for (std::size_t i = 0; i < view.width; ++i) {
        parts.push_back({view.column(i).data() + piece.first_row, piece.cell_offset + i * rows, rows});
      }
    }
  }
  BaseVector out(std::size_t{1} << layout.log_cells);
  parallel_for(parts.size(), 8, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      std::copy_n(parts[i].from, parts[i].count, out.data() + parts[i].to);
  });
  std::fill(out.begin() + layout.cells, out.end(), KoalaBear::zero());
  return out;
}

}  // namespace cairn::engine
