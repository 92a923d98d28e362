// The bodies of the product kernels for one packed type P. Included by the files
// product_kernels_*.cpp alone.
#pragma once

#include "prover/field/packed_quintic.h"
#include "prover/pcs/product_kernels.h"

namespace cairn::engine {

/// File is the packed type of the file that is compiled: it keeps the code for the elements behind
/// the last full vector apart from that of other files, which may run on other CPUs.
template <class P, class File = P>
struct ProductLanes {
  using E = PackedQuintic<P>;
  using Sum = typename P::ProductSum;
  static constexpr std::size_t degree = Quintic::degree;

  using Rest = ProductLanes<PackedScalar, File>;

  static ProductSums round_base(const KoalaBear* p, std::size_t p_half, const KoalaBear* w,
                                std::size_t w_stride, std::size_t w_half, std::size_t n) {
    Sum at_zero[degree], leading[degree];
    std::size_t i = 0;
    // Two products are added before each reduction.
    for (; i + 2 * P::lanes <= n; i += 2 * P::lanes) {
      const P p0 = P::load(p + i), p1 = P::load(p + i + P::lanes);
      const P d0 = P::load(p + p_half + i) - p0, d1 = P::load(p + p_half + i + P::lanes) - p1;
#pragma GCC unroll 5
      for (std::size_t c = 0; c < degree; ++c) {
        const KoalaBear* wc = w + c * w_stride + i;
        const P w0 = P::load(wc), w1 = P::load(wc + P::lanes);
        at_zero[c].add(p0, w0, p1, w1);
        leading[c].add(d0, P::load(wc + w_half) - w0, d1, P::load(wc + w_half + P::lanes) - w1);
      }
    }
    ProductSums out;
    for (std::size_t c = 0; c < degree; ++c) {
      out.at_zero.c[c] = at_zero[c].reduce().sum();
      out.leading.c[c] = leading[c].reduce().sum();
    }
    if constexpr (P::lanes > 1) {
      if (i < n) out = out + Rest::round_base(p + i, p_half, w + i, w_stride, w_half, n - i);
    } else if (i < n) {
      add(out, Quintic::from(p[i]), Quintic::from(p[p_half + i]), at(w, w_stride, i),
          at(w, w_stride, w_half + i));
    }
    return out;
  }

  static ProductSums round_ext(const KoalaBear* p, std::size_t p_stride, const KoalaBear* w,
                               std::size_t w_stride, std::size_t half, std::size_t n) {
    E at_zero = E::zero(), leading = E::zero();
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) {
      const E p0 = E::load(p, p_stride, i), w0 = E::load(w, w_stride, i);
      at_zero += p0 * w0;
      leading += (E::load(p + half, p_stride, i) - p0) * (E::load(w + half, w_stride, i) - w0);
    }
    ProductSums out{at_zero.sum(), leading.sum()};
    if constexpr (P::lanes > 1) {
      if (i < n) out = out + Rest::round_ext(p + i, p_stride, w + i, w_stride, half, n - i);
    }
    return out;
  }

  static ProductSums fold_round(KoalaBear* p, std::size_t p_stride, KoalaBear* w, std::size_t w_stride,
                                std::size_t quarter, const Quintic& r, std::size_t n) {
    const E factor = E::broadcast(r);
    E at_zero = E::zero(), leading = E::zero();
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) {
      const E p0 = fold_ext(p, p_stride, i, 2 * quarter, factor);
      const E p1 = fold_ext(p, p_stride, quarter + i, 2 * quarter, factor);
      const E w0 = fold_ext(w, w_stride, i, 2 * quarter, factor);
      const E w1 = fold_ext(w, w_stride, quarter + i, 2 * quarter, factor);
      p0.store(p, p_stride, i);
      p1.store(p, p_stride, quarter + i);
      w0.store(w, w_stride, i);
      w1.store(w, w_stride, quarter + i);
      at_zero += p0 * w0;
      leading += (p1 - p0) * (w1 - w0);
    }
    ProductSums sums{at_zero.sum(), leading.sum()};
    if constexpr (P::lanes > 1) {
      if (i < n) sums = sums + Rest::fold_round(p + i, p_stride, w + i, w_stride, quarter, r, n - i);
    }
    return sums;
  }

  static void products(const KoalaBear* a, std::size_t a_stride, const KoalaBear* b, std::size_t b_step,
                       std::size_t count, bool add, KoalaBear* out, std::size_t out_stride, std::size_t n) {
    for (std::size_t i = 0; i < n; i += P::lanes) {
      Sum sums[degree];
      for (std::size_t q = 0; q < count; q += 2) {
        const P b0 = P::load(b + q * b_step + i), b1 = P::load(b + (q + 1) * b_step + i);
#pragma GCC unroll 5
        for (std::size_t c = 0; c < degree; ++c) {
          const KoalaBear* ac = a + c * a_stride + q;
          sums[c].add(P::broadcast(ac[0]), b0, P::broadcast(ac[1]), b1);
        }
      }
      for (std::size_t c = 0; c < degree; ++c) {
        KoalaBear* oc = out + c * out_stride + i;
        const P sum = sums[c].reduce();
        (add ? P::load(oc) + sum : sum).store(oc);
      }
    }
  }

 private:
  CAIRN_DEVICE static E fold_ext(const KoalaBear* x, std::size_t stride, std::size_t i, std::size_t half,
                                 const E& r) {
    const E low = E::load(x, stride, i);
    return low + (E::load(x + half, stride, i) - low) * r;
  }
  CAIRN_DEVICE static Quintic at(const KoalaBear* x, std::size_t stride, std::size_t i) {
    return {{x[i], x[stride + i], x[2 * stride + i], x[3 * stride + i], x[4 * stride + i]}};
  }
  CAIRN_DEVICE static void add(ProductSums& to, const Quintic& p0, const Quintic& p1, const Quintic& w0,
                               const Quintic& w1) {
    to.at_zero += p0 * w0;
    to.leading += (p1 - p0) * (w1 - w0);
  }
};

template <class P>
constexpr ProductKernels product_kernels_of() {
  using L = ProductLanes<P>;
  return {L::round_base, L::round_ext, L::fold_round, L::products};
}

}  // namespace cairn::engine
