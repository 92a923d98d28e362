// The verifier of the batched zerocheck: one sumcheck over all tables at once. It proves that every
// constraint is zero in every row and that the fractions of the last GKR layer are those of the tables' rows,
// and leaves one claim per table: the values of its columns at one point. The last variable is bound first: a
// table is done after as many rounds as it has variables. prove/zerocheck.h is the other side.
#pragma once

#include <span>
#include <vector>

#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/reader.h"
#include "prover/verify/layout.h"

namespace cairn::engine {

/// The columns of one table at a point. Committed columns only, in order.
struct TableClaim {
  std::uint32_t table;
  std::vector<Quintic> point;  ///< log_height coordinates
  std::vector<Quintic> values;
};

/// The sum that is checked: for each placed table, over its rows x, of eq(tau's last coordinates, x) times
/// the row's emissions weighted by weights[table]. `tau` has layout.rounds coordinates. Error, kept by the
/// reader: zerocheck. `weights` is in the layout's order.
template <class Sponge>
std::vector<TableClaim> verify_zerocheck(Reader<Sponge>& reader, const MachineShape& machine,
                                         const Layout& layout, const KoalaBear* public_values,
                                         std::span<const Quintic> tau,
                                         std::span<const std::vector<Quintic>> weights, const Quintic& sum);

extern template std::vector<TableClaim> verify_zerocheck(Reader<Poseidon2Sponge>&, const MachineShape&,
                                                         const Layout&, const KoalaBear*,
                                                         std::span<const Quintic>,
                                                         std::span<const std::vector<Quintic>>,
                                                         const Quintic&);

}  // namespace cairn::engine
