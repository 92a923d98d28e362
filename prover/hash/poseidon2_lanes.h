// The bodies of the hash kernels for one packed type P. Included by the files poseidon2_kernels_*.cpp alone.
#pragma once

#include "prover/field/packed_scalar.h"
#include "prover/hash/poseidon2_kernels.h"
#include "prover/hash/poseidon2_rounds.h"

namespace cairn::engine {

template <class P>
struct Poseidon2Lanes {
  CAIRN_DEVICE static void full_rounds(P (&x)[16],
                                       const KoalaBear (&rounds)[poseidon2::half_full_rounds][16]) {
    for (const auto& round : rounds) {
#pragma GCC unroll 16
      for (std::size_t i = 0; i < 16; ++i) x[i] = x[i].add_and_cube(round[i]);
      poseidon2::external_layer(x);
    }
  }

  /// poseidon2::internal_layer with the products by its diagonal written as sums and shifts.
  CAIRN_DEVICE static void partial_round(P (&x)[16], KoalaBear constant) {
    // The sum of the others does not wait for the S-box.
    const P others = (((x[1] + x[2]) + (x[3] + x[4])) + ((x[5] + x[6]) + (x[7] + x[8]))) +
                     (((x[9] + x[10]) + (x[11] + x[12])) + ((x[13] + x[14]) + x[15]));
    x[0] = x[0].add_and_cube(constant);
    const P sum = others + x[0];
    x[0] = others - x[0];
    x[1] = sum + x[1];
    x[2] = sum + (x[2] + x[2]);
    x[3] = sum + x[3].halve();
    x[4] = sum + ((x[4] + x[4]) + x[4]);
    x[5] = x[5] + x[5];
    x[5] = sum + (x[5] + x[5]);
    x[6] = sum - x[6].halve();
    x[7] = sum - ((x[7] + x[7]) + x[7]);
    x[8] = x[8] + x[8];
    x[8] = sum - (x[8] + x[8]);
    x[9] = sum + x[9].template divide_by_power<8>();
    x[10] = sum + x[10].template divide_by_power<3>();
    x[11] = sum + x[11].template divide_by_power<24>();
    x[12] = sum - x[12].template divide_by_power<8>();
    x[13] = sum - x[13].template divide_by_power<3>();
    x[14] = sum - x[14].template divide_by_power<4>();
    x[15] = sum - x[15].template divide_by_power<24>();
  }

  [[gnu::noinline]] static void permute(P (&state)[16]) {
    P x[16];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) x[i] = state[i];
    poseidon2::external_layer(x);
    full_rounds(x, poseidon2::constants.initial);
    for (const KoalaBear constant : poseidon2::constants.partial) partial_round(x, constant);
    full_rounds(x, poseidon2::constants.final);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) state[i] = x[i];
  }

  /// chain = compress(block, chain).
  CAIRN_DEVICE static void absorb(const P (&block)[8], P (&chain)[8]) {
    P x[16];
    for (std::size_t j = 0; j < 8; ++j) {
      x[j] = block[j];
      x[j + 8] = chain[j];
    }
    permute(x);
    for (std::size_t j = 0; j < 8; ++j) chain[j] = x[j] + block[j];
  }

  static void permute_all(KoalaBear* states, std::size_t n) {
    P x[16];
    for (; n >= P::lanes; n -= P::lanes, states += 16 * P::lanes) {
      P::template load_transposed<16>(states, 16, x);
      permute(x);
      P::template store_transposed<16>(x, states, 16);
    }
    if constexpr (P::lanes > 1) hash_kernels_scalar.permute(states, n);
  }

  static void nodes(const KoalaBear* pairs, std::size_t n, KoalaBear* digests) {
    P x[16];
    for (; n >= P::lanes; n -= P::lanes, pairs += 16 * P::lanes, digests += 8 * P::lanes) {
      P::template load_transposed<16>(pairs, 16, x);
      P left[8];
      for (std::size_t j = 0; j < 8; ++j) left[j] = x[j];
      permute(x);
      for (std::size_t j = 0; j < 8; ++j) left[j] = left[j] + x[j];
      P::template store_transposed<8>(left, digests, 8);
    }
    if constexpr (P::lanes > 1) hash_kernels_scalar.nodes(pairs, n, digests);
  }

  static void leaves(const KoalaBear* rows, std::size_t stride, std::size_t width, std::size_t active,
                     std::size_t n, KoalaBear* digests) {
    const std::size_t blocks = width <= 8 ? 2 : width / 8, active_blocks = (active + 7) / 8;
    // The chain behind the last block that may be non-zero, the same for all rows.
    P zero_chain[8], zero_block[8];
    for (std::size_t j = 0; j < 8; ++j) zero_chain[j] = zero_block[j] = P::zero();
    const std::size_t zero_blocks = blocks - active_blocks;
    for (std::size_t i = 1; i < zero_blocks; ++i) absorb(zero_block, zero_chain);

    const P length = P::broadcast(KoalaBear::from(width));
    for (; n >= P::lanes; n -= P::lanes, rows += stride * P::lanes, digests += 8 * P::lanes) {
      P chain[8], block[8];
      std::size_t left = active_blocks;
      if (zero_blocks > 0) {
        for (std::size_t j = 0; j < 8; ++j) chain[j] = zero_chain[j];
      } else {
        --left;
        P::template load_transposed<8>(rows + 8 * left, stride, chain);
      }
      while (left-- > 0) {
        P::template load_transposed<8>(rows + 8 * left, stride, block);
        absorb(block, chain);
      }
      chain[0] = chain[0] + length;
      P::template store_transposed<8>(chain, digests, 8);
    }
    if constexpr (P::lanes > 1) hash_kernels_scalar.leaves(rows, stride, width, active, n, digests);
  }
};

}  // namespace cairn::engine
