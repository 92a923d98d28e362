// jalr: next pc = (a + x) mod 2^32 without bit 0, rd = pc + 4.
//
//   a.lo + x.lo = lo + 2^16 k,  a.hi + x.hi + k = hi + 2^16 l,  k and l bits
//   (lo - bit) / 2 is a 16-bit number: bit is the lowest bit of lo, which is in [0, 2^17)
//   4 hi is a 16-bit number: hi, which is in (-2^16, 2^17), is in [0, 2^14)
//   next pc = lo - bit + 2^16 hi < 2^30 + 2^17: no wrap around p
//
// A jump to what is no multiple of 4 leads to a pc that no row of the decoder has.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct JumpRegisterChip : InstructionTable {
  static constexpr std::string_view name = "jump_register";
  static constexpr Family family = Family::jump_register;

  template <class T>
  struct Columns {
    T real;
    Start<T> at;
    Source<T> a;
    Word<T> x;
    T carry_lo, carry_hi;
    T bit;
    Word<T> link;  // pc + 4
    Target<T> rd;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_bool(row.carry_lo, "carry");
    b.assert_bool(row.carry_hi, "carry");
    b.assert_bool(row.bit, "bit 0");
    constexpr KoalaBear half = number(2).inverse();
    const T even = row.a.word.lo + row.x.lo - row.carry_lo * number(1u << 16) - row.bit;
    const T hi = row.a.word.hi + row.x.hi + row.carry_lo - row.carry_hi * number(1u << 16);
    check_half(b, real, even * half);
    check_half(b, real, hi * number(4));

    const T zero = b.constant(0);
    fetch(b, real, row.at.pc,
          {b.constant(number(Op::jalr)), row.rd.address, row.a.address, zero, row.x, row.link});
    step(b, real, row.at.pc, row.at.time, even + hi * number(1u << 16));
    read(b, real, row.a, row.at.time + number(Slot::rs1));
    write(b, real, row.rd, row.link, row.at.time + number(Slot::rd));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row.real = KoalaBear::one();
    put(row.at, step);
    put(row.a, step.rs1, step, Slot::rs1, lookups);
    const std::uint32_t a = step.rs1.word, x = step.instruction.imm, target = a + x;
    put(row.x, x);
    row.carry_lo = number(((a & 0xffff) + (x & 0xffff)) >> 16);
    row.carry_hi = number(target < a ? 1u : 0u);
    row.bit = number(target & 1);
    lookups.half((target & 0xffff) >> 1);
    lookups.half(target >> 16 << 2);
    put(row.link, step.pc + 4);
    put(row.rd, step.rd, step, Slot::rd, lookups);
  }
};

}  // namespace cairn::rv32
