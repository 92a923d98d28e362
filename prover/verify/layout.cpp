#include "prover/verify/layout.h"

#include <algorithm>
#include <bit>

#include "prover/pcs/params.h"

namespace cairn::engine {

namespace {

unsigned ceil_log2(std::uint64_t x) { return x <= 1 ? 0 : static_cast<unsigned>(std::bit_width(x - 1)); }

bool height_fits(const TableShape& table, std::uint32_t rows) {
  if (rows == 0) return table.optional;
  const unsigned log_height = ceil_log2(rows);
  return log_height >= table.log_height_min && log_height <= table.log_height_max;
}

bool rows_fit(const TableShape& table, std::uint32_t rows) {
  const unsigned log_height = ceil_log2(rows);
  const std::uint32_t unit =
      table.padding.empty() ? std::uint32_t{1} << log_height : committed_unit(log_height);
  return rows % unit == 0;
}

/// Whether the interactions of every bus are fewer than p. Numbers stay far below 2^64: at most 2^6 tables of
/// 2^24 rows and 2^8 interactions.
bool buses_fit(const MachineShape& machine, std::span<const PlacedTable> tables) {
  std::vector<std::uint64_t> uses(machine.buses.size(), 0);
  for (const Interaction& one : machine.boundary_interactions) ++uses[one.bus];
  for (const PlacedTable& placed : tables) {
    for (const Interaction& one : machine.tables[placed.table].interactions)
      uses[one.bus] += std::uint64_t{1} << placed.log_height;
  }
  return std::all_of(uses.begin(), uses.end(), [](std::uint64_t n) { return n < KoalaBear::modulus; });
}

/// Cuts the committed rows in powers of two, and gives each piece its cells: the longest first.
void place_pieces(const MachineShape& machine, Layout& out) {
  for (unsigned log_rows = kLogHeightMax + 1; log_rows-- > 0;) {
    for (PlacedTable& placed : out.tables) {
      const std::uint64_t rows = placed.committed_rows, length = std::uint64_t{1} << log_rows;
      if ((rows & length) == 0) continue;
      placed.pieces.push_back({log_rows, rows & ~(2 * length - 1), out.cells});
      out.cells += std::uint64_t{machine.tables[placed.table].width} << log_rows;
    }
  }
}

}  // namespace

CommittedRows whole_tables(std::span<const std::uint8_t> log_heights) {
  CommittedRows out;
  for (const unsigned log_height : log_heights)
    out.push_back(log_height == 0 ? 0 : std::uint32_t{1} << std::min(log_height, 31u));
  return out;
}

std::uint32_t committed_rows(std::uint64_t rows, unsigned log_height) {
  const std::uint64_t unit = committed_unit(log_height), height = std::uint64_t{1} << log_height;
  const std::uint64_t units = std::max((rows + unit - 1) / unit, height / 2 / unit + 1);
  return static_cast<std::uint32_t>(units * unit);
}

std::optional<Layout> lay_out(const MachineShape& machine, std::span<const std::uint32_t> rows,
                              VerifyError& error) {
  Layout out;
  error = VerifyError::bad_height;
  if (rows.size() != machine.tables.size()) return std::nullopt;
  for (std::uint32_t i = 0; i < machine.tables.size(); ++i) {
    if (!height_fits(machine.tables[i], rows[i])) return std::nullopt;
    if (rows[i] != 0) out.tables.push_back({i, ceil_log2(rows[i]), rows[i], {}});
  }
  if (out.tables.empty()) return std::nullopt;
  error = VerifyError::bad_rows;
  for (const PlacedTable& placed : out.tables) {
    if (!rows_fit(machine.tables[placed.table], placed.committed_rows)) return std::nullopt;
  }
  std::stable_sort(out.tables.begin(), out.tables.end(),
                   [](const PlacedTable& a, const PlacedTable& b) { return a.log_height > b.log_height; });
  place_pieces(machine, out);
  for (PlacedTable& placed : out.tables) {
    const TableShape& table = machine.tables[placed.table];
    placed.fraction_offset = out.fractions;
    placed.first_constraint = out.constraints;
    out.fractions += std::uint64_t{table.interactions.size()} << placed.log_height;
    out.constraints += table.constraints;
  }
  out.rounds = out.tables.front().log_height;
  out.log_cells = std::max(whir_variables_min, ceil_log2(out.cells));
  out.log_fractions = ceil_log2(out.fractions);
  error = VerifyError::multiplicity_overflow;
  if (!buses_fit(machine, out.tables)) return std::nullopt;
  error = VerifyError::too_large;
  if (out.log_cells > whir_variables_max || out.log_fractions > kLogFractionsMax) return std::nullopt;
  error = VerifyError::none;
  return out;
}

}  // namespace cairn::engine
