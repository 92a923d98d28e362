// Chunks of code that a segment executes: their words go to the decoder, their digests to the tree, which
// they do not change.
//
//   k = lo + 2^16 hi < 2^25: the chunk at pc 32 k, which is leaf 2^25 + k of the tree
//   code {32 k + 4 i, half_2i, half_(2i+1)} is sent for each word that is executed
//
// That k is below 2^25 is checked, for the leaf of a data chunk c would be one of code at 32 (c - 2^25) mod
// p. The halves need no check: the decoder takes them to bits.
#pragma once

#include "prover/rv32/chips/chunk.h"

namespace cairn::rv32 {

struct CodeChunkChip {
  static constexpr std::string_view name = "code_chunk";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = false;
  static constexpr std::array<engine::Structured, 0> structured{};

  template <class T>
  struct Columns {
    T real;
    T lo, hi;
    T half[16];
    T used[8];
    T digest[8];
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const T index = ChunkChip::check_index(b, real, row.lo, row.hi);
    for (unsigned i = 0; i < 8; ++i) {
      const auto used = b.flag(row.used[i], "used");
      b.assert_zero(row.used[i] * (b.constant(1) - row.real), "used where there is a chunk");
      b.send(BusOf::code, used,
             {index * number(kChunkBytes) + number(4 * i), row.half[2 * i], row.half[2 * i + 1]});
    }
    ChunkChip::look_up_hash(b, real, row.half, row.digest);
    ChunkChip::receive_node(b, real, b.constant(kTreeDepth), index + number(kRomLeaf), row.digest,
                            row.digest);
  }

  static void fill(Columns<KoalaBear>& row, const TouchedCode& chunk, const engine::Digest& digest,
                   Lookups& lookups) {
    row = {};
    row.real = KoalaBear::one();
    ChunkChip::put_index(row.lo, row.hi, chunk.index, lookups);
    for (unsigned i = 0; i < 8; ++i) {
      ChunkChip::put_halves(row.half + 2 * i, chunk.words[i]);
      row.used[i] = number(chunk.used >> i & 1);
      row.digest[i] = digest[i];
    }
  }
};

}  // namespace cairn::rv32
