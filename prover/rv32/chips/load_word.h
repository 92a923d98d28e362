// lw: rd = the word at rs1 + offset.
#pragma once

#include "prover/rv32/chips/address.h"

namespace cairn::rv32 {

struct LoadWordChip : InstructionTable {
  static constexpr std::string_view name = "load_word";
  static constexpr Family family = Family::load_word;

  template <class T>
  struct Columns {
    T real;
    Start<T> at;
    Source<T> rs1;
    Address<T> address;
    Word<T> word;     // what is loaded: halves, as all words on the memory bus
    T memory_before;  // time of the access before
    Target<T> rd;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const T zero = b.constant(0);
    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    fetch(b, real, pc,
          Fetched<T>{b.constant(number(Op::lw)),
                     row.rd.address,
                     row.rs1.address,
                     zero,
                     row.address.offset,
                     {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    const Word<T> address = address_of(b, row.rs1.word, row.address);
    check_address(b, real, address.lo, address.hi, false);
    read(b, real, word_address(address), row.word, row.memory_before, time + number(Slot::memory));
    write(b, real, row.rd, row.word, time + number(Slot::rd));
  }

  /// Requires lw.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row.real = KoalaBear::one();
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    put(row.address, step.rs1.word, step.instruction.imm, false, lookups);
    put(row.word, step.memory.word);
    row.memory_before = number(step.memory.before);
    lookups.half(step.time + Slot::memory - step.memory.before - 1);
    put(row.rd, step.rd, step, Slot::rd, lookups);
  }
};

}  // namespace cairn::rv32
