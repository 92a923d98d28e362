// The 2^16 numbers of 16 bits, as halves of words and as pairs of bytes with their bitwise and. Nobody
// commits to them: only to how often each is looked up.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct BytesChip {
  static constexpr std::string_view name = "bytes";
  static constexpr unsigned log_height_min = 16, log_height_max = 16;
  static constexpr bool optional = false;
  static constexpr std::array structured = {
      engine::Structured::row_bits(0, 16), engine::Structured::row_bits(0, 8),
      engine::Structured::row_bits(8, 8), engine::Structured::bits_and(0, 8, 8)};

  template <class T>
  struct Columns {
    T halves, pairs, ands;  // how often looked up
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const T low = b.structured(1), high = b.structured(2);
    b.provide(BusOf::half, row.halves, {b.structured(0)});
    b.provide(BusOf::byte_pair, row.pairs, {low, high});
    b.provide(BusOf::byte_and, row.ands, {low, high, b.structured(3)});
  }

  static void fill(Columns<KoalaBear>& row, std::size_t number_of_row, const Lookups& lookups) {
    row = {number(lookups.halves()[number_of_row]), number(lookups.pairs()[number_of_row]),
           number(lookups.ands()[number_of_row])};
  }
};

}  // namespace cairn::rv32
