// Sixteen KoalaBears in one AVX-512 register. Only for files compiled with -mavx512f and its kin; see
// packed_scalar.h for the interface and packed_vector.h for the arithmetic.
#pragma once

#ifndef __AVX512F__
#error "compile with -mavx512f -mavx512dq -mavx512bw -mavx512vl"
#endif

#include <immintrin.h>

#include "prover/field/packed_vector.h"

namespace cairn::engine {

/// The instructions that PackedVector is made of.
struct Avx512 {
  using Register = __m512i;
  static constexpr std::size_t lanes = 16;

  CAIRN_DEVICE static __m512i load(const void* from) { return _mm512_loadu_si512(from); }
  CAIRN_DEVICE static void store(void* to, __m512i x) { _mm512_storeu_si512(to, x); }
  CAIRN_DEVICE static __m512i set32(std::uint32_t x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  CAIRN_DEVICE static __m512i set64(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  CAIRN_DEVICE static __m512i zero() { return _mm512_setzero_si512(); }
  CAIRN_DEVICE static __m512i add32(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
  CAIRN_DEVICE static __m512i sub32(__m512i a, __m512i b) { return _mm512_sub_epi32(a, b); }
  CAIRN_DEVICE static __m512i min_u32(__m512i a, __m512i b) { return _mm512_min_epu32(a, b); }
  CAIRN_DEVICE static __m512i and_(__m512i a, __m512i b) { return _mm512_and_si512(a, b); }
  template <int n>
  CAIRN_DEVICE static __m512i shift_left32(__m512i x) {
    return _mm512_slli_epi32(x, n);
  }
  template <int n>
  CAIRN_DEVICE static __m512i shift_right32(__m512i x) {
    return _mm512_srli_epi32(x, n);
  }
  CAIRN_DEVICE static __m512i add64(__m512i a, __m512i b) { return _mm512_add_epi64(a, b); }
  CAIRN_DEVICE static __m512i sub64(__m512i a, __m512i b) { return _mm512_sub_epi64(a, b); }
  CAIRN_DEVICE static __m512i mul_u32(__m512i a, __m512i b) { return _mm512_mul_epu32(a, b); }
  CAIRN_DEVICE static __m512i mul_i32(__m512i a, __m512i b) { return _mm512_mul_epi32(a, b); }
  CAIRN_DEVICE static __m512i odd_lanes(__m512i x) {
    return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(x)));
  }
  CAIRN_DEVICE static __m512i join(__m512i even, __m512i odd) {
    return _mm512_castps_si512(
        _mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
  }
  CAIRN_DEVICE static __m512i even_of(__m512i a, __m512i b) {
    return _mm512_permutex2var_epi32(
        a, _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), b);
  }
  CAIRN_DEVICE static __m512i odd_of(__m512i a, __m512i b) {
    return _mm512_permutex2var_epi32(
        a, _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), b);
  }
  /// p - x, or 0 for 0.
  CAIRN_DEVICE static __m512i negate(__m512i x, __m512i p) {
    return _mm512_maskz_sub_epi32(_mm512_test_epi32_mask(x, x), p, x);
  }
  /// x / 2, plus `half` where x is odd.
  CAIRN_DEVICE static __m512i halve(__m512i x, __m512i half) {
    const __m512i shifted = _mm512_srli_epi32(x, 1);
    return _mm512_mask_add_epi32(shifted, _mm512_test_epi32_mask(x, _mm512_set1_epi32(1)), shifted, half);
  }
};

struct PackedAvx512 : PackedVector<PackedAvx512, Avx512> {
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
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + (i + 8) * step),
                            _mm512_extracti64x4_epi64(x[i], 1));
      }
    }
  }

 private:
  /// 8 by 8 within each half: x[i] has row i in its lower half and row i + 8 in its upper one; after it, x[j]
  /// has element j of rows 0 … 7 and of rows 8 … 15. Its own inverse.
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
