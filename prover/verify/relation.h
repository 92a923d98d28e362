// What the zerocheck is about once LogUp-GKR has run: the point, the weights of every emission, the sum. One text
// for both sides.
#pragma once

#include <span>
#include <vector>

#include "prover/verify/gkr.h"
#include "prover/verify/layout.h"
#include "prover/verify/logup.h"

namespace cairn::engine {

struct Relation {
  std::vector<Quintic> tau;                    ///< layout.rounds coordinates
  std::vector<std::vector<Quintic>> weights;   ///< per placed table, per emission
  Quintic sum;
};

/// Draws alpha, then the coordinates of tau that the GKR point lacks (they come first; the others are its last).
/// `claim` is empty when the layout has no fractions.
template <class Transcript>
Relation draw_relation(const MachineShape& machine, const Layout& layout, const Fingerprint& fingerprint,
                       const GkrClaim& claim, Transcript& transcript) {
  const Quintic alpha = transcript.challenge();
  Relation out;
  const std::size_t known = claim.point.size(), needed = layout.rounds;
  for (std::size_t i = known; i < needed; ++i) out.tau.push_back(transcript.challenge());
  out.tau.insert(out.tau.end(), claim.point.end() - static_cast<std::ptrdiff_t>(known < needed ? known : needed),
                 claim.point.end());
  std::vector<Quintic> powers(2 + std::size_t{layout.constraints});
  powers[0] = Quintic::one();
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * alpha;
  Quintic constant = Quintic::zero();
  for (const PlacedTable& placed : layout.tables) {
    out.weights.push_back(emission_weights(machine, layout, placed, fingerprint, claim.point, powers, constant));
  }
  out.sum = Quintic::zero();
  if (known != 0) {
    out.sum = claim.numerator + alpha * (claim.denominator - tail_indicator(layout.fractions, claim.point) - constant);
  }
  return out;
}

}  // namespace cairn::engine
