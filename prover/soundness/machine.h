// From what the engine proves with to what the analysis takes.
#pragma once

#include <span>

#include "prover/air/shape.h"
#include "prover/pcs/params.h"
#include "prover/soundness/protocol.h"

namespace cairn::engine::soundness {

/// A row of the frozen table of WHIR, for an opening of `claims` values.
WhirParameters whir_parameters(const WhirParams& params, int claims);

/// A proof of this machine that commits all rows. One log2 height per table, -1 when it is absent. Errors:
/// invalid_input when a height is none that the verifier accepts.
Result<Statement> statement_of(const MachineShape& machine, std::span<const int> log_heights);
/// The same of a proof that commits so many rows of each table, 0 when it is absent.
Result<Statement> statement_of(const MachineShape& machine, std::span<const std::uint32_t> rows);

/// Values that the opening of such a proof proves: one per column.
int claims_of(const Statement& statement);

/// The largest statement with 2^log_cells cells that we quote bits for: as many interactions as a proof may
/// have, the widest tuples and the most constraints.
Statement largest_statement(int log_cells);

/// Rows of interactions of a proof, at most, as log2: what the quoted bits cover.
inline constexpr int log_interaction_rows_max = 30;

}  // namespace cairn::engine::soundness
