// ecall with a7 = 0: the program ends with the exit code in a0. It sends {pc + 4, time + 4, 1, code}, and
// only the boundary receives what is exited: nothing comes after it.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct SystemChip : InstructionTable {
  static constexpr std::string_view name = "system";
  static constexpr Family family = Family::system;

  template <class T>
  struct Columns {
    T real;
    Start<T> at;
    T call_before;  // a7
    Word<T> code;   // a0
    T code_before;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const T zero = b.constant(0);
    fetch(b, real, row.at.pc, {b.constant(number(Op::ecall)), zero, zero, zero, {zero, zero}, {zero, zero}});
    b.receive(BusOf::execution, real, {row.at.pc, row.at.time, zero, zero, zero});
    b.send(BusOf::execution, real,
           {row.at.pc + number(4), row.at.time + number(kTimePerCycle), b.constant(1), row.code.lo,
            row.code.hi});
    read(b, real, b.constant(register_address(kRegisterCall)), {zero, zero}, row.call_before,
         row.at.time + number(Slot::rs1));
    read(b, real, b.constant(register_address(kRegisterArgument)), row.code, row.code_before,
         row.at.time + number(Slot::rs2));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row.real = KoalaBear::one();
    put(row.at, step);
    Source<KoalaBear> source;
    put(source, step.rs1, step, Slot::rs1, lookups);
    row.call_before = source.before;
    put(source, step.rs2, step, Slot::rs2, lookups);
    row.code = source.word;
    row.code_before = source.before;
  }
};

}  // namespace cairn::rv32
