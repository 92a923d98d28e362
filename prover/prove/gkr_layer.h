// A layer of the tree of fractions as its prover holds it, and the runs where it is constant. Fractions 2i
// and 2i + 1, left and right, are added to fraction i of the layer above.
#pragma once

#include "prover/poly/ext_vector.h"
#include "prover/prove/runs.h"
#include "prover/prove/sumcheck_kernels.h"
#include "prover/verify/logup.h"

namespace cairn::engine {

struct GkrLayer {
  BaseVector base;  ///< numerators of the input layer
  ExtVector numerators, denominators;
  Runs<Fraction> runs;  ///< the vectors need not hold these

  std::size_t size() const { return denominators.size(); }
  LayerSpan span();
  Fraction get(std::size_t i) const {
    return {base.empty() ? numerators.get(i) : Quintic::from(base[i]), denominators.get(i)};
  }
  /// Writes what the runs cover of [begin, end). Thread-safe for ranges that do not meet.
  void write_runs(std::size_t begin, std::size_t end);
};

/// Not initialised. Planes of a length that is a power of two would all begin in the same set of the cache.
ExtVector staggered(std::size_t size);

/// The layer of the sums. Writes down what it needs of the runs below.
GkrLayer layer_above(GkrLayer& below);

}  // namespace cairn::engine
