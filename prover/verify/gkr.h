// The verifier of LogUp-GKR: the sum of 2^n fractions is computed by a binary tree, whose layers are checked
// from the root down. Papini and Habock, ePrint 2023/1284. prove/gkr.h is the other side.
//
// Layer k has 2^k fractions (n_i, d_i). Fraction i of layer k is the sum of 2i and 2i + 1 of layer k + 1:
// numerator n_l d_r + n_r d_l, denominator d_l d_r, l = 2i, r = 2i + 1. Each sumcheck binds the last variable
// first.
#pragma once

#include <vector>

#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/reader.h"
#include "prover/verify/logup.h"

namespace cairn::engine {

/// What the last layer must be at a point: the multilinear extensions of its numerators and denominators.
struct GkrClaim {
  std::vector<Quintic> point;
  Quintic numerator;
  Quintic denominator;
};

/// Reads the proof that 2^log_fractions fractions and `boundary` sum to zero and none has denominator zero.
/// Errors, kept by the reader: zero_denominator, bus_unbalanced, gkr_layer. Requires log_fractions >= 1.
template <class Sponge>
GkrClaim verify_gkr(Reader<Sponge>& reader, unsigned log_fractions, const Fraction& boundary);

extern template GkrClaim verify_gkr(Reader<Poseidon2Sponge>&, unsigned, const Fraction&);

}  // namespace cairn::engine
