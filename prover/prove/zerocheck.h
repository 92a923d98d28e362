// The prover of the batched zerocheck. verify/zerocheck.h says what is proved and how.
#pragma once

#include <span>
#include <vector>

#include "prover/prove/table_kernels.h"
#include "prover/prove/trace.h"
#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/writer.h"
#include "prover/verify/zerocheck.h"

namespace cairn::engine {

/// `traces` and `weights` in the layout's order. Memory: each table's columns once more as extension
/// elements, half as high, without padding.
template <class Sponge>
std::vector<TableClaim> prove_zerocheck(Writer<Sponge>& writer, const Layout& layout,
                                        std::span<const TableTrace> traces, const KoalaBear* public_values,
                                        std::span<const Quintic> tau,
                                        std::span<const std::vector<Quintic>> weights, const Quintic& sum);

extern template std::vector<TableClaim> prove_zerocheck(Writer<Poseidon2Sponge>&, const Layout&,
                                                        std::span<const TableTrace>, const KoalaBear*,
                                                        std::span<const Quintic>,
                                                        std::span<const std::vector<Quintic>>,
                                                        const Quintic&);

}  // namespace cairn::engine
