// The part of the protocol between the commitment to the columns and their opening: buses and constraints are
// reduced to the values of the columns at one point per table. prove/relation.h is the other side.
#pragma once

#include <span>
#include <vector>

#include "prover/transcript/reader.h"
#include "prover/verify/gkr.h"
#include "prover/verify/layout.h"
#include "prover/verify/logup.h"
#include "prover/verify/zerocheck.h"

namespace cairn::engine {

/// What the zerocheck is about once LogUp-GKR has run: the point, the weights of every emission, the sum.
struct Relation {
  std::vector<Quintic> tau;                   ///< layout.rounds coordinates
  std::vector<std::vector<Quintic>> weights;  ///< per placed table, per emission
  Quintic sum;
};

/// Draws alpha, then the coordinates of tau that the GKR point lacks (they come first; the others are its
/// last). `claim` is empty when the layout has no fractions.
template <class Transcript>
Relation draw_relation(const MachineShape& machine, const Layout& layout, const Fingerprint& fingerprint,
                       const GkrClaim& claim, Transcript& transcript) {
  const Quintic alpha = transcript.challenge();
  Relation out;
  const std::size_t known = claim.point.size(), needed = layout.rounds;
  for (std::size_t i = known; i < needed; ++i) out.tau.push_back(transcript.challenge());
  out.tau.insert(out.tau.end(),
                 claim.point.end() - static_cast<std::ptrdiff_t>(known < needed ? known : needed),
                 claim.point.end());
  std::vector<Quintic> powers(2 + std::size_t{layout.constraints});
  powers[0] = Quintic::one();
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * alpha;
  Quintic constant = Quintic::zero();
  for (const PlacedTable& placed : layout.tables) {
    out.weights.push_back(
        emission_weights(machine, layout, placed, fingerprint, claim.point, powers, constant));
  }
  out.sum = Quintic::zero();
  if (known != 0) {
    out.sum = claim.numerator +
              alpha * (claim.denominator - tail_indicator(layout.fractions, claim.point) - constant);
  }
  return out;
}

/// Draws the LogUp challenges, checks GKR and zerocheck. Errors, kept by the reader: those of verify_gkr and
/// verify_zerocheck.
template <class Sponge>
std::vector<TableClaim> verify_relation(Reader<Sponge>& reader, const MachineShape& machine,
                                        const Layout& layout, const KoalaBear* public_values) {
  const Fingerprint fingerprint = draw_fingerprint(machine, reader);
  const Fraction boundary = boundary_sum(machine, public_values, fingerprint);
  GkrClaim claim;
  if (layout.fractions != 0) {
    claim = verify_gkr(reader, layout.log_fractions, boundary);
  } else {
    if (boundary.denominator.is_zero()) reader.fail(VerifyError::zero_denominator);
    if (!boundary.numerator.is_zero()) reader.fail(VerifyError::bus_unbalanced);
  }
  if (!reader.ok()) return {};
  const Relation relation = draw_relation(machine, layout, fingerprint, claim, reader);
  return verify_zerocheck(reader, machine, layout, public_values, std::span<const Quintic>(relation.tau),
                          std::span<const std::vector<Quintic>>(relation.weights), relation.sum);
}

}  // namespace cairn::engine
