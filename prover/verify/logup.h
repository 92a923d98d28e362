// LogUp: how rows become fractions. Each interaction of each row is the fraction m / (c - fingerprint), m its
// multiplicity (negative when received); a machine's buses balance when all fractions sum to zero.
// Habock, ePrint 2022/1530; the fingerprint is multilinear in its challenges.
#pragma once

#include <span>
#include <vector>

#include "prover/air/shape.h"
#include "prover/poly/multilinear.h"
#include "prover/verify/layout.h"

namespace cairn::engine {

struct Fraction {
  Quintic numerator;
  Quintic denominator;
};

/// The challenges of the fingerprint: sum of weights[i] * tuple[i] + weights.back() * (bus + 1).
struct Fingerprint {
  Quintic shift;                 ///< c
  std::vector<Quintic> weights;  ///< eq_table of log_fingerprint() challenges: 2^that many

  /// c minus the part of the fingerprint that the bus alone gives.
  Quintic constant(unsigned bus) const {
    return shift - weights.back() * KoalaBear::from(static_cast<std::uint32_t>(bus + 1));
  }
};

/// Draws the challenges: c, then those of the fingerprint.
template <class Transcript>
Fingerprint draw_fingerprint(const MachineShape& machine, Transcript& transcript) {
  Fingerprint out;
  out.shift = transcript.challenge();
  std::vector<Quintic> point(machine.log_fingerprint());
  for (Quintic& x : point) x = transcript.challenge();
  out.weights = eq_table(point);
  return out;
}

/// The sum of the fractions that the verifier adds from public values; 0/1 when there are none. The
/// denominator is the product of all, zero when any is.
Fraction boundary_sum(const MachineShape& machine, const KoalaBear* public_values,
                      const Fingerprint& fingerprint);

/// The weights of one table's emissions in the batched zerocheck, in the order of the emissions, at the LogUp
/// point. With s the position of an interaction's fractions as bits of the point's first coordinates:
/// multiplicity +-eq(s), tuple element i -alpha eq(s) weights[i], constraint number k of all alpha^(2 + k).
/// `constant` grows by the sum of eq(s) * constant(bus): what the elements' weights do not cover.
std::vector<Quintic> emission_weights(const MachineShape& machine, const Layout& layout,
                                      const PlacedTable& placed, const Fingerprint& fingerprint,
                                      std::span<const Quintic> point, std::span<const Quintic> alpha_powers,
                                      Quintic& constant);

/// The multilinear extension of (i >= count ? 1 : 0), i < 2^point.size(), at `point`.
Quintic tail_indicator(std::uint64_t count, std::span<const Quintic> point);

}  // namespace cairn::engine
