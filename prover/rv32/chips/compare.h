// slt, slti, sltu, sltiu: rd = (a < b).
#pragma once

#include "prover/rv32/chips/comparison.h"

namespace cairn::rv32 {

struct CompareChip : InstructionTable {
  static constexpr std::string_view name = "compare";
  static constexpr Family family = Family::compare;

  template <class T>
  struct Columns {
    T real;
    T is_signed;
    T is_register;  // b is a register and no immediate
    Start<T> at;
    Source<T> a;
    Source<T> b;  // of an immediate without address
    Comparison<T> comparison;
    Target<T> rd;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_bool(row.is_signed, "signed");
    const auto is_register = b.flag(row.is_register, "register operand");
    const T one = b.constant(1), zero = b.constant(0);
    b.assert_zero(row.is_register * (one - row.real), "register operand of an operation");
    compare(b, real, row.is_signed, row.a.word, row.b.word, row.comparison);

    const T is_immediate = one - row.is_register;
    b.assert_zero(is_immediate * row.b.before, "an immediate has no time");
    const T with_register = row.is_signed * (number(Op::slt) - number(Op::sltu)) + number(Op::sltu);
    const T immediate = row.is_signed * (number(Op::slti) - number(Op::sltiu)) + number(Op::sltiu);
    fetch(b, real, row.at.pc,
          {row.is_register * with_register + is_immediate * immediate,
           row.rd.address,
           row.a.address,
           row.b.address,
           {is_immediate * row.b.word.lo, is_immediate * row.b.word.hi},
           {zero, zero}});
    step(b, real, row.at.pc, row.at.time, row.at.pc + number(4));
    read(b, real, row.a, row.at.time + number(Slot::rs1));
    read(b, is_register, row.b, row.at.time + number(Slot::rs2));
    write(b, real, row.rd, {row.comparison.less, zero}, row.at.time + number(Slot::rd));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row = {};
    const Op op = step.instruction.op;
    const bool is_signed = op == Op::slt || op == Op::slti, is_register = op == Op::slt || op == Op::sltu;
    row.real = KoalaBear::one();
    row.is_signed = number(is_signed ? 1u : 0u);
    row.is_register = number(is_register ? 1u : 0u);
    put(row.at, step);
    put(row.a, step.rs1, step, Slot::rs1, lookups);
    if (is_register) {
      put(row.b, step.rs2, step, Slot::rs2, lookups);
    } else {
      put(row.b.word, step.instruction.imm);
    }
    put(row.comparison, is_signed, step.rs1.word, is_register ? step.rs2.word : step.instruction.imm,
        lookups);
    put(row.rd, step.rd, step, Slot::rd, lookups);
  }
};

}  // namespace cairn::rv32
