// The prover of LogUp-GKR. verify/gkr.h says what is proved and how.
#pragma once

#include <cstdint>

#include "prover/poly/ext_vector.h"
#include "prover/prove/gkr_layer.h"
#include "prover/prove/runs.h"
#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/writer.h"
#include "prover/verify/gkr.h"

namespace cairn::engine {

/// The fractions of the last layer: 2^n of them, those behind the tables' 0/1.
struct Fractions {
  BaseVector numerators;
  ExtVector denominators;
  /// Where all are the same; there the vectors need not be written. Numerators in the base field.
  Runs<Fraction> constant = {};
};

/// Work that does not depend on the clock.
struct GkrWork {
  std::uint64_t pairs = 0;  ///< looked at one by one, in all rounds of all layers
};

/// Writes the proof about 2^n fractions, n >= 1, which are used up. The same bytes whether `constant` names
/// what is constant or not. Memory: about twice that of the fractions.
template <class Sponge>
GkrClaim prove_gkr(Writer<Sponge>& writer, Fractions fractions, GkrWork* work = nullptr);

/// The part of it about one layer: writes the proof that `claim` is about the sums of the layer's fractions,
/// and returns the claim about the fractions themselves. Uses the layer up.
template <class Sponge>
GkrClaim prove_layer(Writer<Sponge>& writer, GkrLayer& layer, const GkrClaim& claim, GkrWork* work = nullptr);

extern template GkrClaim prove_layer(Writer<Poseidon2Sponge>&, GkrLayer&, const GkrClaim&, GkrWork*);
extern template GkrClaim prove_gkr(Writer<Poseidon2Sponge>&, Fractions, GkrWork*);

}  // namespace cairn::engine
