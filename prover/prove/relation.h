// The prover of buses and constraints. verify/relation.h says what is proved and how.
#pragma once

#include <span>
#include <vector>

#include "prover/prove/trace.h"
#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/writer.h"
#include "prover/verify/zerocheck.h"

namespace cairn::engine {

/// Seconds.
struct RelationTimes {
  double gkr = 0;  ///< fractions, their sum, and the proof of it
  double zerocheck = 0;
};

/// `traces` in the layout's order.
template <class Sponge>
std::vector<TableClaim> prove_relation(Writer<Sponge>& writer, const MachineShape& machine,
                                       const Layout& layout, std::span<const TableTrace> traces,
                                       const KoalaBear* public_values, RelationTimes* times = nullptr);

extern template std::vector<TableClaim> prove_relation(Writer<Poseidon2Sponge>&, const MachineShape&,
                                                       const Layout&, std::span<const TableTrace>,
                                                       const KoalaBear*, RelationTimes*);

}  // namespace cairn::engine
