// The loops over memory that sumcheck, GKR and zerocheck share, one set per instruction set. All bind the
// last variable: elements 2y and 2y + 1 are a pair, so what is the same at the end of a vector stays at its
// end. All work on y in [begin, end); a set for vectors requires both to be multiples of 16, the scalar set
// takes any.
#pragma once

#include <cstddef>

#include "prover/field/isa.h"
#include "prover/prove/ext_span.h"

namespace cairn::engine {

/// The fractions of a GKR layer: 2i is the left one of place i, 2i + 1 the right one. Numerators of the input
/// layer lie in the base field: then `base` is set and `numerators` is not read.
struct LayerSpan {
  ExtSpan numerators, denominators;
  KoalaBear* base = nullptr;
};

/// The same in rounds of the sumcheck, place by place. In place of the right numerator stands
/// m = right numerator + lambda right denominator. Of each 2 lanes places those with even number come first,
/// so that both ends of pairs are whole vectors (position_of()).
struct GkrArrays {
  ExtSpan left_numerator, left_denominator, m, right_denominator;
};

/// eq(y) is outer[y / size] times element y % size of `inner`. A size that is no multiple of 16 is that of
/// the whole.
struct EqSpan {
  ExtSpan inner;
  std::size_t size;
  const Quintic* outer;
};

/// p(X) = out[0] + … + out[1] X^2 of one round: its value at 0 and its leading coefficient.
using GkrSums = Quintic[2];

/// Where place i lies in arrays written with so many lanes.
inline std::size_t position_of(std::size_t i, std::size_t lanes) {
  const std::size_t in_block = i % (2 * lanes);
  return i - in_block + in_block / 2 + in_block % 2 * lanes;
}

struct SumcheckKernels {
  std::size_t lanes;
  /// out[y] = in[2y] + r (in[2y + 1] - in[2y]).
  void (*bind_base)(const KoalaBear* in, const Quintic& r, ExtSpan out, std::size_t begin, std::size_t end);
  /// The same in place, as long as no other call works on the vector.
  void (*bind_ext)(ExtSpan in, const Quintic& r, ExtSpan out, std::size_t begin, std::size_t end);

  /// The layer above: at each place y the sum of left and right.
  void (*gkr_add)(const LayerSpan& in, ExtSpan numerator, ExtSpan denominator, std::size_t begin,
                  std::size_t end);
  /// The first round, about pairs of places. Sums of eq(y) (left numerator * right denominator + left
  /// denominator * m) as polynomials in the variable.
  void (*gkr_first)(const LayerSpan& in, const Quintic& lambda, const EqSpan& eq, std::size_t begin,
                    std::size_t end, GkrSums& sums);
  /// Binds r, which makes places 2y and 2y + 1 of `out` from 4y … 4y + 3 of `in`, and sums the next round
  /// over them. `out` must not overlap `in`. Arrays must have been written by the same set.
  void (*gkr_fold_first)(const LayerSpan& in, const GkrArrays& out, const Quintic& lambda, const Quintic& r,
                         const EqSpan& eq, std::size_t begin, std::size_t end, GkrSums& sums);
  void (*gkr_fold)(const GkrArrays& in, const GkrArrays& out, const Quintic& r, const EqSpan& eq,
                   std::size_t begin, std::size_t end, GkrSums& sums);
};

/// The set for `isa`.
const SumcheckKernels& sumcheck_kernels(Isa isa);
/// The set for loops over `count` elements: that of isa(), or the scalar one when count is no multiple of 16.
const SumcheckKernels& sumcheck_kernels_for(std::size_t count);

}  // namespace cairn::engine
