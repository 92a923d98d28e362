// Sixteen KoalaBears in one AVX-512 register. Only for files compiled with -mavx512f and its kin; see
// packed_scalar.h for the interface.
//
// Products are made of the even and the odd lanes apart, in 64 bits. With q = xy p^-1 mod 2^32, the lower halves of xy
// and of qp are equal, so the difference of the upper ones is xy / 2^32 mod p, in (-p, p).
#pragma once

#ifndef __AVX512F__
#error "compile with -mavx512f -mavx512dq -mavx512bw -mavx512vl"
#endif

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

struct PackedAvx512 {
  static constexpr std::size_t lanes = 16;
  __m512i v;

  CAIRN_DEVICE static PackedAvx512 load(const KoalaBear* from) { return {_mm512_loadu_si512(from)}; }
  CAIRN_DEVICE void store(KoalaBear* to) const { _mm512_storeu_si512(to, v); }
  CAIRN_DEVICE static PackedAvx512 broadcast(KoalaBear x) { return {_mm512_set1_epi32(static_cast<int>(x.raw()))}; }
  CAIRN_DEVICE static PackedAvx512 zero() { return {_mm512_setzero_si512()}; }

  CAIRN_DEVICE friend PackedAvx512 operator+(PackedAvx512 a, PackedAvx512 b) {
    const __m512i sum = _mm512_add_epi32(a.v, b.v);
    return {_mm512_min_epu32(sum, _mm512_sub_epi32(sum, p()))};
  }
  CAIRN_DEVICE friend PackedAvx512 operator-(PackedAvx512 a, PackedAvx512 b) {
    return {lift(_mm512_sub_epi32(a.v, b.v))};
  }
  CAIRN_DEVICE friend PackedAvx512 operator*(PackedAvx512 a, PackedAvx512 b) {
    const __m512i even = high_even(_mm512_mul_epu32(a.v, b.v));
    const __m512i odd = high_even(_mm512_mul_epu32(odd_lanes(a.v), odd_lanes(b.v)));
    return {lift(join(even, odd))};
  }
  CAIRN_DEVICE PackedAvx512 operator-() const {
    return {_mm512_maskz_sub_epi32(_mm512_test_epi32_mask(v, v), p(), v)};
  }
  CAIRN_DEVICE PackedAvx512 cube() const { return {lift(cube_signed(v))}; }
  CAIRN_DEVICE PackedAvx512 halve() const {
    const __m512i half = _mm512_srli_epi32(v, 1);
    const __mmask16 odd = _mm512_test_epi32_mask(v, _mm512_set1_epi32(1));
    return {_mm512_mask_add_epi32(half, odd, half, _mm512_set1_epi32(static_cast<int>((KoalaBear::modulus + 1) / 2)))};
  }
  template <int n>
  CAIRN_DEVICE PackedAvx512 divide_by_power() const {
    const __m512i low = _mm512_and_si512(v, _mm512_set1_epi32((1 << n) - 1));
    // low * 127 * 2^(24 - n), as two shifts
    const __m512i m = _mm512_sub_epi32(_mm512_slli_epi32(low, 31 - n), _mm512_slli_epi32(low, 24 - n));
    return {lift(_mm512_sub_epi32(_mm512_srli_epi32(v, n), m))};
  }
  CAIRN_DEVICE PackedAvx512 add_and_cube(KoalaBear c) const {
    // x + c - p is in [-p, p): the signed products take it as it is.
    const int constant = static_cast<int>(c.raw()) - static_cast<int>(KoalaBear::modulus);
    return {lift(cube_signed(_mm512_add_epi32(v, _mm512_set1_epi32(constant))))};
  }
  CAIRN_DEVICE static PackedAvx512 dot5(const PackedAvx512 (&a)[5], PackedAvx512 b0, PackedAvx512 b1, PackedAvx512 b2,
                                        PackedAvx512 b3, PackedAvx512 b4) {
    const __m512i even = dot5_even(a[0].v, a[1].v, a[2].v, a[3].v, a[4].v, b0.v, b1.v, b2.v, b3.v, b4.v);
    const __m512i odd = dot5_even(odd_lanes(a[0].v), odd_lanes(a[1].v), odd_lanes(a[2].v), odd_lanes(a[3].v),
                                  odd_lanes(a[4].v), odd_lanes(b0.v), odd_lanes(b1.v), odd_lanes(b2.v),
                                  odd_lanes(b3.v), odd_lanes(b4.v));
    return {lift(join(even, odd))};
  }
  /// As in packed_scalar.h. Even and odd lanes have sums of their own.
  class ProductSum {
   public:
    CAIRN_DEVICE void add(PackedAvx512 a, PackedAvx512 b) {
      even_ = take(_mm512_add_epi64(even_, _mm512_mul_epu32(a.v, b.v)));
      odd_ = take(_mm512_add_epi64(odd_, _mm512_mul_epu32(odd_lanes(a.v), odd_lanes(b.v))));
    }
    CAIRN_DEVICE void add(PackedAvx512 a, PackedAvx512 b, PackedAvx512 c, PackedAvx512 d) {
      const __m512i even = _mm512_add_epi64(_mm512_mul_epu32(a.v, b.v), _mm512_mul_epu32(c.v, d.v));
      const __m512i odd = _mm512_add_epi64(_mm512_mul_epu32(odd_lanes(a.v), odd_lanes(b.v)),
                                        _mm512_mul_epu32(odd_lanes(c.v), odd_lanes(d.v)));
      even_ = take(_mm512_add_epi64(even_, even));
      odd_ = take(_mm512_add_epi64(odd_, odd));
    }
    CAIRN_DEVICE PackedAvx512 reduce() const { return {lift(join(high_even(even_), high_even(odd_)))}; }

   private:
    /// Takes p from the upper halves that are at least p.
    CAIRN_DEVICE static __m512i take(__m512i sum) {
      const __m512i shifted = _mm512_set1_epi64(static_cast<long long>(std::uint64_t{KoalaBear::modulus} << 32));
      return _mm512_min_epu32(sum, _mm512_sub_epi32(sum, shifted));
    }
    __m512i even_ = _mm512_setzero_si512(), odd_ = _mm512_setzero_si512();
  };

  CAIRN_DEVICE KoalaBear sum() const {
    alignas(64) KoalaBear x[lanes];
    _mm512_store_si512(x, v);
    KoalaBear out = x[0];
    for (std::size_t i = 1; i < lanes; ++i) out += x[i];
    return out;
  }

  /// 16 by 16: element j of x[i] and element i of x[j] change places.
  CAIRN_DEVICE static void transpose_square(PackedAvx512 (&x)[16]) { transpose(x); }

  template <std::size_t W>
  CAIRN_DEVICE static void load_transposed(const KoalaBear* from, std::size_t step, PackedAvx512 (&out)[W]) {
    static_assert(W == 8 || W == 16);
    if constexpr (W == 16) {
      for (std::size_t i = 0; i < 16; ++i) out[i] = load(from + i * step);
      transpose(out);
    } else {
      __m512i x[8];  // rows i and i + 8
      for (std::size_t i = 0; i < 8; ++i) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i * step));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + (i + 8) * step));
        x[i] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
      }
      transpose_halves(x);
      for (std::size_t j = 0; j < 8; ++j) out[j].v = x[j];
    }
  }
  template <std::size_t W>
  CAIRN_DEVICE static void store_transposed(const PackedAvx512 (&in)[W], KoalaBear* to, std::size_t step) {
    static_assert(W == 8 || W == 16);
    if constexpr (W == 16) {
      PackedAvx512 x[16];
      for (std::size_t i = 0; i < 16; ++i) x[i] = in[i];
      transpose(x);
      for (std::size_t i = 0; i < 16; ++i) x[i].store(to + i * step);
    } else {
      __m512i x[8];
      for (std::size_t j = 0; j < 8; ++j) x[j] = in[j].v;
      transpose_halves(x);
      for (std::size_t i = 0; i < 8; ++i) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i * step), _mm512_castsi512_si256(x[i]));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + (i + 8) * step), _mm512_extracti64x4_epi64(x[i], 1));
      }
    }
  }

 private:
  CAIRN_DEVICE static __m512i p() { return _mm512_set1_epi32(static_cast<int>(KoalaBear::modulus)); }
  /// [-p, p) to [0, p): of x and x + p the one that is smaller without sign.
  CAIRN_DEVICE static __m512i lift(__m512i x) { return _mm512_min_epu32(x, _mm512_add_epi32(x, p())); }
  CAIRN_DEVICE static __m512i odd_lanes(__m512i x) {
    return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(x)));
  }
  /// The upper halves of the 64-bit lanes: those of `even` to the even lanes, those of `odd` to the odd ones.
  CAIRN_DEVICE static __m512i join(__m512i even, __m512i odd) {
    return _mm512_castps_si512(
        _mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
  }
  /// Of products below 2^32 p in 64-bit lanes: the quotient by 2^32 mod p, in (-p, p), in the upper halves.
  CAIRN_DEVICE static __m512i high_even(__m512i product) {
    const __m512i q = _mm512_mul_epu32(product, _mm512_set1_epi32(static_cast<int>(KoalaBear::montgomery_inverse)));
    return _mm512_sub_epi64(product, _mm512_mul_epu32(q, p()));
  }
  /// The same of products in (-2^31 p, 2^31 p), with q read as signed.
  CAIRN_DEVICE static __m512i high_even_signed(__m512i product) {
    const __m512i q = _mm512_mul_epu32(product, _mm512_set1_epi32(static_cast<int>(KoalaBear::montgomery_inverse)));
    return _mm512_sub_epi64(product, _mm512_mul_epi32(q, p()));
  }
  /// x^3 of even lanes in [-p, p), in (-p, p), in the upper halves.
  CAIRN_DEVICE static __m512i cube_even(__m512i x) {
    const __m512i square = high_even_signed(_mm512_mul_epi32(x, x));
    return high_even_signed(_mm512_mul_epi32(odd_lanes(square), x));
  }
  CAIRN_DEVICE static __m512i cube_signed(__m512i x) { return join(cube_even(x), cube_even(odd_lanes(x))); }

  /// Four products are below 2^64. Taking p from an upper half that is at least p leaves room for the fifth.
  CAIRN_DEVICE static __m512i dot5_even(__m512i a0, __m512i a1, __m512i a2, __m512i a3, __m512i a4, __m512i b0,
                                        __m512i b1, __m512i b2, __m512i b3, __m512i b4) {
    const __m512i shifted = _mm512_set1_epi64(static_cast<long long>(std::uint64_t{KoalaBear::modulus} << 32));
    __m512i sum = _mm512_add_epi64(_mm512_add_epi64(_mm512_mul_epu32(a0, b0), _mm512_mul_epu32(a1, b1)),
                                   _mm512_add_epi64(_mm512_mul_epu32(a2, b2), _mm512_mul_epu32(a3, b3)));
    sum = _mm512_min_epu32(sum, _mm512_sub_epi32(sum, shifted));
    sum = _mm512_add_epi64(sum, _mm512_mul_epu32(a4, b4));
    sum = _mm512_min_epu32(sum, _mm512_sub_epi32(sum, shifted));
    return high_even(sum);
  }

  /// 8 by 8 within each half: x[i] has row i in its lower half and row i + 8 in its upper one; after it, x[j] has
  /// element j of rows 0 … 7 and of rows 8 … 15. Its own inverse.
  CAIRN_DEVICE static void transpose_halves(__m512i (&x)[8]) {
    __m512i y[8];
    for (std::size_t i = 0; i < 8; i += 2) {
      y[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
      y[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
    }
    for (std::size_t i = 0; i < 8; i += 4) {
      x[i] = _mm512_unpacklo_epi64(y[i], y[i + 2]);
      x[i + 1] = _mm512_unpackhi_epi64(y[i], y[i + 2]);
      x[i + 2] = _mm512_unpacklo_epi64(y[i + 1], y[i + 3]);
      x[i + 3] = _mm512_unpackhi_epi64(y[i + 1], y[i + 3]);
    }
    const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const __m512i high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    for (std::size_t j = 0; j < 4; ++j) {
      y[j] = _mm512_permutex2var_epi64(x[j], low, x[j + 4]);
      y[j + 4] = _mm512_permutex2var_epi64(x[j], high, x[j + 4]);
    }
    for (std::size_t j = 0; j < 8; ++j) x[j] = y[j];
  }
  /// 16 by 16.
  CAIRN_DEVICE static void transpose(PackedAvx512 (&x)[16]) {
    __m512i a[8], b[8];  // elements 0 … 7 and 8 … 15 of rows i and i + 8
    for (std::size_t i = 0; i < 8; ++i) {
      a[i] = _mm512_shuffle_i64x2(x[i].v, x[i + 8].v, 0x44);
      b[i] = _mm512_shuffle_i64x2(x[i].v, x[i + 8].v, 0xee);
    }
    transpose_halves(a);
    transpose_halves(b);
    for (std::size_t i = 0; i < 8; ++i) {
      x[i].v = a[i];
      x[i + 8].v = b[i];
    }
  }
};

}  // namespace cairn::engine
