#include "prover/prove/relation.h"

#include <algorithm>

#include "prover/parallel.h"
#include "prover/prove/gkr.h"
#include "prover/prove/stopwatch.h"
#include "prover/prove/zerocheck.h"
#include "prover/verify/relation.h"

namespace cairn::engine {

namespace {

/// The fractions of all interactions, and 0/1 behind them.
Fractions make_fractions(const MachineShape& machine, const Layout& layout, std::span<const TableTrace> traces,
                         const KoalaBear* public_values, const Fingerprint& fingerprint) {
  const std::size_t size = std::size_t{1} << layout.log_fractions;
  Fractions out{BaseVector(size), ExtVector(size)};
  std::vector<Quintic> constants;
  for (unsigned bus = 0; bus < machine.buses.size(); ++bus) constants.push_back(fingerprint.constant(bus));
  for (const TableTrace& trace : traces) {
    if (trace.shape->interactions.empty()) continue;
    const std::size_t at = trace.placed.fraction_offset;
    const Leaves leaves{constants.data(), fingerprint.weights.data(), out.numerators.data() + at,
                        ExtSpan(out.denominators).from(at), trace.height()};
    const BaseRows rows{trace.columns.data(), public_values};
    const TableKernels& kernels = trace.kernels_for(trace.height());
    parallel_for(trace.height(), trace.grain(),
                 [&](std::size_t begin, std::size_t end) { kernels.leaves(rows, leaves, begin, end); });
  }
  std::fill(out.numerators.begin() + layout.fractions, out.numerators.end(), KoalaBear::zero());
  for (std::size_t k = 0; k < Quintic::degree; ++k) {
    std::fill(out.denominators.plane(k) + layout.fractions, out.denominators.plane(k) + size,
              k == 0 ? KoalaBear::one() : KoalaBear::zero());
  }
  return out;
}

}  // namespace

template <class Sponge>
std::vector<TableClaim> prove_relation(Writer<Sponge>& writer, const MachineShape& machine, const Layout& layout,
                                       std::span<const TableTrace> traces, const KoalaBear* public_values,
                                       RelationTimes* times) {
  Stopwatch watch;
  RelationTimes spent;
  const Fingerprint fingerprint = draw_fingerprint(machine, writer);
  GkrClaim claim;
  if (layout.fractions != 0) {
    claim = prove_gkr(writer, make_fractions(machine, layout, traces, public_values, fingerprint));
  }
  spent.gkr = watch.lap();
  const Relation relation = draw_relation(machine, layout, fingerprint, claim, writer);
  auto claims = prove_zerocheck(writer, layout, traces, public_values, std::span<const Quintic>(relation.tau),
                                std::span<const std::vector<Quintic>>(relation.weights), relation.sum);
  spent.zerocheck = watch.lap();
  if (times != nullptr) *times = spent;
  return claims;
}

template std::vector<TableClaim> prove_relation(Writer<Poseidon2Sponge>&, const MachineShape&, const Layout&,
                                                std::span<const TableTrace>, const KoalaBear*, RelationTimes*);

}  // namespace cairn::engine
