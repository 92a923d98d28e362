// One Poseidon2-16 permutation per row, provided on a lookup bus as (input, output), or as (left, right,
// digest) with digest = compress(left, right) of hash/poseidon2.h, which are the same columns.
//
// The state is written down after each S-box layer that it has gone through: 16 elements in a full round, one
// in a partial round; between them it is linear in the columns. So every constraint has degree 3, the S-box's
// own, and no column holds a power.
#pragma once

#include <array>
#include <string_view>

#include "prover/air/builder.h"
#include "prover/air/structured.h"
#include "prover/hash/poseidon2_rounds.h"

namespace cairn::engine {

/// `bus`: a lookup bus, of width 32 or, for compressions, of width 24. Any input row is valid; padding rows
/// are permutations nobody looks up.
template <unsigned bus, bool compression = false>
struct Poseidon2Chip {
  static constexpr std::string_view name = "poseidon2";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = true;
  static constexpr std::array<Structured, 0> structured{};

  template <class T>
  struct Columns {
    T count;  ///< how often the row is looked up
    T input[poseidon2::width];
    T initial[poseidon2::half_full_rounds][poseidon2::width];  ///< after the round, linear layer included
    T partial[poseidon2::partial_rounds];                      ///< element 0 after its S-box
    T final[poseidon2::half_full_rounds][poseidon2::width];    ///< after the round; the last is the output
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    T state[poseidon2::width];
    for (std::size_t i = 0; i < poseidon2::width; ++i) state[i] = row.input[i];
    poseidon2::external_layer(state);
    for (std::size_t r = 0; r < poseidon2::half_full_rounds; ++r) {
      full_round(state, poseidon2::table().initial[r]);
      for (std::size_t i = 0; i < poseidon2::width; ++i) {
        b.assert_equal(state[i], row.initial[r][i], "initial full round");
        state[i] = row.initial[r][i];
      }
    }
    for (std::size_t r = 0; r < poseidon2::partial_rounds; ++r) {
      b.assert_equal(cube(state[0] + poseidon2::table().partial[r]), row.partial[r], "partial round");
      state[0] = row.partial[r];
      poseidon2::internal_layer(state);
    }
    for (std::size_t r = 0; r < poseidon2::half_full_rounds; ++r) {
      full_round(state, poseidon2::table().final[r]);
      for (std::size_t i = 0; i < poseidon2::width; ++i) {
        b.assert_equal(state[i], row.final[r][i], "final full round");
        state[i] = row.final[r][i];
      }
    }
    const T(&output)[poseidon2::width] = row.final[poseidon2::half_full_rounds - 1];
    constexpr std::size_t outputs = compression ? poseidon2::width / 2 : poseidon2::width;
    T tuple[poseidon2::width + outputs];
    for (std::size_t i = 0; i < poseidon2::width; ++i) tuple[i] = row.input[i];
    for (std::size_t i = 0; i < outputs; ++i) {
      if constexpr (compression) {
        tuple[poseidon2::width + i] = output[i] + row.input[i];
      } else {
        tuple[poseidon2::width + i] = output[i];
      }
    }
    b.provide(bus, row.count, tuple);
  }

  /// The row of zeros, which nobody looks up.
  static void pad(Columns<KoalaBear>& row) {
    row = {};
    fill(row, KoalaBear::zero());
  }

  /// The row of one input (or of as many as T has lanes), looked up `count` times.
  template <class T>
  CAIRN_DEVICE static void fill(Columns<T>& row, const T& count) {
    row.count = count;
    T state[poseidon2::width];
    for (std::size_t i = 0; i < poseidon2::width; ++i) state[i] = row.input[i];
    poseidon2::external_layer(state);
    for (std::size_t r = 0; r < poseidon2::half_full_rounds; ++r) {
      full_round(state, poseidon2::table().initial[r]);
      for (std::size_t i = 0; i < poseidon2::width; ++i) row.initial[r][i] = state[i];
    }
    for (std::size_t r = 0; r < poseidon2::partial_rounds; ++r) {
      state[0] = cube(state[0] + poseidon2::table().partial[r]);
      row.partial[r] = state[0];
      poseidon2::internal_layer(state);
    }
    for (std::size_t r = 0; r < poseidon2::half_full_rounds; ++r) {
      full_round(state, poseidon2::table().final[r]);
      for (std::size_t i = 0; i < poseidon2::width; ++i) row.final[r][i] = state[i];
    }
  }

 private:
  template <class T>
  CAIRN_DEVICE static T cube(const T& x) {
    return x * x * x;
  }
  template <class T>
  CAIRN_DEVICE static void full_round(T (&state)[poseidon2::width],
                                      const KoalaBear (&constants)[poseidon2::width]) {
    for (std::size_t i = 0; i < poseidon2::width; ++i) state[i] = cube(state[i] + constants[i]);
    poseidon2::external_layer(state);
  }
};

}  // namespace cairn::engine
