// What the packed types of vector registers have in common; packed_scalar.h says what they do. V names the
// registers and their instructions; a file per instruction set brings it, and what is special to its
// registers.
//
// Products are made of the even and the odd lanes apart, in 64 bits. With q = xy p^-1 mod 2^32, the lower
// halves of xy and of qp are equal, so the difference of the upper ones is xy / 2^32 mod p, in (-p, p).
#pragma once

#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

/// V has Register, lanes, load, store, set32, set64, zero; add32, sub32, min_u32, shift_left32,
/// shift_right32, and_; add64, sub64, mul_u32, mul_i32 (even lanes, 64 bits); odd_lanes (to the even ones);
/// join (upper halves: those of the first argument to the even lanes, of the second to the odd ones);
/// even_of, odd_of (of two registers, into one).
template <class Self, class V>
struct PackedVector {
  using R = typename V::Register;
  static constexpr std::size_t lanes = V::lanes;
  R v;

  CAIRN_DEVICE static Self load(const KoalaBear* from) { return {{V::load(from)}}; }
  CAIRN_DEVICE void store(KoalaBear* to) const { V::store(to, v); }
  CAIRN_DEVICE static Self broadcast(KoalaBear x) { return {{V::set32(x.raw())}}; }
  CAIRN_DEVICE static Self zero() { return {{V::zero()}}; }

  CAIRN_DEVICE friend Self operator+(Self a, Self b) {
    const R sum = V::add32(a.v, b.v);
    return {{V::min_u32(sum, V::sub32(sum, p()))}};
  }
  CAIRN_DEVICE friend Self operator-(Self a, Self b) { return {{lift(V::sub32(a.v, b.v))}}; }
  CAIRN_DEVICE friend Self operator*(Self a, Self b) {
    const R even = high_even(V::mul_u32(a.v, b.v));
    const R odd = high_even(V::mul_u32(V::odd_lanes(a.v), V::odd_lanes(b.v)));
    return {{lift(V::join(even, odd))}};
  }
  CAIRN_DEVICE Self operator-() const { return {{V::negate(v, p())}}; }
  CAIRN_DEVICE Self cube() const { return {{lift(cube_signed(v))}}; }
  CAIRN_DEVICE Self halve() const { return {{V::halve(v, V::set32((KoalaBear::modulus + 1) / 2))}}; }
  template <int n>
  CAIRN_DEVICE Self divide_by_power() const {
    const R low = V::and_(v, V::set32((1u << n) - 1));
    // low * 127 * 2^(24 - n), as two shifts
    const R m = V::sub32(V::template shift_left32<31 - n>(low), V::template shift_left32<24 - n>(low));
    return {{lift(V::sub32(V::template shift_right32<n>(v), m))}};
  }
  CAIRN_DEVICE Self add_and_cube(KoalaBear c) const {
    // x + c - p is in [-p, p): the signed products take it as it is.
    return {{lift(cube_signed(V::add32(v, V::set32(c.raw() - KoalaBear::modulus))))}};
  }
  CAIRN_DEVICE static Self dot5(const Self (&a)[5], Self b0, Self b1, Self b2, Self b3, Self b4) {
    const R even = dot5_even(a[0].v, a[1].v, a[2].v, a[3].v, a[4].v, b0.v, b1.v, b2.v, b3.v, b4.v);
    const R odd = dot5_even(V::odd_lanes(a[0].v), V::odd_lanes(a[1].v), V::odd_lanes(a[2].v),
                            V::odd_lanes(a[3].v), V::odd_lanes(a[4].v), V::odd_lanes(b0.v),
                            V::odd_lanes(b1.v), V::odd_lanes(b2.v), V::odd_lanes(b3.v), V::odd_lanes(b4.v));
    return {{lift(V::join(even, odd))}};
  }
  /// As in packed_scalar.h. Even and odd lanes have sums of their own.
  class ProductSum {
   public:
    CAIRN_DEVICE void add(Self a, Self b) {
      even_ = take(V::add64(even_, V::mul_u32(a.v, b.v)));
      odd_ = take(V::add64(odd_, V::mul_u32(V::odd_lanes(a.v), V::odd_lanes(b.v))));
    }
    CAIRN_DEVICE void add(Self a, Self b, Self c, Self d) {
      const R even = V::add64(V::mul_u32(a.v, b.v), V::mul_u32(c.v, d.v));
      const R odd = V::add64(V::mul_u32(V::odd_lanes(a.v), V::odd_lanes(b.v)),
                             V::mul_u32(V::odd_lanes(c.v), V::odd_lanes(d.v)));
      even_ = take(V::add64(even_, even));
      odd_ = take(V::add64(odd_, odd));
    }
    CAIRN_DEVICE Self reduce() const { return {{lift(V::join(high_even(even_), high_even(odd_)))}}; }

   private:
    R even_ = V::zero(), odd_ = V::zero();
  };

  CAIRN_DEVICE static void unzip(Self a, Self b, Self& even, Self& odd) {
    even.v = V::even_of(a.v, b.v);
    odd.v = V::odd_of(a.v, b.v);
  }
  CAIRN_DEVICE static void load_unzipped(const KoalaBear* from, Self& even, Self& odd) {
    unzip(load(from), load(from + lanes), even, odd);
  }

  CAIRN_DEVICE KoalaBear sum() const {
    alignas(64) KoalaBear x[lanes];
    store(x);
    KoalaBear out = x[0];
    for (std::size_t i = 1; i < lanes; ++i) out += x[i];
    return out;
  }

 private:
  CAIRN_DEVICE static R p() { return V::set32(KoalaBear::modulus); }
  /// [-p, p) to [0, p): of x and x + p the one that is smaller without sign.
  CAIRN_DEVICE static R lift(R x) { return V::min_u32(x, V::add32(x, p())); }
  /// Takes p from the upper halves that are at least p.
  CAIRN_DEVICE static R take(R sum) {
    return V::min_u32(sum, V::sub32(sum, V::set64(std::uint64_t{KoalaBear::modulus} << 32)));
  }
  /// Of products below 2^32 p in 64-bit lanes: the quotient by 2^32 mod p, in (-p, p), in the upper halves.
  CAIRN_DEVICE static R high_even(R product) {
    const R q = V::mul_u32(product, V::set32(KoalaBear::montgomery_inverse));
    return V::sub64(product, V::mul_u32(q, p()));
  }
  /// The same of products in (-2^31 p, 2^31 p), with q read as signed.
  CAIRN_DEVICE static R high_even_signed(R product) {
    const R q = V::mul_u32(product, V::set32(KoalaBear::montgomery_inverse));
    return V::sub64(product, V::mul_i32(q, p()));
  }
  /// x^3 of even lanes in [-p, p), in (-p, p), in the upper halves.
  CAIRN_DEVICE static R cube_even(R x) {
    const R square = high_even_signed(V::mul_i32(x, x));
    return high_even_signed(V::mul_i32(V::odd_lanes(square), x));
  }
  CAIRN_DEVICE static R cube_signed(R x) { return V::join(cube_even(x), cube_even(V::odd_lanes(x))); }

  /// Four products are below 2^64. Taking p from an upper half that is at least p leaves room for the fifth.
  CAIRN_DEVICE static R dot5_even(R a0, R a1, R a2, R a3, R a4, R b0, R b1, R b2, R b3, R b4) {
    const R four = V::add64(V::add64(V::mul_u32(a0, b0), V::mul_u32(a1, b1)),
                            V::add64(V::mul_u32(a2, b2), V::mul_u32(a3, b3)));
    return high_even(take(V::add64(take(four), V::mul_u32(a4, b4))));
  }
};

}  // namespace cairn::engine
