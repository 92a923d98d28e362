// What the chips of instructions share: words as halves, fetching, stepping, and access to
// registers and memory.
//
// A chip of instructions receives {pc, time} on the execution bus and sends what comes after, looks
// its instruction up on the program bus, and reads and writes words. Each access takes the tuple of
// the access before it off the memory bus and puts one of its own there, later by clock; so each
// word has one chain of accesses, and what is read was written last.
#pragma once

#include "prover/air/builder.h"
#include "prover/rv32/chips/bus.h"

namespace cairn::rv32 {

using engine::Flag;
using engine::KoalaBear;

CAIRN_DEVICE constexpr KoalaBear number(std::uint32_t x) { return KoalaBear::from(x); }

/// A 32-bit word: lo + 2^16 hi.
template <class T>
struct Word {
  T lo, hi;
};

/// Of the instruction at a pc. Unused parts are 0.
template <class T>
struct Fetched {
  T op;        ///< Number of the Op.
  T rd;        ///< Byte address of the register that is written; kDiscardAddress for x0.
  T rs1, rs2;  ///< Byte addresses of the registers that are read.
  Word<T> x;   ///< Immediate operand, sign-extended; of lui, auipc and jal the word that rd gets.
  Word<T> y;  ///< jal, branches: y.lo is the pc that is jumped to, as one number; jalr: the word pc
              ///< + 4.
};

template <class B, class T = typename B::Expr>
CAIRN_DEVICE void fetch(B& b, const Flag<T>& real, const T& pc, const Fetched<T>& of) {
  b.lookup(BusOf::program, real,
           {pc, of.op, of.rd, of.rs1, of.rs2, of.x.lo, of.x.hi, of.y.lo, of.y.hi});
}

/// From (pc, time) to (next_pc, time + kTimePerCycle).
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void step(B& b, const Flag<T>& real, const T& pc, const T& time, const T& next_pc) {
  const T zero = b.constant(0);
  b.receive(BusOf::execution, real, {pc, time, zero, zero, zero});
  b.send(BusOf::execution, real, {next_pc, time + number(kTimePerCycle), zero, zero, zero});
}

/// The word at `address` is `word` at time `now`; the access before was at time `before`.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void read(B& b, const Flag<T>& real, const T& address, const Word<T>& word,
                       const T& before, const T& now) {
  b.lookup(BusOf::clock, real, {now - before - number(1)});
  b.receive(BusOf::memory, real, {address, word.lo, word.hi, before});
  b.send(BusOf::memory, real, {address, word.lo, word.hi, now});
}

/// The word at `address` was `old` and is `word` from `now` on. The caller makes sure that both
/// halves of `word` are 16-bit numbers.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void write(B& b, const Flag<T>& real, const T& address, const Word<T>& old,
                        const Word<T>& word, const T& before, const T& now) {
  b.lookup(BusOf::clock, real, {now - before - number(1)});
  b.receive(BusOf::memory, real, {address, old.lo, old.hi, before});
  b.send(BusOf::memory, real, {address, word.lo, word.hi, now});
}

template <class B, class T = typename B::Expr>
CAIRN_DEVICE void check_half(B& b, const Flag<T>& real, const T& x) {
  b.lookup(BusOf::half, real, {x});
}

}  // namespace cairn::rv32
