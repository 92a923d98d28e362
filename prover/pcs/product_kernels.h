// Loops of the sumcheck on a product P W of two multilinear polynomials, and of the weights of
// queried positions. Extension vectors are given by the beginning of their first plane and the
// distance of planes. Equal bit for bit on every instruction set; product_lanes.h has the bodies.
#pragma once

#include <cstddef>

#include "prover/field/quintic.h"

namespace cairn::engine {

/// What a round sends of h(X) = sum over y of P(X, y) W(X, y): h(0) and the coefficient of X^2.
struct ProductSums {
  Quintic at_zero = Quintic::zero(), leading = Quintic::zero();

  CAIRN_DEVICE friend ProductSums operator+(const ProductSums& a, const ProductSums& b) {
    return {a.at_zero + b.at_zero, a.leading + b.leading};
  }
};

struct ProductKernels {
  /// The sums of p[i] w[i] and of (p[half + i] - p[i]) (w[half + i] - w[i]), for i < n; the halves
  /// of a base polynomial are p_half apart, those of the weight w_half.
  ProductSums (*round_base)(const KoalaBear* p, std::size_t p_half, const KoalaBear* w, std::size_t w_stride,
                            std::size_t w_half, std::size_t n);
  ProductSums (*round_ext)(const KoalaBear* p, std::size_t p_stride, const KoalaBear* w, std::size_t w_stride,
                           std::size_t half, std::size_t n);
  /// Binds the first variable of both to r, in place, and sums as above over what comes out: of
  /// four quarters, 0 and 1 become x[i] + r (x[2 quarter + i] - x[i]), for i < n and i - quarter <
  /// n.
  ProductSums (*fold_round)(KoalaBear* p, std::size_t p_stride, KoalaBear* w, std::size_t w_stride,
                            std::size_t quarter, const Quintic& r, std::size_t n);
  /// out[i] = sum over q < count of a[q] b[q b_step + i], for i < n, added to what is there if
  /// `add`; coordinate c of a[q] is a[c a_stride + q]. n is a multiple of 16, count of 2.
  void (*products)(const KoalaBear* a, std::size_t a_stride, const KoalaBear* b, std::size_t b_step,
                   std::size_t count, bool add, KoalaBear* out, std::size_t out_stride, std::size_t n);
};

const ProductKernels& product_kernels();

extern const ProductKernels product_kernels_scalar, product_kernels_avx2, product_kernels_avx512;

}  // namespace cairn::engine
