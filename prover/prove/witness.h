// The memory of a trace: all cells of all tables, where the commitment wants them.
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
  /// verifier would refuse the heights.
  static Result<Witness> allocate(const MachineShape& machine, LogHeights log_heights);

  /// No cells when the table is absent.
  TableView table(std::size_t i) const { return views_[i]; }
  const std::vector<TableView>& tables() const { return views_; }
  const LogHeights& log_heights() const { return log_heights_; }
  const Layout& layout() const { return layout_; }
  /// 2^layout().log_cells cells, zeros behind the last column.
  BaseVector& cells() { return cells_; }
  const BaseVector& cells() const { return cells_; }

  /// The smallest n > 0 such that all rows from n - 1 on are the same.
  std::size_t used_rows(std::size_t table) const;

 private:
  Witness() = default;
  LogHeights log_heights_;
  Layout layout_;
  BaseVector cells_;
  std::vector<TableView> views_;
};

}  // namespace cairn::engine
