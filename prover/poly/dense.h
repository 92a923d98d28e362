// Multilinear polynomials with many values: eq tables, evaluation and folding with SIMD and threads. Same
// conventions and same values as multilinear.h.
#pragma once

#include <cstddef>
#include <span>

#include "prover/poly/ext_vector.h"

namespace cairn::engine {

/// eq(b, point) for each b: 2^point.size() values.
ExtVector dense_eq_table(std::span<const Quintic> point);
/// out[offset + b] += scale eq(b, point) for each b. Requires offset + 2^point.size() <= out.size().
void add_eq_table(std::span<const Quintic> point, const Quintic& scale, ExtVector& out, std::size_t offset);

/// The value at `point`. Requires values.size() == 2^point.size(). Reads each value once.
Quintic dense_evaluate(std::span<const KoalaBear> values, std::span<const Quintic> point);
Quintic dense_evaluate(const ExtVector& values, std::span<const Quintic> point);

/// The sum of a[i] b[i]. Requires equal sizes.
Quintic dot(std::span<const KoalaBear> a, const ExtVector& b);
Quintic dot(const ExtVector& a, const ExtVector& b);

/// Variable 0 bound to r: lo + r (hi - lo) of the halves of the values. Requires an even size > 0.
ExtVector fold(std::span<const KoalaBear> values, const Quintic& r);
/// In place: `values` keeps its first half.
void fold(ExtVector& values, const Quintic& r);

}  // namespace cairn::engine
