// The kernels of sumcheck_kernels.h for packed type P. Included by one file per instruction set.
#pragma once

#include "prover/field/packed_quintic.h"
#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

template <class P>
struct SumcheckKernelsOf {
  using E = PackedQuintic<P>;

  CAIRN_DEVICE static E get(const ExtSpan& from, std::size_t i) { return E::load(from.planes, from.stride, i); }
  CAIRN_DEVICE static void put(const ExtSpan& to, std::size_t i, const E& x) { x.store(to.planes, to.stride, i); }

  static void eq_halve(ExtSpan eq, std::size_t half, std::size_t begin, std::size_t end) {
    for (std::size_t y = begin; y < end; y += P::lanes) put(eq, y, get(eq, y) + get(eq, y + half));
  }

  static void gkr_add(const GkrArrays& in, ExtSpan numerator, ExtSpan denominator, std::size_t begin,
                      std::size_t end) {
    for (std::size_t y = begin; y < end; y += P::lanes) {
      const E dl = get(in.left_denominator, y), dr = get(in.right_denominator, y);
      const E sum = in.left_base != nullptr
                        ? dr * P::load(in.left_base + y) + dl * P::load(in.right_base + y)
                        : get(in.left_numerator, y) * dr + get(in.right_numerator, y) * dl;
      put(numerator, y, sum);
      put(denominator, y, dl * dr);
    }
  }

  static void gkr_first(const GkrArrays& in, const Quintic& lambda, std::size_t half, ExtSpan eq, std::size_t begin,
                        std::size_t end, GkrSums& out) {
    if (in.left_base != nullptr) {
      first_round([&](std::size_t y) { return P::load(in.left_base + y); },
                  [&](std::size_t y) { return P::load(in.right_base + y); }, in, lambda, half, eq, begin, end, out);
    } else {
      first_round([&](std::size_t y) { return get(in.left_numerator, y); },
                  [&](std::size_t y) { return get(in.right_numerator, y); }, in, lambda, half, eq, begin, end, out);
    }
  }

  static void gkr_fold_first(const GkrArrays& in, const GkrArrays& out, const Quintic& lambda, const Quintic& r,
                             std::size_t half, ExtSpan eq, std::size_t begin, std::size_t end, GkrSums& given) {
    const E l = E::broadcast(lambda), factor = E::broadcast(r);
    const auto numerators = [&](std::size_t at, std::size_t to, const E& dr, E& nl, E& m) __attribute__((always_inline)) {
      if (in.left_base != nullptr) {
        nl = bound(factor, P::load(in.left_base + at), P::load(in.left_base + to));
        m = bound(factor, P::load(in.right_base + at), P::load(in.right_base + to)) + l * dr;
      } else {
        nl = bound(factor, get(in.left_numerator, at), get(in.left_numerator, to));
        m = bound(factor, get(in.right_numerator, at), get(in.right_numerator, to)) + l * dr;
      }
    };
    fold_and_sum(numerators, in, out, factor, half, eq, begin, end, given);
  }

  static void gkr_fold(const GkrArrays& in, const GkrArrays& out, const Quintic& r, std::size_t half, ExtSpan eq,
                       std::size_t begin, std::size_t end, GkrSums& given) {
    const E factor = E::broadcast(r);
    const auto numerators = [&](std::size_t at, std::size_t to, const E&, E& nl, E& m) __attribute__((always_inline)) {
      nl = bound(factor, get(in.left_numerator, at), get(in.left_numerator, to));
      m = bound(factor, get(in.right_numerator, at), get(in.right_numerator, to));
    };
    fold_and_sum(numerators, in, out, factor, half, eq, begin, end, given);
  }

  static constexpr SumcheckKernels table() {
    return {eq_halve, gkr_add, gkr_first, gkr_fold_first, gkr_fold};
  }

 private:
  CAIRN_DEVICE static E bound(const E& r, const E& low, const E& high) { return low + r * (high - low); }
  CAIRN_DEVICE static E bound(const E& r, P low, P high) { return r * (high - low) + low; }
  CAIRN_DEVICE static E halved_eq(const ExtSpan& eq, std::size_t y, std::size_t half) {
    const E out = get(eq, y) + get(eq, y + half);
    put(eq, y, out);
    return out;
  }

  struct Sums {
    E at_zero = E::zero(), leading = E::zero();

    /// Left numerators may lie in the base field.
    template <class N>
    CAIRN_DEVICE void add(const E& eq, const N& nl, const N& nl1, const E& dl, const E& dl1, const E& m, const E& m1,
                          const E& dr, const E& dr1) {
      at_zero += eq * (dr * nl + dl * m);
      leading += eq * ((dr1 - dr) * (nl1 - nl) + (dl1 - dl) * (m1 - m));
    }
    CAIRN_DEVICE void give(GkrSums& out) const {
      out[0] = at_zero.sum();
      out[1] = leading.sum();
    }
  };

  /// numerators(at, to, right denominator, nl, m) gives the left numerator and m, bound between `at` and `to`.
  template <class Numerators>
  CAIRN_DEVICE static void fold_and_sum(const Numerators& numerators, const GkrArrays& in, const GkrArrays& out,
                                        const E& factor, std::size_t half, const ExtSpan& eq, std::size_t begin,
                                        std::size_t end, GkrSums& given) {
    Sums sums;
    for (std::size_t y = begin; y < end; y += P::lanes) {
      E nl[2], dl[2], m[2], dr[2];
      for (std::size_t i = 0; i < 2; ++i) {
        const std::size_t at = y + i * half, to = at + 2 * half;
        dl[i] = bound(factor, get(in.left_denominator, at), get(in.left_denominator, to));
        dr[i] = bound(factor, get(in.right_denominator, at), get(in.right_denominator, to));
        numerators(at, to, dr[i], nl[i], m[i]);
      }
      for (std::size_t i = 0; i < 2; ++i) {
        put(out.left_numerator, y + i * half, nl[i]);
        put(out.left_denominator, y + i * half, dl[i]);
        put(out.right_numerator, y + i * half, m[i]);
        put(out.right_denominator, y + i * half, dr[i]);
      }
      sums.add(halved_eq(eq, y, half), nl[0], nl[1], dl[0], dl[1], m[0], m[1], dr[0], dr[1]);
    }
    sums.give(given);
  }

  template <class Left, class Right>
  CAIRN_DEVICE static void first_round(const Left& left, const Right& right, const GkrArrays& in, const Quintic& lambda,
                                       std::size_t half, ExtSpan eq, std::size_t begin, std::size_t end, GkrSums& out) {
    const E l = E::broadcast(lambda);
    Sums sums;
    for (std::size_t y = begin; y < end; y += P::lanes) {
      const E dr = get(in.right_denominator, y), dr1 = get(in.right_denominator, y + half);
      sums.add(get(eq, y), left(y), left(y + half), get(in.left_denominator, y), get(in.left_denominator, y + half),
               l * dr + right(y), l * dr1 + right(y + half), dr, dr1);
    }
    sums.give(out);
  }
};

}  // namespace cairn::engine
