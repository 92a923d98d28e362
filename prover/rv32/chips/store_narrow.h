// sb, sh: one or two bytes of the word that holds rs1 + offset become the lowest of rs2.
//
//   address = word's address + 2 o_1 + o_0;  o_0 = 0 for sh: a half lies at a multiple of 2
//   h = the word's half o_1 = h_0 + 256 h_1,  rs2.lo = n_0 + 256 n_1, all bytes
//   sh: h becomes rs2.lo;  sb: h_(o_0) becomes n_0, and the other byte stays
//
// So what is written is made of bytes and halves that are on the memory bus already.
#pragma once

#include "prover/rv32/chips/address.h"

namespace cairn::rv32 {

struct StoreNarrowChip : InstructionTable {
  static constexpr std::string_view name = "store_narrow";
  static constexpr Family family = Family::store_narrow;

  template <class T>
  struct Columns {
    T is_byte, is_half;  // neither in padding
    Start<T> at;
    Source<T> rs1, rs2;
    Address<T> address;
    T odd, upper;  // o_0, o_1
    Word<T> old;
    T memory_before;
    T old_byte;  // h_1
    T new_byte;  // n_1
    T change;    // of the half h
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const T zero = b.constant(0), one = b.constant(1);
    b.assert_bool(row.is_byte, "byte");
    b.assert_bool(row.is_half, "half");
    const auto real = b.flag(row.is_byte + row.is_half, "byte or half");
    b.assert_bool(row.odd, "odd");
    b.assert_zero(row.odd * (one - row.is_byte), "a half is aligned");
    b.assert_bool(row.upper, "upper half");

    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    fetch(b, real, pc,
          Fetched<T>{row.is_byte * number(Op::sb) + row.is_half * number(Op::sh),
                     zero,
                     row.rs1.address,
                     row.rs2.address,
                     row.address.offset,
                     {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    read(b, real, row.rs2, time + number(Slot::rs2));
    Word<T> address = address_of(b, row.rs1.word, row.address);
    address.lo = address.lo - row.upper * number(2) - row.odd;
    check_address(b, real, address.lo, address.hi, true);

    const T half = row.old.lo + row.upper * (row.old.hi - row.old.lo);
    const T h0 = half - row.old_byte * kTwoTo8, n0 = row.rs2.word.lo - row.new_byte * kTwoTo8;
    b.lookup(BusOf::byte_pair, real, {h0, row.old_byte});
    b.lookup(BusOf::byte_pair, real, {n0, row.new_byte});
    // is_byte - odd is 1 for the lower byte: odd implies is_byte.
    b.assert_equal(row.change,
                   row.is_half * (row.rs2.word.lo - half) + (row.is_byte - row.odd) * (n0 - h0) +
                       row.odd * kTwoTo8 * (n0 - row.old_byte),
                   "change");
    const T above = row.upper * row.change;
    write(b, real, word_address(address), row.old,
          Word<T>{row.old.lo + row.change - above, row.old.hi + above}, row.memory_before,
          time + number(Slot::memory));
  }

  /// Requires sb or sh.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    const bool is_byte = step.instruction.op == Op::sb;
    row.is_byte = flag_of(is_byte);
    row.is_half = flag_of(!is_byte);
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    put(row.rs2, step.rs2, step, Slot::rs2, lookups);
    put(row.address, step.rs1.word, step.instruction.imm, true, lookups);
    const std::uint32_t address = step.rs1.word + step.instruction.imm, odd = address & 1,
                        upper = address >> 1 & 1;
    row.odd = number(odd);
    row.upper = number(upper);
    put(row.old, step.memory.old);
    row.memory_before = number(step.memory.before);
    lookups.half(step.time + Slot::memory - step.memory.before - 1);
    const std::uint32_t half = low_half(step.memory.old >> (16 * upper)), given = low_half(step.rs2.word);
    row.old_byte = number(byte_of(half, 1));
    row.new_byte = number(byte_of(given, 1));
    lookups.pair(byte_of(half, 0), byte_of(half, 1));
    lookups.pair(byte_of(given, 0), byte_of(given, 1));
    const std::uint32_t kept =
        odd ? byte_of(half, 0) | byte_of(given, 0) << 8 : byte_of(given, 0) | byte_of(half, 1) << 8;
    row.change = number(is_byte ? kept : given) - number(half);
  }
};

}  // namespace cairn::rv32
