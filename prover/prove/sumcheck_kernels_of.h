// The kernels of sumcheck_kernels.h for packed type P. Included by one file per instruction set.
#pragma once

#include <algorithm>

#include "prover/field/packed_quintic.h"
#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

template <class P>
struct SumcheckKernelsOf {
  using E = PackedQuintic<P>;

  static void bind_base(const KoalaBear* in, const Quintic& r, ExtSpan out, std::size_t begin,
                        std::size_t end) {
    const E factor = E::broadcast(r);
    for (std::size_t y = begin; y < end; y += P::lanes) {
      P low, high;
      P::load_unzipped(in + 2 * y, low, high);
      put(out, y, bound(factor, low, high));
    }
  }

  static void bind_ext(ExtSpan in, const Quintic& r, ExtSpan out, std::size_t begin, std::size_t end) {
    const E factor = E::broadcast(r);
    for (std::size_t y = begin; y < end; y += P::lanes) {
      E low, high;
      get_unzipped(in, 2 * y, low, high);
      put(out, y, bound(factor, low, high));
    }
  }

  static void gkr_add(const LayerSpan& in, ExtSpan numerator, ExtSpan denominator, std::size_t begin,
                      std::size_t end) {
    if (in.base != nullptr) {
      add_halves(BaseNumerators{in}, numerator, denominator, begin, end);
    } else {
      add_halves(ExtNumerators{in}, numerator, denominator, begin, end);
    }
  }

  static void gkr_first(const LayerSpan& in, const Quintic& lambda, const EqSpan& eq, std::size_t begin,
                        std::size_t end, GkrSums& sums) {
    if (in.base != nullptr) {
      first_round(BaseNumerators{in}, lambda, eq, begin, end, sums);
    } else {
      first_round(ExtNumerators{in}, lambda, eq, begin, end, sums);
    }
  }

  static void gkr_fold_first(const LayerSpan& in, const GkrArrays& out, const Quintic& lambda,
                             const Quintic& r, const EqSpan& eq, std::size_t begin, std::size_t end,
                             GkrSums& sums) {
    if (in.base != nullptr) {
      fold_first(BaseNumerators{in}, out, lambda, r, eq, begin, end, sums);
    } else {
      fold_first(ExtNumerators{in}, out, lambda, r, eq, begin, end, sums);
    }
  }

  static void gkr_fold(const GkrArrays& in, const GkrArrays& out, const Quintic& r, const EqSpan& eq,
                       std::size_t begin, std::size_t end, GkrSums& given) {
    const E factor = E::broadcast(r);
    fold_and_sum(
        [&](std::size_t at, Bound & place) __attribute__((always_inline)) {
          const auto pairs = [&](const ExtSpan& from) __attribute__((always_inline)) {
            fetch(from, 2 * at + 4 * P::lanes);
            return bound(factor, get(from, 2 * at), get(from, 2 * at + P::lanes));
          };
          place.nl = pairs(in.left_numerator);
          place.dl = pairs(in.left_denominator);
          place.m = pairs(in.m);
          place.dr = pairs(in.right_denominator);
        },
        out, eq, begin, end, given);
  }

  static constexpr SumcheckKernels table() {
    return {P::lanes, bind_base, bind_ext, gkr_add, gkr_first, gkr_fold_first, gkr_fold};
  }

 private:
  CAIRN_DEVICE static E get(const ExtSpan& from, std::size_t i) {
    return E::load(from.planes, from.stride, i);
  }
  /// Elements i … i + 2 lanes - 1, soon read or written, to the second level of the cache: there are more
  /// planes than the hardware sees as streams, and many begin in one set of the first level. They may lie
  /// behind the end.
  template <int written = 0>
  CAIRN_DEVICE static void fetch(const ExtSpan& from, std::size_t i) {
    if constexpr (P::lanes > 1) {
      for (std::size_t k = 0; k < Quintic::degree; ++k) {
        const KoalaBear* next = from.planes + k * from.stride + i;
        __builtin_prefetch(next, written, 2);
        if constexpr (P::lanes > 8) __builtin_prefetch(next + P::lanes, written, 2);
      }
    }
  }
  CAIRN_DEVICE static void get_unzipped(const ExtSpan& from, std::size_t i, E& even, E& odd) {
    fetch(from, i + 4 * P::lanes);
    E::load_unzipped(from.planes, from.stride, i, even, odd);
  }
  CAIRN_DEVICE static void put(const ExtSpan& to, std::size_t i, const E& x) {
    x.store(to.planes, to.stride, i);
  }
  CAIRN_DEVICE static void put_pairs(const ExtSpan& to, std::size_t y, const E& low, const E& high) {
    put(to, 2 * y, low);
    put(to, 2 * y + P::lanes, high);
  }
  CAIRN_DEVICE static E bound(const E& r, const E& low, const E& high) { return low + r * (high - low); }
  CAIRN_DEVICE static E bound(const E& r, P low, P high) { return r * (high - low) + low; }

  /// The numerators of a layer in either field: left and right ones of places i … i + lanes - 1.
  struct BaseNumerators {
    using Numerator = P;
    const LayerSpan& in;
    CAIRN_DEVICE void get(std::size_t i, P& left, P& right) const {
      P::load_unzipped(in.base + 2 * i, left, right);
    }
  };
  struct ExtNumerators {
    using Numerator = E;
    const LayerSpan& in;
    CAIRN_DEVICE void get(std::size_t i, E& left, E& right) const {
      get_unzipped(in.numerators, 2 * i, left, right);
    }
  };

  /// Fractions of lanes places, left and right.
  template <class N>
  struct Place {
    N nl, nr;
    E dl, dr;
  };
  template <class Numerators, class N = typename Numerators::Numerator>
  CAIRN_DEVICE static void get_place(const Numerators& from, std::size_t i, Place<N>& out) {
    from.get(i, out.nl, out.nr);
    get_unzipped(from.in.denominators, 2 * i, out.dl, out.dr);
  }
  /// Places i, i + 2, … and i + 1, i + 3, …
  template <class Numerators, class N = typename Numerators::Numerator>
  CAIRN_DEVICE static void get_pairs(const Numerators& from, std::size_t i, Place<N>& low, Place<N>& high) {
    Place<N> a, b;
    get_place(from, i, a);
    get_place(from, i + P::lanes, b);
    N::unzip(a.nl, b.nl, low.nl, high.nl);
    N::unzip(a.nr, b.nr, low.nr, high.nr);
    E::unzip(a.dl, b.dl, low.dl, high.dl);
    E::unzip(a.dr, b.dr, low.dr, high.dr);
  }

  template <class Numerators>
  CAIRN_DEVICE static void add_halves(const Numerators& in, ExtSpan numerator, ExtSpan denominator,
                                      std::size_t begin, std::size_t end) {
    for (std::size_t y = begin; y < end; y += P::lanes) {
      Place<typename Numerators::Numerator> at;
      get_place(in, y, at);
      put(numerator, y, at.dr * at.nl + at.dl * at.nr);
      put(denominator, y, at.dl * at.dr);
    }
  }

  struct Sums {
    E at_zero = E::zero(), leading = E::zero();

    /// Left numerators may lie in the base field.
    template <class N>
    CAIRN_DEVICE void add(const E& eq, const N& nl, const N& nl1, const E& dl, const E& dl1, const E& m,
                          const E& m1, const E& dr, const E& dr1) {
      at_zero += eq * (dr * nl + dl * m);
      leading += eq * ((dr1 - dr) * (nl1 - nl) + (dl1 - dl) * (m1 - m));
    }
  };

  /// Calls each(y, eq, sums) and gives the sums of all.
  template <class Each>
  CAIRN_DEVICE static void sum_blocks(const EqSpan& eq, std::size_t begin, std::size_t end, GkrSums& given,
                                      const Each& each) {
    Sums all;
    for (std::size_t y = begin; y < end;) {
      const std::size_t block = y / eq.size, first = block * eq.size, until = std::min(end, first + eq.size);
      Sums sums;
      for (; y < until; y += P::lanes) each(y, get(eq.inner, y - first), sums);
      const E outer = E::broadcast(eq.outer[block]);
      all.at_zero += outer * sums.at_zero;
      all.leading += outer * sums.leading;
    }
    given[0] = all.at_zero.sum();
    given[1] = all.leading.sum();
  }

  template <class Numerators>
  CAIRN_DEVICE static void first_round(const Numerators& in, const Quintic& lambda, const EqSpan& eq,
                                       std::size_t begin, std::size_t end, GkrSums& given) {
    const E l = E::broadcast(lambda);
    sum_blocks(
        eq, begin, end, given, [&](std::size_t y, const E& scale, Sums& sums) __attribute__((always_inline)) {
          Place<typename Numerators::Numerator> low, high;
          get_pairs(in, 2 * y, low, high);
          sums.add(scale, low.nl, high.nl, low.dl, high.dl, l * low.dr + low.nr, l * high.dr + high.nr,
                   low.dr, high.dr);
        });
  }

  /// Places with a variable bound.
  struct Bound {
    E nl, dl, m, dr;
  };

  template <class Numerators>
  CAIRN_DEVICE static void fold_first(const Numerators& in, const GkrArrays& out, const Quintic& lambda,
                                      const Quintic& r, const EqSpan& eq, std::size_t begin, std::size_t end,
                                      GkrSums& given) {
    const E l = E::broadcast(lambda), factor = E::broadcast(r);
    fold_and_sum(
        [&](std::size_t at, Bound & place) __attribute__((always_inline)) {
          Place<typename Numerators::Numerator> low, high;
          get_pairs(in, 2 * at, low, high);
          place.nl = bound(factor, low.nl, high.nl);
          place.dl = bound(factor, low.dl, high.dl);
          place.dr = bound(factor, low.dr, high.dr);
          place.m = bound(factor, low.nr, high.nr) + l * place.dr;
        },
        out, eq, begin, end, given);
  }

  /// bind(y, places) gives places y … y + lanes - 1 with a variable bound.
  template <class Bind>
  CAIRN_DEVICE static void fold_and_sum(const Bind& bind, const GkrArrays& out, const EqSpan& eq,
                                        std::size_t begin, std::size_t end, GkrSums& given) {
    sum_blocks(
        eq, begin, end, given, [&](std::size_t y, const E& scale, Sums& sums) __attribute__((always_inline)) {
          for (const ExtSpan* to :
               {&out.left_numerator, &out.left_denominator, &out.m, &out.right_denominator}) {
            fetch<1>(*to, 2 * y + 2 * P::lanes);
          }
          Bound first, second;
          bind(2 * y, first);
          bind(2 * y + P::lanes, second);
          Bound low, high;
          E::unzip(first.nl, second.nl, low.nl, high.nl);
          E::unzip(first.dl, second.dl, low.dl, high.dl);
          E::unzip(first.m, second.m, low.m, high.m);
          E::unzip(first.dr, second.dr, low.dr, high.dr);
          put_pairs(out.left_numerator, y, low.nl, high.nl);
          put_pairs(out.left_denominator, y, low.dl, high.dl);
          put_pairs(out.m, y, low.m, high.m);
          put_pairs(out.right_denominator, y, low.dr, high.dr);
          sums.add(scale, low.nl, high.nl, low.dl, high.dl, low.m, high.m, low.dr, high.dr);
        });
  }
};

}  // namespace cairn::engine
