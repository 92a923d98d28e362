// blt, bge, bltu, bgeu.
//
//   taken = less xor is_at_least;  next pc = pc + 4, or the target when taken
#pragma once

#include "prover/rv32/chips/comparison.h"

namespace cairn::rv32 {

struct BranchLessChip : InstructionTable {
  static constexpr std::string_view name = "branch_less";
  static constexpr Family family = Family::branch_less;

  template <class T>
  struct Columns {
    T real;
    T is_signed;
    T is_at_least;  // bge, bgeu
    Start<T> at;
    Source<T> a, b;
    T target;
    Comparison<T> comparison;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_bool(row.is_signed, "signed");
    b.assert_bool(row.is_at_least, "at least");
    compare(b, real, row.is_signed, row.a.word, row.b.word, row.comparison);

    static_assert(Op::bge == Op(unsigned(Op::blt) + 1) && Op::bltu == Op(unsigned(Op::blt) + 2) &&
                  Op::bgeu == Op(unsigned(Op::blt) + 3));
    const T op = row.is_at_least - row.is_signed * number(2) + number(Op::bltu);
    const T zero = b.constant(0);
    fetch(b, real, row.at.pc, {op, zero, row.a.address, row.b.address, {zero, zero}, {row.target, zero}});
    const T less = row.comparison.less;
    const T taken = less + row.is_at_least - less * row.is_at_least * number(2);
    const T next = row.at.pc + number(4);
    step(b, real, row.at.pc, row.at.time, next + taken * (row.target - next));
    read(b, real, row.a, row.at.time + number(Slot::rs1));
    read(b, real, row.b, row.at.time + number(Slot::rs2));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    const Op op = step.instruction.op;
    const bool is_signed = op == Op::blt || op == Op::bge;
    row.real = KoalaBear::one();
    row.is_signed = number(is_signed ? 1u : 0u);
    row.is_at_least = number(op == Op::bge || op == Op::bgeu ? 1u : 0u);
    put(row.at, step);
    put(row.a, step.rs1, step, Slot::rs1, lookups);
    put(row.b, step.rs2, step, Slot::rs2, lookups);
    row.target = number(step.pc) + KoalaBear::from(static_cast<int>(step.instruction.imm));
    put(row.comparison, is_signed, step.rs1.word, step.rs2.word, lookups);
  }
};

}  // namespace cairn::rv32
