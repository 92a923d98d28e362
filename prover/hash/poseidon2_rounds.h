// Poseidon2 of width 16 over KoalaBear: shape, round constants and linear layers, for any type of element
// (scalars, SIMD lanes, columns of a constraint system).
//
// Poseidon2, ePrint 2023/323, with S-box x^3, 8 full and 20 partial rounds. The constants are those of
// Plonky3 (koala-bear/src/poseidon2.rs), which come from the Grain LFSR with field_type 1, alpha 3, n 31,
// t 16, R_F 8, R_P 20.
#pragma once

#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine::poseidon2 {

inline constexpr std::size_t width = 16;
inline constexpr std::size_t half_full_rounds = 4;
inline constexpr std::size_t partial_rounds = 20;

/// Canonical form: [round][element] of the full rounds before and after the partial ones, and of
/// element 0 in each partial round.
inline constexpr std::uint32_t initial_constants[half_full_rounds][width] = {
    {0x7ee56a48, 0x11367045, 0x12e41941, 0x7ebbc12b, 0x1970b7d5, 0x662b60e8, 0x3e4990c6, 0x679f91f5,
     0x350813bb, 0x00874ad4, 0x28a0081a, 0x18fa5872, 0x5f25b071, 0x5e5d5998, 0x5e6fd3e7, 0x5b2e2660},
    {0x6f1837bf, 0x3fe6182b, 0x1edd7ac5, 0x57470d00, 0x43d486d5, 0x1982c70f, 0x0ea53af9, 0x61d6165b,
     0x51639c00, 0x2dec352c, 0x2950e531, 0x2d2cb947, 0x08256cef, 0x1a0109f6, 0x1f51faf3, 0x5cef1c62},
    {0x3d65e50e, 0x33d91626, 0x133d5a1e, 0x0ff49b0d, 0x38900cd1, 0x2c22cc3f, 0x28852bb2, 0x06c65a02,
     0x7b2cf7bc, 0x68016e1a, 0x15e16bc0, 0x5248149a, 0x6dd212a0, 0x18d6830a, 0x5001be82, 0x64dac34e},
    {0x5902b287, 0x426583a0, 0x0c921632, 0x3fe028a5, 0x245f8e49, 0x43bb297e, 0x7873dbd9, 0x3cc987df,
     0x286bb4ce, 0x640a8dcd, 0x512a8e36, 0x03a4cf55, 0x481837a2, 0x03d6da84, 0x73726ac7, 0x760e7fdf},
};
inline constexpr std::uint32_t partial_constants[partial_rounds] = {
    0x54dfeb5d, 0x7d40afd6, 0x722cb316, 0x106a4573, 0x45a7ccdb, 0x44061375, 0x154077a5,
    0x45744faa, 0x4eb5e5ee, 0x3794e83f, 0x47c7093c, 0x5694903c, 0x69cb6299, 0x373df84c,
    0x46a0df58, 0x46b8758a, 0x3241ebcb, 0x0b09d233, 0x1af42357, 0x1e66cec2,
};
inline constexpr std::uint32_t final_constants[half_full_rounds][width] = {
    {0x43e7dc24, 0x259a5d61, 0x27e85a3b, 0x1b9133fa, 0x343e5628, 0x485cd4c2, 0x16e269f5, 0x165b60c6,
     0x25f683d9, 0x124f81f9, 0x174331f9, 0x77344dc5, 0x5a821dba, 0x5fc4177f, 0x54153bf5, 0x5e3f1194},
    {0x3bdbf191, 0x088c84a3, 0x68256c9b, 0x3c90bbc6, 0x6846166a, 0x03f4238d, 0x463335fb, 0x5e3d3551,
     0x6e59ae6f, 0x32d06cc0, 0x596293f3, 0x6c87edb2, 0x08fc60b5, 0x34bcca80, 0x24f007f3, 0x62731c6f},
    {0x1e1db6c6, 0x0ca409bb, 0x585c1e78, 0x56e94edc, 0x16d22734, 0x18e11467, 0x7b2c3730, 0x770075e4,
     0x35d1b18c, 0x22be3db5, 0x4fb1fbb7, 0x477cb3ed, 0x7d5311c6, 0x5b62ae7d, 0x559c5fa8, 0x77f15048},
    {0x3211570b, 0x490fef6a, 0x77ec311f, 0x2247171b, 0x4e0ac711, 0x2edf69c9, 0x3b5a8850, 0x65809421,
     0x5619b4aa, 0x362019a7, 0x6bf9d4ed, 0x5b413dff, 0x617e181e, 0x5e7ab57b, 0x33ad7833, 0x3466c7ca},
};

/// The internal layer is the matrix of ones plus this diagonal: -2, 1, 2, 1/2, 3, 4, -1/2, -3, -4, 2^-8,
/// 2^-3, 2^-24, -2^-8, -2^-3, -2^-4, -2^-24.
inline constexpr std::uint32_t internal_diagonal[width] = {
    0x7effffff, 0x00000001, 0x00000002, 0x3f800001, 0x00000003, 0x00000004, 0x3f800000, 0x7efffffe,
    0x7efffffd, 0x7e810001, 0x6f200001, 0x7effff82, 0x007f0000, 0x0fe00000, 0x07f00000, 0x0000007f};

/// The same as field elements.
struct RoundConstants {
  KoalaBear initial[half_full_rounds][width];
  KoalaBear partial[partial_rounds];
  KoalaBear final[half_full_rounds][width];
  KoalaBear diagonal[width];
};
constexpr RoundConstants round_constants() {
  RoundConstants out{};
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t r = 0; r < half_full_rounds; ++r) {
      out.initial[r][i] = KoalaBear::from(initial_constants[r][i]);
      out.final[r][i] = KoalaBear::from(final_constants[r][i]);
    }
    out.diagonal[i] = KoalaBear::from(internal_diagonal[i]);
  }
  for (std::size_t r = 0; r < partial_rounds; ++r) out.partial[r] = KoalaBear::from(partial_constants[r]);
  return out;
}
inline constexpr RoundConstants constants = round_constants();
#if defined(__CUDACC__)
static __device__ constexpr RoundConstants device_constants = round_constants();
#endif
/// The constants, where this code runs.
CAIRN_DEVICE constexpr const RoundConstants& table() {
#if defined(__CUDA_ARCH__)
  return device_constants;
#else
  return constants;
#endif
}

/// (2 3 1 1; 1 2 3 1; 1 1 2 3; 3 1 1 2) times four elements.
template <class T>
CAIRN_DEVICE constexpr void multiply_by_m4(T* x) {
  const T ab = x[0] + x[1], cd = x[2] + x[3], all = ab + cd;
  const T b = all + x[1], d = all + x[3];
  const T first = b + ab, third = d + cd;
  const T a2 = x[0] + x[0], c2 = x[2] + x[2];
  x[0] = first;
  x[1] = b + c2;
  x[2] = third;
  x[3] = d + a2;
}

/// The layer before the first round and after each full round: circ(2 M4, M4, M4, M4).
template <class T>
CAIRN_DEVICE constexpr void external_layer(T (&x)[width]) {
  for (std::size_t i = 0; i < width; i += 4) multiply_by_m4(x + i);
  for (std::size_t j = 0; j < 4; ++j) {
    const T sum = (x[j] + x[j + 4]) + (x[j + 8] + x[j + 12]);
    for (std::size_t i = j; i < width; i += 4) x[i] = x[i] + sum;
  }
}

/// The layer after each partial round. T can be multiplied by a KoalaBear from the right.
template <class T>
CAIRN_DEVICE constexpr void internal_layer(T (&x)[width]) {
  T sum = x[0];
  for (std::size_t i = 1; i < width; ++i) sum = sum + x[i];
  for (std::size_t i = 0; i < width; ++i) x[i] = x[i] * table().diagonal[i] + sum;
}

}  // namespace cairn::engine::poseidon2
