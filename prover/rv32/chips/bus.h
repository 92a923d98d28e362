// The buses between the chips of the rv32 machine, by number. docs/rv32.md says why each balances
// only for an honest run.
#pragma once

#include <array>

#include "prover/air/shape.h"

namespace cairn::rv32 {

/// execution {pc, time, exited, code_lo, code_hi}: where the machine is before an instruction. One
///   chain from the state that the public values begin with to the one that they end with; an exit
///   is its last link.
/// memory {address, lo, hi, time}: the last access to a word, at a byte address that is a multiple
///   of 4. Both halves are 16-bit numbers, whoever puts them there. Registers are words too: see
///   register_address().
/// program {pc, op, rd, rs1, rs2, x_lo, x_hi, y_lo, y_hi}: a decoded instruction; see Fetched in
///   chips/row.h.
/// code {pc, lo, hi}: a word of code, from the tree to the decoder.
/// node {level, index, before 8, after 8}: the digest of a node of the memory tree, at the
///   beginning and at the end.
/// hash {left 8, right 8, digest 8}: digest = compress(left, right).
/// half {x}: x is a 16-bit number.
/// byte_pair {a, b}: both are bytes.
/// byte_and {a, b, a & b}: of bytes.
/// region {upper, write}: the upper half of an address that may be read (0) or written (1); so it
///   is below 2^14.
struct BusOf {
  enum : unsigned {
    execution,
    memory,
    program,
    code,
    node,
    hash,
    half,
    byte_pair,
    byte_and,
    region,
  };
};

inline constexpr std::array rv32_buses = {
    engine::Bus{"execution", engine::BusKind::permutation, 5},
    engine::Bus{"memory", engine::BusKind::permutation, 4},
    engine::Bus{"program", engine::BusKind::lookup, 9},
    engine::Bus{"code", engine::BusKind::permutation, 3},
    engine::Bus{"node", engine::BusKind::permutation, 18},
    engine::Bus{"hash", engine::BusKind::lookup, 24},
    engine::Bus{"half", engine::BusKind::lookup, 1},
    engine::Bus{"byte_pair", engine::BusKind::lookup, 2},
    engine::Bus{"byte_and", engine::BusKind::lookup, 3},
    engine::Bus{"region", engine::BusKind::lookup, 2},
};

/// Register i is the word at byte address 4 i, in the guard page that no load or store may touch.
/// Writes to x0 go to kDiscardAddress, so that x0 stays what it is at the beginning: 0.
constexpr std::uint32_t register_address(unsigned i) { return 4 * i; }
inline constexpr std::uint32_t kDiscardAddress = 4 * 32;

/// An instruction's accesses happen at time + slot; the next instruction's time is kTimePerCycle
/// later. The first instruction of a segment has time 1; what is in memory when it begins has time
/// 0.
inline constexpr std::uint32_t kTimePerCycle = 4;
/// Times are at most this; a segment has at most kCyclesMax instructions.
inline constexpr std::uint32_t kTimeEnd = 1u << 24;
inline constexpr std::uint32_t kCyclesMax = kTimeEnd / kTimePerCycle;
/// An access comes less than this after the one before it: see chips/refresh.h.
inline constexpr std::uint32_t kGapEnd = 1u << 16;
struct Slot {
  enum : std::uint32_t { rs1, rs2, memory, rd };
};

}  // namespace cairn::rv32
