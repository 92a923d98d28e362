// Multilinear polynomials given by their values on {0,1}^n, and the polynomial eq. Scalar, for verifiers and
// short vectors; dense.h has the vectorised form.
//
// Everywhere in the engine variable 0 is the most significant bit of the index: the value at
// (b0, …, b(n-1)) is entry b0 2^(n-1) + … + b(n-1).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "prover/field/quintic.h"

namespace cairn::engine {

/// prod_i (x_i y_i + (1 - x_i)(1 - y_i)). Requires equal sizes; 1 when empty.
Quintic eq(std::span<const Quintic> x, std::span<const Quintic> y);

/// eq(bits, point), where variable i is bit n-1-i of `bits`. Requires n <= 64, bits < 2^n.
Quintic eq_at(std::uint64_t bits, std::span<const Quintic> point);

/// eq(b, point) for each b in {0,1}^n: 2^n values.
std::vector<Quintic> eq_table(std::span<const Quintic> point);

/// The value at `point` of the polynomial with these values. Requires values.size() == 2^point.size().
Quintic evaluate(std::span<const KoalaBear> values, std::span<const Quintic> point);
Quintic evaluate(std::span<const Quintic> values, std::span<const Quintic> point);

}  // namespace cairn::engine
