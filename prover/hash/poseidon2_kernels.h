// Poseidon2 on many inputs at once, one input per SIMD lane. Equal to the scalar functions of poseidon2.h
// bit for bit, on every instruction set.
#pragma once

#include <cstddef>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

struct HashKernels {
  /// Permutes n states of 16 elements, one behind the other, in place.
  void (*permute)(KoalaBear* states, std::size_t n);
  /// digests[8 i …] = node of the digests at pairs[16 i …] and pairs[16 i + 8 …], for i < n. The two may
  /// overlap only when digests == pairs.
  void (*nodes)(const KoalaBear* pairs, std::size_t n, KoalaBear* digests);
  /// digests[8 i …] = leaf of the `width` elements at rows[stride i …], for i < n. Those from `active` on
  /// must be zero: their hashing is done once for all rows. Requires width a multiple of 8, active <= width.
  void (*leaves)(const KoalaBear* rows, std::size_t stride, std::size_t width, std::size_t active,
                 std::size_t n, KoalaBear* digests);
};

const HashKernels& hash_kernels();

extern const HashKernels hash_kernels_scalar, hash_kernels_avx2, hash_kernels_avx512;

}  // namespace cairn::engine
