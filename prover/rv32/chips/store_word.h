// sw: the word at rs1 + offset becomes rs2.
#pragma once

#include "prover/rv32/chips/address.h"

namespace cairn::rv32 {

struct StoreWordChip : InstructionTable {
  static constexpr std::string_view name = "store_word";
  static constexpr Family family = Family::store_word;

  template <class T>
  struct Columns {
    T real;
    Start<T> at;
    Source<T> rs1, rs2;
    Address<T> address;
    Word<T> old;      // what was there
    T memory_before;  // time of the access before
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const T zero = b.constant(0);
    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    fetch(b, real, pc,
          Fetched<T>{b.constant(number(Op::sw)),
                     zero,
                     row.rs1.address,
                     row.rs2.address,
                     row.address.offset,
                     {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    read(b, real, row.rs2, time + number(Slot::rs2));
    const Word<T> address = address_of(b, row.rs1.word, row.address);
    check_address(b, real, address.lo, address.hi, true);
    write(b, real, word_address(address), row.old, row.rs2.word, row.memory_before,
          time + number(Slot::memory));
  }

  /// Requires sw.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row.real = KoalaBear::one();
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    put(row.rs2, step.rs2, step, Slot::rs2, lookups);
    put(row.address, step.rs1.word, step.instruction.imm, true, lookups);
    put(row.old, step.memory.old);
    row.memory_before = number(step.memory.before);
    lookups.half(step.time + Slot::memory - step.memory.before - 1);
  }
};

}  // namespace cairn::rv32
