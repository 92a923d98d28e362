// Instructions of RV32IM, decoded.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cairn::rv32 {

enum class Op : std::uint8_t {
#define RV32(op, family, format, match, mask) op,
#include "prover/rv32/instructions.inc"
#undef RV32
  illegal,
};
inline constexpr std::size_t kOps = static_cast<std::size_t>(Op::illegal);

/// Instructions that one chip proves. Segments are limited in the rows of each, see segment.h.
enum class Family : std::uint8_t {
  add,
  bitwise,
  shift,
  compare,
  constant,
  jump_register,
  branch_equal,
  branch_less,
  load_word,
  load_narrow,
  store_word,
  store_narrow,
  multiply,
  multiply_high,
  divide,
  system,
};
inline constexpr std::size_t kFamilies = 16;

/// Which bits of a word are operands: R rd rs1 rs2; I rd rs1 imm; H rd rs1 shift amount; S rs1 rs2 imm;
/// B rs1 rs2 offset; U rd imm; J rd offset; N none.
enum class Format : std::uint8_t { R, I, H, S, B, U, J, N };

struct OpRow {
  Op op;
  std::string_view mnemonic;
  Family family;
  Format format;
  std::uint32_t match, mask;
};
/// The row of instructions.inc. Requires op != Op::illegal (asserted).
const OpRow& row_of(Op op);
std::string_view family_name(Family family);

/// Operands that the format does not have are 0. `imm` is sign-extended; that of `lui` and `auipc` has
/// its lower 12 bits 0. Of an illegal word `imm` is the word.
struct Instruction {
  Op op = Op::illegal;
  std::uint8_t rd = 0, rs1 = 0, rs2 = 0;
  std::uint32_t imm = 0;

  friend bool operator==(const Instruction&, const Instruction&) = default;
};

/// Total: what is not RV32IM is Op::illegal. `fence` has no operands, for it does nothing here.
Instruction decode(std::uint32_t word);

/// `ecall`: which call is in a7, its argument in a0. There is one: the program ends, with the exit code in
/// a0.
inline constexpr std::uint8_t kRegisterCall = 17, kRegisterArgument = 10;
inline constexpr std::uint32_t kCallExit = 0;

/// Ends a run of instructions that follow each other: jumps, branches, ecall, ebreak, illegal ones.
constexpr bool ends_block(Op op) {
  return (op >= Op::jal && op <= Op::bgeu) || op == Op::ecall || op == Op::ebreak || op == Op::illegal;
}

}  // namespace cairn::rv32
