// Reed-Solomon encoding of multilinear polynomials, many at once: interleaved codes for WHIR.
//
// A polynomial in m variables, given by its values on {0,1}^m (variable 0 the most significant bit), is
// encoded at rate 2^-r over the powers of g = KoalaBear::two_adic_generator(m + r), in natural order:
//
//     word[i] = P(a, a^2, a^4, …, a^(2^(m-1)))   where a = g^i,   i < 2^(m+r).
//
// So as a univariate polynomial in a, its coefficients come from the values by sums only, and none of them
// has to be computed: with P0 and P1 the halves of the values, P = P0(a^2) + a (P1 - P0)(a^2). Hence word[i]
// and word[i + N/2] are A[i] + a (B[i] - A[i]) and A[i] - a (B[i] - A[i]), A and B the words of P0 and P1.
#pragma once

#include <cstddef>
#include <span>

#include "prover/poly/base_matrix.h"

namespace cairn::engine {

/// Column j of the result is the code word of `values[j]`; columns without values are zero. Each values[j]
/// points to 2^m elements. Result: 2^(m+r) rows of `width` elements. Requires m + r <= 24, values.size() <=
/// width.
BaseMatrix encode(std::span<const KoalaBear* const> values, std::size_t width, unsigned m, unsigned r);

/// Commits to a polynomial in n variables by folding k of them: column j is the word of the block of values
/// whose k most significant bits are j. Of the 2^k blocks the first `active` are read, the rest are taken as
/// zero; columns are those of the active blocks, with columns of zeros up to a multiple of 16 or 2^k.
/// Requires n = log2 of values.size() >= k, n - k + r <= 24, 0 < active <= 2^k.
BaseMatrix encode_blocks(const BaseVector& values, unsigned k, unsigned r, std::size_t active);
/// Of an extension polynomial: 5 * 2^k columns, column c 2^k + j is coordinate c of block j.
BaseMatrix encode_blocks(const ExtVector& values, unsigned k, unsigned r);

}  // namespace cairn::engine
