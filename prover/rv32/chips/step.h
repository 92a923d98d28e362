// One instruction as it was executed: all that its chip's row is made from.
#pragma once

#include "prover/rv32/instruction.h"

namespace cairn::rv32 {

/// An access to a word of memory or to a register: the word before and after it, and when the access
/// before was, which is less than kGapEnd earlier.
struct WordAccess {
  std::uint32_t address = 0;  ///< In bytes, a multiple of 4.
  std::uint32_t old = 0;      ///< What the word was.
  std::uint32_t word = 0;     ///< What it is from then on; the same when it is read.
  std::uint32_t before = 0;   ///< Time of the access before; 0 for what the segment began with.

  friend bool operator==(const WordAccess&, const WordAccess&) = default;
};

/// Accesses that the instruction does not make are all 0.
struct Step {
  std::uint32_t pc = 0;
  std::uint32_t time = 0;  ///< 1 + 4 * instructions of the segment before this one.
  Instruction instruction;
  WordAccess rs1, rs2, memory, rd;
  std::uint32_t next_pc = 0;
};

/// A word is written again as it is, so that the next access does not come too long after the one
/// before.
struct Refresh {
  std::uint32_t address = 0, word = 0, before = 0;
  std::uint32_t time = 0;  ///< A multiple of kGapEnd.
};

/// An instruction that was executed, and how often.
struct FetchedWord {
  std::uint32_t pc = 0, word = 0, count = 0;
};

}  // namespace cairn::rv32
