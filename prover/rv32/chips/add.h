// add, addi, sub; fence is addi x0, x0, 0.
//
//   add, addi:  a + b = c mod 2^32,  sub:  c + b = a mod 2^32
//   halves:     x.lo + b.lo = z.lo + 2^16 k,  x.hi + b.hi + k = z.hi + 2^16 l,  k and l bits
//
// The carries are no columns: k = (x.lo + b.lo - z.lo) / 2^16 must be 0 or 1. All halves being 16-bit
// numbers, those of c by lookup, the sums determine c.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct AddChip : InstructionTable {
  static constexpr std::string_view name = "add";
  static constexpr Family family = Family::add;

  template <class T>
  struct Columns {
    T is_addi, is_add, is_sub;  // none in padding
    Start<T> at;
    Source<T> a;
    Source<T> b;  // of addi the immediate, without address
    Target<T> rd;
    Word<T> c;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    b.assert_bool(row.is_addi, "operation");
    b.assert_bool(row.is_add, "operation");
    b.assert_bool(row.is_sub, "operation");
    const auto real = b.flag(row.is_addi + row.is_add + row.is_sub, "one operation");
    const auto is_register = b.flag(row.is_add + row.is_sub, "register operand");
    check_sum(b, row.is_addi + row.is_add, row.a.word, row.b.word, row.c);
    check_sum(b, row.is_sub, row.c, row.b.word, row.a.word);
    check_half(b, real, row.c.lo);
    check_half(b, real, row.c.hi);

    b.assert_zero(row.is_addi * row.b.before, "an immediate has no time");

    const T op = row.is_addi * number(Op::addi) + row.is_add * number(Op::add) + row.is_sub * number(Op::sub);
    const T zero = b.constant(0);
    fetch(b, real, row.at.pc,
          {op,
           row.rd.address,
           row.a.address,
           row.b.address,
           {row.is_addi * row.b.word.lo, row.is_addi * row.b.word.hi},
           {zero, zero}});
    step(b, real, row.at.pc, row.at.time, row.at.pc + number(4));
    read(b, real, row.a, row.at.time + number(Slot::rs1));
    read(b, is_register, row.b, row.at.time + number(Slot::rs2));
    write(b, real, row.rd, row.c, row.at.time + number(Slot::rd));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row = {};
    const Op op = step.instruction.op;
    (op == Op::add ? row.is_add : op == Op::sub ? row.is_sub : row.is_addi) = KoalaBear::one();
    put(row.at, step);
    put(row.a, step.rs1, step, Slot::rs1, lookups);
    if (op == Op::add || op == Op::sub) {
      put(row.b, step.rs2, step, Slot::rs2, lookups);
    } else {
      put(row.b.word, step.instruction.imm);
    }
    put(row.rd, step.rd, step, Slot::rd, lookups);
    put(row.c, step.rd.word);
    count_halves(step.rd.word, lookups);
  }

 private:
  /// x + y = z mod 2^32 where `flag` is 1.
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void check_sum(B& b, const T& flag, const Word<T>& x, const Word<T>& y,
                                     const Word<T>& z) {
    const T low = (x.lo + y.lo - z.lo) * kPerHalf;
    const T high = (x.hi + y.hi + low - z.hi) * kPerHalf;
    b.assert_zero(flag * low * (low - number(1)), "carry of the lower half");
    b.assert_zero(flag * high * (high - number(1)), "carry of the upper half");
  }
};

}  // namespace cairn::rv32
