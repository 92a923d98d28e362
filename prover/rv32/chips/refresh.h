// Puts a word's tuple back with a later time, so that the next access comes less than 2^16 after it.
//
//   time = 2^16 n,  n a byte;  time - before - 1 = gap_lo + 2^16 gap_hi,  gap_lo a 16-bit number, gap_hi a
//   byte
//
// So before < time < 2^24, both of them times on the memory bus, and nothing wraps. Accesses that come soon
// after the one before, which are nearly all, need a lookup of 16 bits and no limb; the others need a row
// here.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct RefreshChip : InstructionTable {
  static constexpr std::string_view name = "refresh";

  template <class T>
  struct Columns {
    T real;
    Source<T> word;
    T n;
    T gap_lo;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const T time = row.n * number(kGapEnd);
    const T gap_hi = (time - row.word.before - number(1) - row.gap_lo) * kPerHalf;
    check_half(b, real, row.gap_lo);
    b.lookup(BusOf::byte_pair, real, {row.n, gap_hi});
    b.receive(BusOf::memory, real, {row.word.address, row.word.word.lo, row.word.word.hi, row.word.before});
    b.send(BusOf::memory, real, {row.word.address, row.word.word.lo, row.word.word.hi, time});
  }

  static void fill(Columns<KoalaBear>& row, const Refresh& refresh, Lookups& lookups) {
    const std::uint32_t gap = refresh.time - refresh.before - 1;
    row.real = KoalaBear::one();
    row.word.address = number(refresh.address);
    put(row.word.word, refresh.word);
    row.word.before = number(refresh.before);
    row.n = number(refresh.time / kGapEnd);
    row.gap_lo = number(gap & 0xffff);
    lookups.half(gap & 0xffff);
    lookups.pair(refresh.time / kGapEnd, gap >> 16);
  }
};

}  // namespace cairn::rv32
