// lb, lbu, lh, lhu: rd = one or two bytes of the word that holds rs1 + offset, extended by their
// sign or by zeros.
//
//   address = word's address + 2 o_1 + o_0;  o_0 = 0 for lh and lhu: a half lies at a multiple of 2
//   h = the word's half o_1 = b_0 + 256 b_1, both bytes
//   top = b_1 of a half; b_(o_0) of a byte
//   s = bit 7 of top for lb and lh, by lookup; 0 for lbu and lhu
//   rd = h + (2^32 - 2^16) s, or top + (2^32 - 2^8) s
#pragma once

#include "prover/rv32/chips/address.h"

namespace cairn::rv32 {

struct LoadNarrowChip : InstructionTable {
  static constexpr std::string_view name = "load_narrow";
  static constexpr Family family = Family::load_narrow;

  template <class T>
  struct Columns {
    T is_byte, is_half;  // neither in padding
    T is_signed;
    Start<T> at;
    Source<T> rs1;
    Address<T> address;
    T odd, upper;  // o_0, o_1
    Word<T> word;
    T memory_before;
    T bytes[2];  // b
    T sign;      // s
    Target<T> rd;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const T zero = b.constant(0), one = b.constant(1);
    b.assert_bool(row.is_byte, "byte");
    b.assert_bool(row.is_half, "half");
    const auto real = b.flag(row.is_byte + row.is_half, "byte or half");
    const auto is_signed = b.flag(row.is_signed, "signed");
    b.assert_zero(row.is_signed * (one - real.value()), "signed is real");
    b.assert_bool(row.odd, "odd");
    b.assert_zero(row.odd * (one - row.is_byte), "a half is aligned");
    b.assert_bool(row.upper, "upper half");
    b.assert_zero(row.sign * (one - row.is_signed), "only signed loads have a sign");

    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    const T op = row.is_byte * number(Op::lbu) + row.is_half * number(Op::lhu) +
                 row.is_signed * (row.is_byte * (number(Op::lb) - number(Op::lbu)) +
                                  row.is_half * (number(Op::lh) - number(Op::lhu)));
    fetch(b, real, pc,
          Fetched<T>{op, row.rd.address, row.rs1.address, zero, row.address.offset, {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    Word<T> address = address_of(b, row.rs1.word, row.address);
    address.lo = address.lo - row.upper * number(2) - row.odd;
    check_address(b, real, address.lo, address.hi, false);
    read(b, real, word_address(address), row.word, row.memory_before, time + number(Slot::memory));

    const T half = row.bytes[0] + row.bytes[1] * kTwoTo8;
    b.assert_equal(row.word.lo + row.upper * (row.word.hi - row.word.lo), half, "bytes of the half");
    b.lookup(BusOf::byte_pair, real, {row.bytes[0], row.bytes[1]});
    const T top = row.bytes[0] + (row.odd + row.is_half) * (row.bytes[1] - row.bytes[0]);
    b.lookup(BusOf::byte_and, is_signed, {top, b.constant(128), row.sign * number(128)});
    // Of a half, top is b_1 already: what is missing is b_0 + 255 b_1.
    const Word<T> loaded = {top + row.is_half * (row.bytes[0] + row.bytes[1] * number(255)) +
                                row.is_byte * row.sign * number(0xff00),
                            row.sign * number(0xffff)};
    write(b, real, row.rd, loaded, time + number(Slot::rd));
  }

  /// Requires lb, lbu, lh or lhu.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    const Op op = step.instruction.op;
    const bool is_byte = op == Op::lb || op == Op::lbu, is_signed = op == Op::lb || op == Op::lh;
    row.is_byte = flag_of(is_byte);
    row.is_half = flag_of(!is_byte);
    row.is_signed = flag_of(is_signed);
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    put(row.address, step.rs1.word, step.instruction.imm, false, lookups);
    const std::uint32_t address = step.rs1.word + step.instruction.imm, odd = address & 1,
                        upper = address >> 1 & 1;
    row.odd = number(odd);
    row.upper = number(upper);
    put(row.word, step.memory.word);
    row.memory_before = number(step.memory.before);
    lookups.half(step.time + Slot::memory - step.memory.before - 1);
    const std::uint32_t bytes[2] = {byte_of(step.memory.word, 2 * upper),
                                    byte_of(step.memory.word, 2 * upper + 1)};
    row.bytes[0] = number(bytes[0]);
    row.bytes[1] = number(bytes[1]);
    lookups.pair(bytes[0], bytes[1]);
    const std::uint32_t top = bytes[is_byte ? odd : 1];
    row.sign = flag_of(is_signed && top > 127);
    if (is_signed) lookups.both(top, 128);
    put(row.rd, step.rd, step, Slot::rd, lookups);
  }
};

}  // namespace cairn::rv32
