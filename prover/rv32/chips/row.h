// What the chips of instructions share: words as halves, fetching, stepping, and access to
// registers and memory.
//
// A chip of instructions receives {pc, time} on the execution bus and sends what comes after, looks
// its instruction up on the program bus, and reads and writes words. Each access takes the tuple of
// the access before it off the memory bus and puts one of its own there, which is later; so each
// word has one chain of accesses, and what is read was written last.
//
// The decoder gives instructions that are the same to the chips one number: fence is addi x0, x0,
// 0; auipc and jal are lui with another word and another next pc.
#pragma once

#include "prover/air/builder.h"
#include "prover/air/structured.h"
#include "prover/rv32/chips/bus.h"
#include "prover/rv32/chips/lookups.h"
#include "prover/rv32/chips/step.h"

namespace cairn::rv32 {

using engine::Flag;
using engine::KoalaBear;

CAIRN_DEVICE constexpr KoalaBear number(std::uint32_t x) { return KoalaBear::from(x); }
CAIRN_DEVICE constexpr KoalaBear number(Op op) { return KoalaBear::from(static_cast<std::uint32_t>(op)); }
/// 2^-16.
inline constexpr KoalaBear kPerHalf = KoalaBear::from(std::uint32_t{1} << 16).inverse();

/// What the tables of all chips of instructions have in common. Such a chip also has
///   static constexpr Family family;
///   static void fill(Columns<KoalaBear>&, const Step&, Lookups&);   // every column
/// and `pad` when a row of zeros is no padding.
struct InstructionTable {
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = true;
  static constexpr std::array<engine::Structured, 0> structured{};
};

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
  Word<T> y;   ///< lui, auipc, jal: y.lo is the next pc; branches: y.lo is the pc that is jumped
               ///< to; both as one number. jalr: the word pc + 4.
};

/// Where a row begins.
template <class T>
struct Start {
  T pc, time;
};

/// A word that is read, usually a register.
template <class T>
struct Source {
  T address;
  Word<T> word;
  T before;  ///< Time of the access before.
};

/// A word that is written.
template <class T>
struct Target {
  T address;
  Word<T> old;
  T before;
};

template <class B, class T = typename B::Expr>
CAIRN_DEVICE void fetch(B& b, const Flag<T>& real, const T& pc, const Fetched<T>& of) {
  b.lookup(BusOf::program, real, {pc, of.op, of.rd, of.rs1, of.rs2, of.x.lo, of.x.hi, of.y.lo, of.y.hi});
}

/// From (pc, time) to (next_pc, time + kTimePerCycle).
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void step(B& b, const Flag<T>& real, const T& pc, const T& time, const T& next_pc) {
  const T zero = b.constant(0);
  b.receive(BusOf::execution, real, {pc, time, zero, zero, zero});
  b.send(BusOf::execution, real, {next_pc, time + number(kTimePerCycle), zero, zero, zero});
}

/// The word at `address` is `word` at time `now`; the access before was at time `before`, less than
/// kGapEnd earlier.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void read(B& b, const Flag<T>& real, const T& address, const Word<T>& word, const T& before,
                       const T& now) {
  b.lookup(BusOf::half, real, {now - before - number(1)});
  b.receive(BusOf::memory, real, {address, word.lo, word.hi, before});
  b.send(BusOf::memory, real, {address, word.lo, word.hi, now});
}

/// The word at `address` was `old` and is `word` from `now` on. The caller makes sure that both
/// halves of `word` are 16-bit numbers.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void write(B& b, const Flag<T>& real, const T& address, const Word<T>& old, const Word<T>& word,
                        const T& before, const T& now) {
  b.lookup(BusOf::half, real, {now - before - number(1)});
  b.receive(BusOf::memory, real, {address, old.lo, old.hi, before});
  b.send(BusOf::memory, real, {address, word.lo, word.hi, now});
}

template <class B, class T = typename B::Expr>
CAIRN_DEVICE void read(B& b, const Flag<T>& real, const Source<T>& source, const T& now) {
  read(b, real, source.address, source.word, source.before, now);
}
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void write(B& b, const Flag<T>& real, const Target<T>& target, const Word<T>& word,
                        const T& now) {
  write(b, real, target.address, target.old, word, target.before, now);
}

template <class B, class T = typename B::Expr>
CAIRN_DEVICE void check_half(B& b, const Flag<T>& real, const T& x) {
  b.lookup(BusOf::half, real, {x});
}

// Filling rows.

inline void put(Word<KoalaBear>& to, std::uint32_t word) { to = {number(word & 0xffff), number(word >> 16)}; }
inline void put(Start<KoalaBear>& to, const Step& step) { to = {number(step.pc), number(step.time)}; }
/// `slot` of the step's time is when the access is made.
inline void put(Source<KoalaBear>& to, const WordAccess& from, const Step& step, std::uint32_t slot,
                Lookups& lookups) {
  to.address = number(from.address);
  put(to.word, from.word);
  to.before = number(from.before);
  lookups.half(step.time + slot - from.before - 1);
}
inline void put(Target<KoalaBear>& to, const WordAccess& from, const Step& step, std::uint32_t slot,
                Lookups& lookups) {
  to.address = number(from.address);
  put(to.old, from.old);
  to.before = number(from.before);
  lookups.half(step.time + slot - from.before - 1);
}
inline void count_halves(std::uint32_t word, Lookups& lookups) {
  lookups.half(word & 0xffff);
  lookups.half(word >> 16);
}

}  // namespace cairn::rv32
