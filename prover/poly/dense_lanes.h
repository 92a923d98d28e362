// The bodies of the dense kernels for one packed type P. Included by the files dense_kernels_*.cpp alone.
#pragma once

#include "prover/field/packed_quintic.h"
#include "prover/poly/dense_kernels.h"

namespace cairn::engine {

template <class P>
struct DenseLanes {
  using E = PackedQuintic<P>;
  using One = PackedQuintic<PackedScalar>;

  static void scale(const KoalaBear* x, std::size_t x_stride, const Quintic& s, KoalaBear* out,
                    std::size_t out_stride, std::size_t n) {
    const E factor = E::broadcast(s);
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) (E::load(x, x_stride, i) * factor).store(out, out_stride, i);
    for (; i < n; ++i) (One::load(x, x_stride, i) * One::broadcast(s)).store(out, out_stride, i);
  }

  static void scale_add(const KoalaBear* x, std::size_t x_stride, const Quintic& s, KoalaBear* out,
                        std::size_t out_stride, std::size_t n) {
    const E factor = E::broadcast(s);
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) {
      (E::load(out, out_stride, i) + E::load(x, x_stride, i) * factor).store(out, out_stride, i);
    }
    for (; i < n; ++i) {
      (One::load(out, out_stride, i) + One::load(x, x_stride, i) * One::broadcast(s))
          .store(out, out_stride, i);
    }
  }

  static void fold_base(const KoalaBear* low, const KoalaBear* high, const Quintic& r, KoalaBear* out,
                        std::size_t out_stride, std::size_t n) {
    const E factor = E::broadcast(r);
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) {
      const P a = P::load(low + i);
      (factor * (P::load(high + i) - a) + a).store(out, out_stride, i);
    }
    for (; i < n; ++i) {
      const PackedScalar a = PackedScalar::load(low + i);
      (One::broadcast(r) * (PackedScalar::load(high + i) - a) + a).store(out, out_stride, i);
    }
  }

  static void fold_ext(KoalaBear* x, std::size_t stride, std::size_t half, const Quintic& r, std::size_t n) {
    const E factor = E::broadcast(r);
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) {
      const E a = E::load(x, stride, i);
      (a + (E::load(x + half, stride, i) - a) * factor).store(x, stride, i);
    }
    for (; i < n; ++i) {
      const One a = One::load(x, stride, i);
      (a + (One::load(x + half, stride, i) - a) * One::broadcast(r)).store(x, stride, i);
    }
  }

  static Quintic dot_base(const KoalaBear* a, const KoalaBear* b, std::size_t b_stride, std::size_t n) {
    E sum = E::zero();
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) sum += E::load(b, b_stride, i) * P::load(a + i);
    One rest = One::broadcast(sum.sum());
    for (; i < n; ++i) rest += One::load(b, b_stride, i) * PackedScalar::load(a + i);
    return rest.sum();
  }

  static Quintic dot_ext(const KoalaBear* a, std::size_t a_stride, const KoalaBear* b, std::size_t b_stride,
                         std::size_t n) {
    E sum = E::zero();
    std::size_t i = 0;
    for (; i + P::lanes <= n; i += P::lanes) sum += E::load(a, a_stride, i) * E::load(b, b_stride, i);
    One rest = One::broadcast(sum.sum());
    for (; i < n; ++i) rest += One::load(a, a_stride, i) * One::load(b, b_stride, i);
    return rest.sum();
  }
};

}  // namespace cairn::engine
