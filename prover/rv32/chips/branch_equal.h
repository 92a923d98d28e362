// beq, bne.
//
//   x = a.lo - b.lo,  y = a.hi - b.hi;  equal: x = y = 0,  else (x^2 - 3 y^2) inverse = 1
//   taken = equal xor is_not_equal;  next pc = pc + 4, or the target when taken
//
// 3 generates the multiplicative group, so it is no square, and x^2 = 3 y^2 only when both are 0.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct BranchEqualChip : InstructionTable {
  static constexpr std::string_view name = "branch_equal";
  static constexpr Family family = Family::branch_equal;

  template <class T>
  struct Columns {
    T real;
    T is_not_equal;  // bne
    Start<T> at;
    Source<T> a, b;
    T target;
    T equal;
    T inverse;  // 0 when equal
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_bool(row.is_not_equal, "not equal");
    b.assert_bool(row.equal, "equal");
    const T x = row.a.word.lo - row.b.word.lo, y = row.a.word.hi - row.b.word.hi;
    b.assert_zero(row.equal * x, "lower halves are equal");
    b.assert_zero(row.equal * y, "upper halves are equal");
    b.assert_zero((x * x - y * y * number(3)) * row.inverse + row.equal - row.real, "words differ");
    b.assert_zero(row.equal * row.inverse, "no inverse of zero");

    static_assert(Op::bne == Op(unsigned(Op::beq) + 1));
    const T zero = b.constant(0);
    fetch(b, real, row.at.pc,
          {row.is_not_equal + number(Op::beq),
           zero,
           row.a.address,
           row.b.address,
           {zero, zero},
           {row.target, zero}});
    const T taken = row.equal + row.is_not_equal - row.equal * row.is_not_equal * number(2);
    const T next = row.at.pc + number(4);
    step(b, real, row.at.pc, row.at.time, next + taken * (row.target - next));
    read(b, real, row.a, row.at.time + number(Slot::rs1));
    read(b, real, row.b, row.at.time + number(Slot::rs2));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row.real = KoalaBear::one();
    row.is_not_equal = number(step.instruction.op == Op::bne ? 1u : 0u);
    put(row.at, step);
    put(row.a, step.rs1, step, Slot::rs1, lookups);
    put(row.b, step.rs2, step, Slot::rs2, lookups);
    row.target = number(step.pc) + KoalaBear::from(static_cast<int>(step.instruction.imm));
    row.equal = number(step.rs1.word == step.rs2.word ? 1u : 0u);
    const KoalaBear x = row.a.word.lo - row.b.word.lo, y = row.a.word.hi - row.b.word.hi;
    row.inverse = (x * x - y * y * number(3)).inverse();
  }
};

}  // namespace cairn::rv32
