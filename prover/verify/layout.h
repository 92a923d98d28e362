// Where everything lies, computed from the machine and the numbers of rows alone: columns in the committed
// polynomial, fractions in the LogUp vector. Prover and verifier compute it; no proof states any of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "prover/air/shape.h"
#include "prover/transcript/verify_error.h"

namespace cairn::engine {

/// log2 of each table's height, in the machine's order; 0: the table is absent.
using LogHeights = std::vector<std::uint8_t>;

/// How many rows of each table are committed, in the machine's order; 0: the table is absent. The height is
/// the next power of two; all rows behind the committed ones are the chip's row of padding.
using CommittedRows = std::vector<std::uint32_t>;

/// All rows.
CommittedRows whole_tables(std::span<const std::uint8_t> log_heights);

/// Rows are committed in multiples of so many: a sixteenth of the height, at least 32, and not more than the
/// height.
constexpr std::uint32_t committed_unit(unsigned log_height) {
  const unsigned log_unit = log_height < 9 ? 5 : log_height - 4;
  return std::uint32_t{1} << (log_unit < log_height ? log_unit : log_height);
}

/// The fewest rows that a table of this height may commit when the first `rows` of it are not padding.
/// Requires rows <= 2^log_height.
std::uint32_t committed_rows(std::uint64_t rows, unsigned log_height);

/// Rows first_row … first_row + 2^log_rows - 1 of a table; first_row is a multiple of 2^log_rows. Its columns
/// lie one behind the other from cell_offset on, which is such a multiple too.
struct PlacedPiece {
  unsigned log_rows;
  std::uint64_t first_row;
  std::uint64_t cell_offset;
};

/// One present table.
struct PlacedTable {
  std::uint32_t table;  ///< its number in the machine
  unsigned log_height;
  std::uint32_t committed_rows;
  std::vector<PlacedPiece> pieces;  ///< of the committed rows, from the first on: each shorter than the last
  std::uint64_t fraction_offset = 0;   ///< of its first interaction; each has 2^log_height fractions
  std::uint32_t first_constraint = 0;  ///< constraints of the tables before it
};

/// Tables by height, highest first, then by number; pieces by length, longest first, then by table: so every
/// piece of a column and every interaction starts at a multiple of its own length.
struct Layout {
  std::vector<PlacedTable> tables;
  std::uint64_t cells = 0;  ///< committed
  unsigned log_cells =
      0;  ///< of the committed polynomial, at least whir_variables_min; zeros behind the cells
  std::uint64_t fractions = 0;    ///< without padding
  unsigned log_fractions = 0;     ///< padded with 0/1; 0 when there are none
  unsigned rounds = 0;            ///< of the zerocheck: log2 of the highest table
  std::uint32_t constraints = 0;  ///< of all present tables
};

inline constexpr unsigned kLogFractionsMax = 30;

/// The layout; or why these rows are refused: bad_height (a height out of the chip's range, or a table absent
/// that may not be, or none present), bad_rows (no multiple of the unit, or not all rows of a chip without
/// padding), multiplicity_overflow (the interactions of one bus, flags all set, reach p), too_large (cells or
/// fractions above the limits).
std::optional<Layout> lay_out(const MachineShape& machine, std::span<const std::uint32_t> rows,
                              VerifyError& error);

}  // namespace cairn::engine
