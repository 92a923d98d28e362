// Where everything lies, computed from the machine and the tables' heights alone: columns in the committed
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

/// One present table.
struct PlacedTable {
  std::uint32_t table;  ///< its number in the machine
  unsigned log_height;
  std::uint64_t cell_offset;  ///< of its first column; the others follow, each 2^log_height cells
  std::uint64_t
      fraction_offset;  ///< of its first interaction; the others follow, each 2^log_height fractions
  std::uint32_t first_constraint;  ///< constraints of the tables before it
};

/// Tables by height, highest first, then by number: so every column and every interaction starts at a
/// multiple of its own length.
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

/// The layout; or why these heights are refused: bad_height (a height out of the chip's range, or a table
/// absent that may not be, or none present), multiplicity_overflow (the interactions of one bus, flags all
/// set, reach p), too_large (cells or fractions above the limits).
std::optional<Layout> lay_out(const MachineShape& machine, std::span<const std::uint8_t> log_heights,
                              VerifyError& error);

}  // namespace cairn::engine
