#include "prover/prove/relation.h"

#include <algorithm>

#include "prover/parallel.h"
#include "prover/prove/gkr.h"
#include "prover/prove/stopwatch.h"
#include "prover/prove/zerocheck.h"
#include "prover/verify/relation.h"

namespace cairn::engine {

namespace {

/// Where the fractions of one interaction begin to be all the same, up to `end`, as a multiple of 16.
std::size_t constant_from(const Fractions& fractions, std::size_t begin, std::size_t end) {
  const auto same = [end](const KoalaBear* x, std::size_t i) { return x[i] == x[end - 1]; };
  std::size_t at = end - 1;
  const auto row_same = [&](std::size_t i) {
    if (!same(fractions.numerators.data(), i)) return false;
    for (std::size_t k = 0; k < Quintic::degree; ++k) {
      if (!same(fractions.denominators.plane(k), i)) return false;
    }
    return true;
  };
  while (at > begin && row_same(at - 1)) --at;
  return std::min((at + 15) / 16 * 16, end);
}

/// The fractions of all interactions, and 0/1 behind them. Rows of padding are not written but named as runs.
Fractions make_fractions(const MachineShape& machine, const Layout& layout,
                         std::span<const TableTrace> traces, const KoalaBear* public_values,
                         const Fingerprint& fingerprint) {
  const std::size_t size = std::size_t{1} << layout.log_fractions;
  Fractions out{BaseVector(size), staggered(size)};
  std::vector<Quintic> constants;
  for (unsigned bus = 0; bus < machine.buses.size(); ++bus) constants.push_back(fingerprint.constant(bus));
  for (const TableTrace& trace : traces) {
    const std::size_t begin = trace.placed.fraction_offset, height = trace.height();
    const Leaves leaves{constants.data(), fingerprint.weights.data(), out.numerators.data() + begin,
                        ExtSpan(out.denominators).from(begin), height};
    const BaseRows rows{trace.columns.data(), public_values};
    const std::size_t used = std::min((trace.used_rows + 15) / 16 * 16, height);
    if (trace.shape->interactions.empty()) continue;
    parallel_for(used, trace.grain(), [&](std::size_t from, std::size_t to) {
      trace.kernels_for(to - from).leaves(rows, leaves, from, to);
    });
    for (std::size_t at = begin; at < begin + trace.shape->interactions.size() * height; at += height) {
      const std::size_t from = used < height ? at + used : constant_from(out, at, at + height);
      const std::size_t last = used < height ? from - 1 : at + height - 1;
      out.constant.push_back(
          {from, at + height, {Quintic::from(out.numerators[last]), out.denominators.get(last)}});
    }
  }
  out.constant.push_back({layout.fractions, size, {Quintic::zero(), Quintic::one()}});
  return out;
}

}  // namespace

template <class Sponge>
std::vector<TableClaim> prove_relation(Writer<Sponge>& writer, const MachineShape& machine,
                                       const Layout& layout, std::span<const TableTrace> traces,
                                       const KoalaBear* public_values, RelationTimes* times) {
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
                                                std::span<const TableTrace>, const KoalaBear*,
                                                RelationTimes*);

}  // namespace cairn::engine
