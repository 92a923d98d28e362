// Eight KoalaBears in one AVX2 register. Only for files compiled with -mavx2; see packed_scalar.h for the
// interface and packed_vector.h for the arithmetic.
#pragma once

#ifndef __AVX2__
#error "compile with -mavx2"
#endif

#include <immintrin.h>

#include "prover/field/packed_vector.h"

namespace cairn::engine {

/// The instructions that PackedVector is made of.
struct Avx2 {
  using Register = __m256i;
  static constexpr std::size_t lanes = 8;

  CAIRN_DEVICE static __m256i load(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  CAIRN_DEVICE static void store(void* to, __m256i x) { _mm256_storeu_si256(static_cast<__m256i*>(to), x); }
  CAIRN_DEVICE static __m256i set32(std::uint32_t x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  CAIRN_DEVICE static __m256i set64(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  CAIRN_DEVICE static __m256i zero() { return _mm256_setzero_si256(); }
  CAIRN_DEVICE static __m256i add32(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }
  CAIRN_DEVICE static __m256i sub32(__m256i a, __m256i b) { return _mm256_sub_epi32(a, b); }
  CAIRN_DEVICE static __m256i min_u32(__m256i a, __m256i b) { return _mm256_min_epu32(a, b); }
  CAIRN_DEVICE static __m256i and_(__m256i a, __m256i b) { return _mm256_and_si256(a, b); }
  template <int n>
  CAIRN_DEVICE static __m256i shift_left32(__m256i x) {
    return _mm256_slli_epi32(x, n);
  }
  template <int n>
  CAIRN_DEVICE static __m256i shift_right32(__m256i x) {
    return _mm256_srli_epi32(x, n);
  }
  CAIRN_DEVICE static __m256i add64(__m256i a, __m256i b) { return _mm256_add_epi64(a, b); }
  CAIRN_DEVICE static __m256i sub64(__m256i a, __m256i b) { return _mm256_sub_epi64(a, b); }
  CAIRN_DEVICE static __m256i mul_u32(__m256i a, __m256i b) { return _mm256_mul_epu32(a, b); }
  CAIRN_DEVICE static __m256i mul_i32(__m256i a, __m256i b) { return _mm256_mul_epi32(a, b); }
  CAIRN_DEVICE static __m256i odd_lanes(__m256i x) {
    return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(x)));
  }
  CAIRN_DEVICE static __m256i join(__m256i even, __m256i odd) {
    return _mm256_blend_epi32(odd_lanes(even), odd, 0xaa);
  }
  CAIRN_DEVICE static __m256i even_of(__m256i a, __m256i b) { return chosen_of<0x88>(a, b); }
  CAIRN_DEVICE static __m256i odd_of(__m256i a, __m256i b) { return chosen_of<0xdd>(a, b); }
  /// Two lanes of each half of a, then of b.
  template <int lanes_of_halves>
  CAIRN_DEVICE static __m256i chosen_of(__m256i a, __m256i b) {
    const __m256 halves = _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), lanes_of_halves);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(halves), 0xd8);
  }
  /// p - x, or 0 for 0.
  CAIRN_DEVICE static __m256i negate(__m256i x, __m256i p) {
    const __m256i minus = sub32(zero(), x);
    return min_u32(minus, add32(minus, p));
  }
  /// x / 2, plus `half` where x is odd.
  CAIRN_DEVICE static __m256i halve(__m256i x, __m256i half) {
    const __m256i odd = _mm256_srai_epi32(_mm256_slli_epi32(x, 31), 31);
    return _mm256_add_epi32(_mm256_srli_epi32(x, 1), _mm256_and_si256(odd, half));
  }
};

struct PackedAvx2 : PackedVector<PackedAvx2, Avx2> {
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
