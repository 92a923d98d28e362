// The prover of LogUp-GKR. verify/gkr.h says what is proved and how.
#pragma once

#include "prover/poly/ext_vector.h"
#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/writer.h"
#include "prover/verify/gkr.h"

namespace cairn::engine {

/// The fractions of the last layer: 2^n of them, those behind the tables' 0/1.
struct Fractions {
  BaseVector numerators;
  ExtVector denominators;
};

/// Writes the proof about 2^n fractions, n >= 1, which are used up. Memory: about twice that of the fractions.
template <class Sponge>
GkrClaim prove_gkr(Writer<Sponge>& writer, Fractions fractions);

extern template GkrClaim prove_gkr(Writer<Poseidon2Sponge>&, Fractions);

}  // namespace cairn::engine
