// Eight KoalaBears in one AVX2 register. Only for files compiled with -mavx2; see packed_scalar.h for the
// interface and packed_avx512.h for how products are reduced.
#pragma once

#ifndef __AVX2__
#error "compile with -mavx2"
#endif

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

struct PackedAvx2 {
  static constexpr std::size_t lanes = 8;
  __m256i v;

  CAIRN_DEVICE static PackedAvx2 load(const KoalaBear* from) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))};
  }
  CAIRN_DEVICE void store(KoalaBear* to) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), v); }
  CAIRN_DEVICE static PackedAvx2 broadcast(KoalaBear x) { return {_mm256_set1_epi32(static_cast<int>(x.raw()))}; }
  CAIRN_DEVICE static PackedAvx2 zero() { return {_mm256_setzero_si256()}; }

  CAIRN_DEVICE friend PackedAvx2 operator+(PackedAvx2 a, PackedAvx2 b) {
    const __m256i sum = _mm256_add_epi32(a.v, b.v);
    return {_mm256_min_epu32(sum, _mm256_sub_epi32(sum, p()))};
  }
  CAIRN_DEVICE friend PackedAvx2 operator-(PackedAvx2 a, PackedAvx2 b) { return {lift(_mm256_sub_epi32(a.v, b.v))}; }
  CAIRN_DEVICE friend PackedAvx2 operator*(PackedAvx2 a, PackedAvx2 b) {
    const __m256i even = high_even(_mm256_mul_epu32(a.v, b.v));
    const __m256i odd = high_even(_mm256_mul_epu32(odd_lanes(a.v), odd_lanes(b.v)));
    return {lift(join(even, odd))};
  }
  CAIRN_DEVICE PackedAvx2 operator-() const { return {lift(_mm256_sub_epi32(_mm256_setzero_si256(), v))}; }
  CAIRN_DEVICE PackedAvx2 cube() const { return {lift(cube_signed(v))}; }
  CAIRN_DEVICE PackedAvx2 halve() const {
    const __m256i odd = _mm256_srai_epi32(_mm256_slli_epi32(v, 31), 31);
    const __m256i half = _mm256_set1_epi32((KoalaBear::modulus + 1) / 2);
    return {_mm256_add_epi32(_mm256_srli_epi32(v, 1), _mm256_and_si256(odd, half))};
  }
  template <int n>
  CAIRN_DEVICE PackedAvx2 divide_by_power() const {
    const __m256i low = _mm256_and_si256(v, _mm256_set1_epi32((1 << n) - 1));
    const __m256i m = _mm256_sub_epi32(_mm256_slli_epi32(low, 31 - n), _mm256_slli_epi32(low, 24 - n));
    return {lift(_mm256_sub_epi32(_mm256_srli_epi32(v, n), m))};
  }
  CAIRN_DEVICE PackedAvx2 add_and_cube(KoalaBear c) const {
    const int constant = static_cast<int>(c.raw()) - static_cast<int>(KoalaBear::modulus);
    return {lift(cube_signed(_mm256_add_epi32(v, _mm256_set1_epi32(constant))))};
  }
  CAIRN_DEVICE static PackedAvx2 dot5(const PackedAvx2 (&a)[5], PackedAvx2 b0, PackedAvx2 b1, PackedAvx2 b2, PackedAvx2 b3,
                                      PackedAvx2 b4) {
    const __m256i even = dot5_even(a[0].v, a[1].v, a[2].v, a[3].v, a[4].v, b0.v, b1.v, b2.v, b3.v, b4.v);
    const __m256i odd = dot5_even(odd_lanes(a[0].v), odd_lanes(a[1].v), odd_lanes(a[2].v), odd_lanes(a[3].v),
                                  odd_lanes(a[4].v), odd_lanes(b0.v), odd_lanes(b1.v), odd_lanes(b2.v),
                                  odd_lanes(b3.v), odd_lanes(b4.v));
    return {lift(join(even, odd))};
  }
  /// As in packed_scalar.h. Even and odd lanes have sums of their own.
  class ProductSum {
   public:
    CAIRN_DEVICE void add(PackedAvx2 a, PackedAvx2 b) {
      even_ = take(_mm256_add_epi64(even_, _mm256_mul_epu32(a.v, b.v)));
      odd_ = take(_mm256_add_epi64(odd_, _mm256_mul_epu32(odd_lanes(a.v), odd_lanes(b.v))));
    }
    CAIRN_DEVICE void add(PackedAvx2 a, PackedAvx2 b, PackedAvx2 c, PackedAvx2 d) {
      const __m256i even = _mm256_add_epi64(_mm256_mul_epu32(a.v, b.v), _mm256_mul_epu32(c.v, d.v));
      const __m256i odd = _mm256_add_epi64(_mm256_mul_epu32(odd_lanes(a.v), odd_lanes(b.v)),
                                        _mm256_mul_epu32(odd_lanes(c.v), odd_lanes(d.v)));
      even_ = take(_mm256_add_epi64(even_, even));
      odd_ = take(_mm256_add_epi64(odd_, odd));
    }
    CAIRN_DEVICE PackedAvx2 reduce() const { return {lift(join(high_even(even_), high_even(odd_)))}; }

   private:
    /// Takes p from the upper halves that are at least p.
    CAIRN_DEVICE static __m256i take(__m256i sum) {
      const __m256i shifted = _mm256_set1_epi64x(static_cast<long long>(std::uint64_t{KoalaBear::modulus} << 32));
      return _mm256_min_epu32(sum, _mm256_sub_epi32(sum, shifted));
    }
    __m256i even_ = _mm256_setzero_si256(), odd_ = _mm256_setzero_si256();
  };

  CAIRN_DEVICE KoalaBear sum() const {
    alignas(32) KoalaBear x[lanes];
    _mm256_store_si256(reinterpret_cast<__m256i*>(x), v);
    KoalaBear out = x[0];
    for (std::size_t i = 1; i < lanes; ++i) out += x[i];
    return out;
  }

  CAIRN_DEVICE static void transpose_square(PackedAvx2 (&x)[8]) { transpose(x); }

  template <std::size_t W>
  CAIRN_DEVICE static void load_transposed(const KoalaBear* from, std::size_t step, PackedAvx2 (&out)[W]) {
    static_assert(W % 8 == 0);
    for (std::size_t j = 0; j < W; j += 8) {
      for (std::size_t i = 0; i < 8; ++i) out[j + i] = load(from + i * step + j);
      transpose(out + j);
    }
  }
  template <std::size_t W>
  CAIRN_DEVICE static void store_transposed(const PackedAvx2 (&in)[W], KoalaBear* to, std::size_t step) {
    static_assert(W % 8 == 0);
    for (std::size_t j = 0; j < W; j += 8) {
      PackedAvx2 x[8];
      for (std::size_t i = 0; i < 8; ++i) x[i] = in[j + i];
      transpose(x);
      for (std::size_t i = 0; i < 8; ++i) x[i].store(to + i * step + j);
    }
  }

 private:
  CAIRN_DEVICE static __m256i p() { return _mm256_set1_epi32(KoalaBear::modulus); }
  CAIRN_DEVICE static __m256i lift(__m256i x) { return _mm256_min_epu32(x, _mm256_add_epi32(x, p())); }
  CAIRN_DEVICE static __m256i odd_lanes(__m256i x) {
    return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(x)));
  }
  CAIRN_DEVICE static __m256i join(__m256i even, __m256i odd) { return _mm256_blend_epi32(odd_lanes(even), odd, 0xaa); }
  CAIRN_DEVICE static __m256i high_even(__m256i product) {
    const __m256i q = _mm256_mul_epu32(product, _mm256_set1_epi32(static_cast<int>(KoalaBear::montgomery_inverse)));
    return _mm256_sub_epi64(product, _mm256_mul_epu32(q, p()));
  }
  CAIRN_DEVICE static __m256i high_even_signed(__m256i product) {
    const __m256i q = _mm256_mul_epu32(product, _mm256_set1_epi32(static_cast<int>(KoalaBear::montgomery_inverse)));
    return _mm256_sub_epi64(product, _mm256_mul_epi32(q, p()));
  }
  CAIRN_DEVICE static __m256i cube_even(__m256i x) {
    const __m256i square = high_even_signed(_mm256_mul_epi32(x, x));
    return high_even_signed(_mm256_mul_epi32(odd_lanes(square), x));
  }
  CAIRN_DEVICE static __m256i cube_signed(__m256i x) { return join(cube_even(x), cube_even(odd_lanes(x))); }

  CAIRN_DEVICE static __m256i dot5_even(__m256i a0, __m256i a1, __m256i a2, __m256i a3, __m256i a4, __m256i b0,
                                        __m256i b1, __m256i b2, __m256i b3, __m256i b4) {
    const __m256i shifted = _mm256_set1_epi64x(static_cast<long long>(std::uint64_t{KoalaBear::modulus} << 32));
    __m256i sum = _mm256_add_epi64(_mm256_add_epi64(_mm256_mul_epu32(a0, b0), _mm256_mul_epu32(a1, b1)),
                                   _mm256_add_epi64(_mm256_mul_epu32(a2, b2), _mm256_mul_epu32(a3, b3)));
    sum = _mm256_min_epu32(sum, _mm256_sub_epi32(sum, shifted));
    sum = _mm256_add_epi64(sum, _mm256_mul_epu32(a4, b4));
    sum = _mm256_min_epu32(sum, _mm256_sub_epi32(sum, shifted));
    return high_even(sum);
  }

  /// 8 by 8.
  CAIRN_DEVICE static void transpose(PackedAvx2* x) {
    __m256i y[8], z[8];
    for (std::size_t i = 0; i < 8; i += 2) {
      y[i] = _mm256_unpacklo_epi32(x[i].v, x[i + 1].v);
      y[i + 1] = _mm256_unpackhi_epi32(x[i].v, x[i + 1].v);
    }
    for (std::size_t i = 0; i < 8; i += 4) {
      z[i] = _mm256_unpacklo_epi64(y[i], y[i + 2]);
      z[i + 1] = _mm256_unpackhi_epi64(y[i], y[i + 2]);
      z[i + 2] = _mm256_unpacklo_epi64(y[i + 1], y[i + 3]);
      z[i + 3] = _mm256_unpackhi_epi64(y[i + 1], y[i + 3]);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      x[j].v = _mm256_permute2x128_si256(z[j], z[j + 4], 0x20);
      x[j + 4].v = _mm256_permute2x128_si256(z[j], z[j + 4], 0x31);
    }
  }
};

}  // namespace cairn::engine
