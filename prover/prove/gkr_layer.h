// A layer of the tree of fractions as its prover holds it: two halves, which are added pairwise to the layer above, and
// the runs where both are constant.
#pragma once

#include "prover/poly/ext_vector.h"
#include "prover/prove/runs.h"
#include "prover/prove/sumcheck_kernels.h"
#include "prover/verify/logup.h"

namespace cairn::engine {

/// One fraction of each half.
struct HalfPair {
  Quintic left_numerator, left_denominator, right_numerator, right_denominator;

  Fraction sum() const {
    return {left_numerator * right_denominator + right_numerator * left_denominator, left_denominator * right_denominator};
  }
};

/// Writes what the runs cover of [begin, end) to the arrays, which need not hold it.
void write_runs(const GkrArrays& arrays, const Runs<HalfPair>& runs, std::size_t begin, std::size_t end);

struct GkrLayer {
  BaseVector base;  ///< numerators of the input layer
  ExtVector numerators, denominators;
  Runs<HalfPair> runs;  ///< of the halves' places; the vectors hold everything but these

  std::size_t half() const { return denominators.size() / 2; }
  GkrArrays arrays();
  Quintic numerator(std::size_t i) const { return base.empty() ? numerators.get(i) : Quintic::from(base[i]); }

  /// Pairs up the halves' runs; where only one half is constant its values are written down.
  void pair_up(const Runs<Fraction>& constant);
};

/// The layer of the sums. Its runs are paired up.
GkrLayer layer_above(GkrLayer& below);

}  // namespace cairn::engine
