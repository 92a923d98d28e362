// Writes RV32IM programs for tests, one call for each instruction.
#pragma once

#include <cstdint>
#include <vector>

#include "prover/rv32/image.h"
#include "prover/rv32/instruction.h"
#include "prover/rv32/little_endian.h"

namespace cairn::rv32::test {

/// The word of an instruction; bits of `imm` that its format does not have are dropped.
inline std::uint32_t encode(const Instruction& in) {
  const OpRow& row = row_of(in.op);
  const std::uint32_t imm = in.imm, rd = std::uint32_t{in.rd} << 7, rs1 = std::uint32_t{in.rs1} << 15;
  const std::uint32_t rs2 = std::uint32_t{in.rs2} << 20;
  const auto bits = [imm](unsigned from, unsigned width, unsigned to) {
    return (imm >> from & ((1u << width) - 1)) << to;
  };
  switch (row.format) {
    case Format::R:
      return row.match | rd | rs1 | rs2;
    case Format::I:
      return row.match | rd | rs1 | bits(0, 12, 20);
    case Format::H:
      return row.match | rd | rs1 | bits(0, 5, 20);
    case Format::S:
      return row.match | rs1 | rs2 | bits(0, 5, 7) | bits(5, 7, 25);
    case Format::B:
      return row.match | rs1 | rs2 | bits(11, 1, 7) | bits(1, 4, 8) | bits(5, 6, 25) | bits(12, 1, 31);
    case Format::U:
      return row.match | rd | (imm & 0xffff'f000);
    case Format::J:
      return row.match | rd | bits(12, 8, 12) | bits(11, 1, 20) | bits(1, 10, 21) | bits(20, 1, 31);
    case Format::N:
      return row.match;
  }
  return 0;
}

inline constexpr std::uint32_t kCode = 0x10000;
inline constexpr std::uint8_t zero = 0, ra = 1, sp = 2, t0 = 5, t1 = 6, t2 = 7, a0 = 10, a1 = 11, a7 = 17;

class Assembler {
 public:
  std::vector<std::uint32_t> words;

  std::uint32_t here() const { return kCode + 4 * static_cast<std::uint32_t>(words.size()); }
  Assembler& word(std::uint32_t value) {
    words.push_back(value);
    return *this;
  }
  /// rd, rs1 and rs2 as far as the format has them, in this order.
  Assembler& op(Op op, std::uint8_t rd, std::uint8_t rs1, std::uint8_t rs2, std::uint32_t imm = 0) {
    return word(encode({op, rd, rs1, rs2, imm}));
  }
  Assembler& reg(Op o, std::uint8_t rd, std::uint8_t rs1, std::uint8_t rs2) { return op(o, rd, rs1, rs2); }
  Assembler& imm(Op o, std::uint8_t rd, std::uint8_t rs1, std::uint32_t value) {
    return op(o, rd, rs1, 0, value);
  }
  Assembler& store(Op o, std::uint8_t value, std::uint8_t at, std::uint32_t offset) {
    return op(o, 0, at, value, offset);
  }
  Assembler& branch(Op o, std::uint8_t rs1, std::uint8_t rs2, std::uint32_t offset) {
    return op(o, 0, rs1, rs2, offset);
  }
  /// Two instructions for any value.
  Assembler& li(std::uint8_t rd, std::uint32_t value) {
    op(Op::lui, rd, 0, 0, value + 0x800);
    return imm(Op::addi, rd, rd, value);
  }
  Assembler& exit(std::uint32_t code) { return li(a0, code).li(a7, 0).op(Op::ecall, 0, 0, 0); }

  /// Runs at kCode; `data` is RAM from its beginning on.
  Image image(const Bytes& data = {}) const {
    Bytes code;
    for (const std::uint32_t w : words) put_u32(code, w);
    Image out{kCode, {{kCode, static_cast<std::uint32_t>(code.size()), true, false, code}}};
    if (!data.empty())
      out.segments.push_back({0x1000'0000, static_cast<std::uint32_t>(data.size()), false, true, data});
    return out;
  }
};

}  // namespace cairn::rv32::test
