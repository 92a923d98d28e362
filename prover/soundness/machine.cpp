#include "prover/soundness/machine.h"

#include <algorithm>

#include "prover/verify/layout.h"

namespace cairn::engine::soundness {

static_assert(log_interaction_rows_max >= static_cast<int>(kLogFractionsMax),
              "quoted bits cover what is accepted");

WhirParameters whir_parameters(const WhirParams& params, int claims) {
  WhirParameters out;
  out.claims = claims;
  for (std::size_t i = 0; i < params.phase_count; ++i) {
    const WhirPhase& phase = params.phase[i];
    std::vector<int> pow;
    for (unsigned s = 0; s < params.fold_of(i); ++s) pow.push_back(static_cast<int>(phase.fold_pow_of(s)));
    out.rounds.push_back({static_cast<int>(params.variables_of(i)),
                          static_cast<int>(params.log_inverse_rate_of(i)), phase.samples, std::move(pow),
                          phase.queries, phase.query_pow});
  }
  return out;
}

namespace {

Error wrong_tables(const MachineShape& machine, std::size_t given) {
  return {Code::invalid_input, std::string(machine.name) + " has " + std::to_string(machine.tables.size()) +
                                   " tables, not " + std::to_string(given)};
}

}  // namespace

Result<Statement> statement_of(const MachineShape& machine, std::span<const std::uint32_t> rows) {
  if (rows.size() != machine.tables.size()) return wrong_tables(machine, rows.size());
  VerifyError error = VerifyError::none;
  const auto layout = lay_out(machine, rows, error);
  if (!layout) {
    return Error{Code::invalid_input,
                 "the verifier refuses such rows: " + std::string(verify_error_name(error))};
  }
  Statement out;
  out.tuple_width = 1 << machine.log_fingerprint();
  out.constraints = 2;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] == 0) continue;
    const TableShape& table = machine.tables[i];
    const auto placed = std::find_if(layout->tables.begin(), layout->tables.end(),
                                     [&](const PlacedTable& one) { return one.table == i; });
    out.tables.push_back({std::string(table.name), static_cast<int>(placed->log_height),
                          static_cast<int>(table.width), static_cast<int>(table.interactions.size()),
                          rows[i]});
    out.constraint_degree = std::max(out.constraint_degree, static_cast<int>(table.degree));
    out.constraints += static_cast<int>(table.constraints);
  }
  // What the verifier adds itself: one row each.
  const int boundary = static_cast<int>(machine.boundary_interactions.size());
  if (boundary > 0) out.tables.push_back({"public values", 0, 0, boundary});
  return out;
}

Result<Statement> statement_of(const MachineShape& machine, std::span<const int> log_heights) {
  if (log_heights.size() != machine.tables.size()) return wrong_tables(machine, log_heights.size());
  CommittedRows rows;
  for (std::size_t i = 0; i < log_heights.size(); ++i) {
    const TableShape& table = machine.tables[i];
    if (log_heights[i] == -1 && table.optional) {
      rows.push_back(0);
      continue;
    }
    if (log_heights[i] < static_cast<int>(table.log_height_min) ||
        log_heights[i] > static_cast<int>(table.log_height_max)) {
      return Error{Code::invalid_input, "table " + std::string(table.name) + " cannot have 2^" +
                                            std::to_string(log_heights[i]) + " rows"};
    }
    rows.push_back(std::uint32_t{1} << log_heights[i]);
  }
  return statement_of(machine, rows);
}

int claims_of(const Statement& statement) {
  int columns = 0;
  for (const Table& table : statement.tables) columns += table.columns;
  return columns;
}

Statement largest_statement(int log_cells) {
  Statement out;
  out.tables = {{"cells", log_cells, 1, 0}, {"interactions", 0, 0, 0}};
  out.tables[1].log_height = std::min(log_cells, static_cast<int>(kLogHeightMax));
  out.tables[1].interactions = 1 << (log_interaction_rows_max - out.tables[1].log_height);
  out.tuple_width = 64;
  out.constraints = static_cast<int>(kTablesMax * kWidthMax);
  return out;
}

}  // namespace cairn::engine::soundness
