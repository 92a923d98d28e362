#include "prover/verify/layout.h"

#include <algorithm>
#include <bit>

#include "prover/pcs/params.h"

namespace cairn::engine {

namespace {

bool fits(const TableShape& table, unsigned log_height) {
  if (log_height == 0) return table.optional;
  return log_height >= table.log_height_min && log_height <= table.log_height_max;
}

unsigned ceil_log2(std::uint64_t x) { return x <= 1 ? 0 : static_cast<unsigned>(std::bit_width(x - 1)); }

/// Whether the interactions of every bus are fewer than p. Numbers stay far below 2^64: at most 2^6 tables of
/// 2^24 rows and 2^8 interactions.
bool buses_fit(const MachineShape& machine, std::span<const std::uint8_t> log_heights) {
  std::vector<std::uint64_t> uses(machine.buses.size(), 0);
  for (const Interaction& one : machine.boundary_interactions) ++uses[one.bus];
  for (std::size_t i = 0; i < machine.tables.size(); ++i) {
    if (log_heights[i] == 0) continue;
    for (const Interaction& one : machine.tables[i].interactions)
      uses[one.bus] += std::uint64_t{1} << log_heights[i];
  }
  return std::all_of(uses.begin(), uses.end(), [](std::uint64_t n) { return n < KoalaBear::modulus; });
}

}  // namespace

std::optional<Layout> lay_out(const MachineShape& machine, std::span<const std::uint8_t> log_heights,
                              VerifyError& error) {
  Layout out;
  error = VerifyError::bad_height;
  if (log_heights.size() != machine.tables.size()) return std::nullopt;
  for (std::uint32_t i = 0; i < machine.tables.size(); ++i) {
    if (!fits(machine.tables[i], log_heights[i])) return std::nullopt;
    if (log_heights[i] != 0) out.tables.push_back({i, log_heights[i], 0, 0, 0});
  }
  if (out.tables.empty()) return std::nullopt;
  std::stable_sort(out.tables.begin(), out.tables.end(),
                   [](const PlacedTable& a, const PlacedTable& b) { return a.log_height > b.log_height; });
  for (PlacedTable& placed : out.tables) {
    const TableShape& table = machine.tables[placed.table];
    placed.cell_offset = out.cells;
    placed.fraction_offset = out.fractions;
    placed.first_constraint = out.constraints;
    out.cells += std::uint64_t{table.width} << placed.log_height;
    out.fractions += std::uint64_t{table.interactions.size()} << placed.log_height;
    out.constraints += table.constraints;
  }
  out.rounds = out.tables.front().log_height;
  out.log_cells = std::max(whir_variables_min, ceil_log2(out.cells));
  out.log_fractions = ceil_log2(out.fractions);
  error = VerifyError::multiplicity_overflow;
  if (!buses_fit(machine, log_heights)) return std::nullopt;
  error = VerifyError::too_large;
  if (out.log_cells > whir_variables_max || out.log_fractions > kLogFractionsMax) return std::nullopt;
  error = VerifyError::none;
  return out;
}

}  // namespace cairn::engine
