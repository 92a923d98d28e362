// The loops over memory that sumcheck, GKR and zerocheck share, one set per instruction set. All bind the first
// variable: element y of the lower half against element y of the upper one. All work on y in [begin, end); a set
// for vectors requires begin and end to be multiples of 16, the scalar set takes any.
#pragma once

#include <cstddef>

#include "prover/field/isa.h"
#include "prover/prove/ext_span.h"

namespace cairn::engine {

/// The four arrays of a GKR layer, each of one length. Numerators of the input layer lie in the base field:
/// then left_base and right_base are set and the numerators' spans are not read.
struct GkrArrays {
  ExtSpan left_numerator, left_denominator, right_numerator, right_denominator;
  KoalaBear* left_base = nullptr;
  KoalaBear* right_base = nullptr;
};

/// p(X) = out[0] + … + out[1] X^2 of one round: its value at 0 and its leading coefficient.
using GkrSums = Quintic[2];

struct SumcheckKernels {
  /// eq[y] += eq[y + half]: the table without its first variable.
  void (*eq_halve)(ExtSpan eq, std::size_t half, std::size_t begin, std::size_t end);

  /// The layer above: of left and right fractions y their sum.
  void (*gkr_add)(const GkrArrays& in, ExtSpan numerator, ExtSpan denominator, std::size_t begin, std::size_t end);
  /// The first round: in = the layer, arrays of 2 half; m = right numerator + lambda right denominator.
  /// Sums of eq[y] (left numerator * right denominator + left denominator * m) as polynomials in the variable.
  void (*gkr_first)(const GkrArrays& in, const Quintic& lambda, std::size_t half, ExtSpan eq, std::size_t begin,
                    std::size_t end, GkrSums& out);
  /// Binds r in arrays of 4 half and sums the next round over the result, of 2 half. The first time `in` is the
  /// layer itself and m is made here (in `out.right_numerator`); later m is what it holds. eq loses a variable: its
  /// first half entries are what the sums use. `out` may be `in`.
  void (*gkr_fold_first)(const GkrArrays& in, const GkrArrays& out, const Quintic& lambda, const Quintic& r,
                         std::size_t half, ExtSpan eq, std::size_t begin, std::size_t end, GkrSums& sums);
  void (*gkr_fold)(const GkrArrays& in, const GkrArrays& out, const Quintic& r, std::size_t half, ExtSpan eq,
                   std::size_t begin, std::size_t end, GkrSums& sums);
};

/// The set for `isa`.
const SumcheckKernels& sumcheck_kernels(Isa isa);
/// The set for loops over `count` elements: that of isa(), or the scalar one when count is no multiple of 16.
const SumcheckKernels& sumcheck_kernels_for(std::size_t count);

}  // namespace cairn::engine
