// lui, auipc, jal: rd gets a word that depends on the pc alone, which the decoder has computed, like the pc
// that is next.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct ConstantChip : InstructionTable {
  static constexpr std::string_view name = "constant";
  static constexpr Family family = Family::constant;

  template <class T>
  struct Columns {
    T real;
    Start<T> at;
    T next_pc;
    Word<T> word;
    Target<T> rd;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const T zero = b.constant(0);
    fetch(b, real, row.at.pc,
          {b.constant(number(Op::lui)), row.rd.address, zero, zero, row.word, {row.next_pc, zero}});
    step(b, real, row.at.pc, row.at.time, row.next_pc);
    write(b, real, row.rd, row.word, row.at.time + number(Slot::rd));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row.real = KoalaBear::one();
    put(row.at, step);
    row.next_pc = number(step.next_pc);
    put(row.word, step.rd.word);
    put(row.rd, step.rd, step, Slot::rd, lookups);
  }
};

}  // namespace cairn::rv32
