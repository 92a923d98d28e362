// Chunks of memory and of registers that a segment touches: each enters the memory bus once, as the tree of
// the beginning has it, and leaves it once, as the tree of the end has it.
//
//   index = lo + 2^16 hi < 2^25
//   before_0 … before_15, after_0 … after_15: halves of the words at 32 index + 4 i, the lower one first
//   digest_before = compress(before), digest_after = compress(after)
//   node {26, index, digest_before, digest_after} is taken off its bus: the path up to the roots
//
// The bound keeps leaves of code out: 32 times their indices is no address below 2^30, but could be one mod
// p. A chunk that is not changed needs one hash. The halves of the beginning are checked to be 16-bit
// numbers, for the prover chooses the input; those of the end are what instructions wrote. A word that
// nothing touches goes back with time 0, as it came.
#pragma once

#include "prover/rv32/chips/lookups.h"
#include "prover/rv32/chips/row.h"
#include "prover/rv32/touched.h"
#include "prover/rv32/tree.h"

namespace cairn::rv32 {

struct ChunkChip {
  static constexpr std::string_view name = "chunk";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = false;
  static constexpr std::array<engine::Structured, 0> structured{};

  template <class T>
  struct Columns {
    T real;
    T changed;
    T lo, hi;  ///< of the index
    T before[16], after[16];
    T time[8];  ///< of the last access to each word
    T digest_before[8], digest_after[8];
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const auto changed = b.flag(row.changed, "changed");
    const T same = b.constant(1) - row.changed;
    for (unsigned i = 0; i < 16; ++i) b.assert_zero(same * (row.after[i] - row.before[i]), "nothing changed");
    for (unsigned i = 0; i < 8; ++i) {
      b.assert_zero(same * (row.digest_after[i] - row.digest_before[i]), "nothing changed");
    }
    const T index = check_index(b, real, row.lo, row.hi);
    for (const T& half : row.before) check_half(b, real, half);
    for (unsigned i = 0; i < 8; ++i) {
      const T address = index * number(kChunkBytes) + number(4 * i);
      b.send(BusOf::memory, real, {address, row.before[2 * i], row.before[2 * i + 1], b.constant(0)});
      b.receive(BusOf::memory, real, {address, row.after[2 * i], row.after[2 * i + 1], row.time[i]});
    }
    look_up_hash(b, real, row.before, row.digest_before);
    look_up_hash(b, changed, row.after, row.digest_after);
    receive_node(b, real, b.constant(kTreeDepth), index, row.digest_before, row.digest_after);
  }

  /// lo + 2^16 hi, which is below 2^25.
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static T check_index(B& b, const Flag<T>& real, const T& lo, const T& hi) {
    check_half(b, real, lo);
    check_half(b, real, hi);
    check_half(b, real, hi * number(1u << 7));
    return lo + hi * number(1u << 16);
  }

  /// digest = compress(first half of the sixteen, second half).
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void look_up_hash(B& b, const Flag<T>& flag, const T (&of)[16], const T (&digest)[8]) {
    T tuple[24];
    for (unsigned i = 0; i < 16; ++i) tuple[i] = of[i];
    for (unsigned i = 0; i < 8; ++i) tuple[16 + i] = digest[i];
    b.lookup(BusOf::hash, flag, tuple);
  }

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void receive_node(B& b, const Flag<T>& flag, const T& level, const T& index,
                                        const T (&before)[8], const T (&after)[8]) {
    T tuple[18];
    node_tuple(tuple, level, index, before, after);
    b.receive(BusOf::node, flag, tuple);
  }

  template <class T>
  CAIRN_DEVICE static void node_tuple(T (&tuple)[18], const T& level, const T& index, const T (&before)[8],
                                      const T (&after)[8]) {
    tuple[0] = level;
    tuple[1] = index;
    for (unsigned i = 0; i < 8; ++i) {
      tuple[2 + i] = before[i];
      tuple[10 + i] = after[i];
    }
  }

  static void fill(Columns<KoalaBear>& row, const TouchedChunk& chunk, const engine::Digest& before,
                   const engine::Digest& after, Lookups& lookups) {
    row = {};
    row.real = KoalaBear::one();
    row.changed = number(chunk.before != chunk.after ? 1 : 0);
    put_index(row.lo, row.hi, chunk.index, lookups);
    for (unsigned i = 0; i < 8; ++i) {
      put_halves(row.before + 2 * i, chunk.before[i]);
      put_halves(row.after + 2 * i, chunk.after[i]);
      lookups.half(chunk.before[i] & 0xffff);
      lookups.half(chunk.before[i] >> 16);
      row.time[i] = number(chunk.times[i]);
      row.digest_before[i] = before[i];
      row.digest_after[i] = after[i];
    }
  }

  static void put_index(KoalaBear& lo, KoalaBear& hi, std::uint32_t index, Lookups& lookups) {
    lo = number(index & 0xffff);
    hi = number(index >> 16);
    lookups.half(index & 0xffff);
    lookups.half(index >> 16);
    lookups.half(index >> 16 << 7);
  }
  static void put_halves(KoalaBear* halves, std::uint32_t word) {
    halves[0] = number(word & 0xffff);
    halves[1] = number(word >> 16);
  }
};

}  // namespace cairn::rv32
