// The memory of a trace: all cells of all tables, and what of them is committed.
#pragma once

#include "common/result.h"
#include "prover/air/table_view.h"
#include "prover/poly/ext_vector.h"
#include "prover/verify/layout.h"

namespace cairn::engine {

/// Move-only; the views stay valid when it is moved.
class Witness {
 public:
  /// Room for tables of these heights, cells not initialised: chips fill every one. invalid_input when the
  /// verifier would refuse the heights with all rows committed.
  static Result<Witness> allocate(const MachineShape& machine, LogHeights log_heights);

  /// No cells when the table is absent.
  TableView table(std::size_t i) const { return views_[i]; }
  const std::vector<TableView>& tables() const { return views_; }
  const LogHeights& log_heights() const { return log_heights_; }
  /// With all rows committed.
  const Layout& layout() const { return layout_; }

  /// The smallest n > 0 such that all rows from n - 1 on are the same.
  std::size_t used_rows(std::size_t table) const;

  /// The fewest rows that can be committed: rows behind them are the padding of the chip. `machine` is that
  /// of allocate().
  CommittedRows committed_rows(const MachineShape& machine) const;
  /// The 2^layout.log_cells values that are committed, zeros behind the cells, of a layout of these tables.
  /// The views stay valid until the values are gone, or until drop() when only a part of the rows is
  /// committed.
  BaseVector stack(const Layout& layout);
  /// Frees what is left of the cells.
  void drop() { cells_ = BaseVector(); }

 private:
  Witness() = default;
  LogHeights log_heights_;
  Layout layout_;
  BaseVector cells_;
  std::vector<TableView> views_;
};

}  // namespace cairn::engine
