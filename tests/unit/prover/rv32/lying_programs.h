// For each instruction, a program in which it matters and another that leaves something else in its place.
#pragma once

#include "tests/unit/prover/rv32/lie.h"

namespace cairn::rv32::test {

inline constexpr std::uint32_t kData = 0x1000'0000;
inline constexpr std::uint32_t kBefore = 14;  // instructions before the one that matters

/// One instruction between others: t0, t1 and memory at sp hold words of all kinds, t2 and what follows is stored.
inline Assembler around(const Instruction& in) {
  Assembler program;
  program.li(sp, kData).li(t0, 0x8765'4321).li(t1, 0xffff'fff3).li(t2, 0).li(28, kCode + 4 * (kBefore + 1));
  program.store(Op::sw, t0, sp, 0).store(Op::sw, t1, sp, 4);
  while (program.words.size() < kBefore) program.imm(Op::addi, 0, 0, 0);
  program.word(encode(in));
  for (int i = 0; i < 3; ++i) program.imm(Op::addi, t2, t2, 1);
  program.store(Op::sw, t2, sp, 16);
  return program.exit(0);
}

struct Swap {
  Instruction program, ran;
};

constexpr Instruction reg(Op op) { return {op, t2, t0, t1, 0}; }
constexpr Instruction imm(Op op, std::uint32_t value, std::uint8_t from = t0) { return {op, t2, from, 0, value}; }
constexpr Instruction load(Op op, std::uint32_t at) { return {op, t2, sp, 0, at}; }
constexpr Instruction store(Op op, std::uint32_t at, std::uint8_t what = t0) { return {op, 0, sp, what, at}; }
constexpr Instruction branch(Op op, std::uint32_t by) { return {op, 0, t0, t1, by}; }

/// What was executed has another result than what is claimed, but reads and writes the same registers.
inline constexpr Swap kSwaps[] = {
    {reg(Op::add), reg(Op::sub)},          {reg(Op::sub), reg(Op::add)},         {reg(Op::sll), reg(Op::srl)},
    {reg(Op::srl), reg(Op::sra)},          {reg(Op::sra), reg(Op::srl)},         {reg(Op::slt), reg(Op::and_)},
    {reg(Op::sltu), reg(Op::xor_)},        {reg(Op::slt), reg(Op::div)},         {reg(Op::xor_), reg(Op::or_)},
    {reg(Op::or_), reg(Op::and_)},         {reg(Op::and_), reg(Op::xor_)},       {reg(Op::mul), reg(Op::mulh)},
    {reg(Op::mulh), reg(Op::mulhu)},       {reg(Op::mulhsu), reg(Op::mulh)},     {reg(Op::mulhu), reg(Op::mulhsu)},
    {reg(Op::div), reg(Op::divu)},         {reg(Op::divu), reg(Op::div)},        {reg(Op::rem), reg(Op::remu)},
    {reg(Op::remu), reg(Op::rem)},         {imm(Op::addi, 5), imm(Op::addi, 6)}, {imm(Op::xori, 5), imm(Op::xori, 7)},
    {imm(Op::ori, 2), imm(Op::ori, 4)},    {imm(Op::andi, 1), imm(Op::andi, 0x21)}, {imm(Op::slli, 3), imm(Op::slli, 4)},
    {imm(Op::srli, 3), imm(Op::srai, 3)},  {imm(Op::srai, 9), imm(Op::srli, 9)}, {imm(Op::slti, 0), imm(Op::sltiu, 0)},
    {imm(Op::sltiu, 7), imm(Op::slti, 7)}, {load(Op::lw, 0), load(Op::lw, 4)},   {load(Op::lb, 4), load(Op::lbu, 4)},
    {load(Op::lbu, 4), load(Op::lb, 4)},   {load(Op::lh, 4), load(Op::lhu, 4)},  {load(Op::lhu, 4), load(Op::lh, 4)},
    {load(Op::lb, 0), load(Op::lb, 1)},    {load(Op::lhu, 0), load(Op::lhu, 2)}, {load(Op::lbu, 3), load(Op::lbu, 7)},
    {store(Op::sw, 16), store(Op::sw, 20)}, {store(Op::sb, 4), store(Op::sh, 4)}, {store(Op::sh, 4), store(Op::sw, 4)},
    {store(Op::sb, 4), store(Op::sb, 5)},  {store(Op::sh, 4), store(Op::sh, 6)}, {store(Op::sw, 4), store(Op::sb, 4)},
    {branch(Op::beq, 8), branch(Op::bne, 8)}, {branch(Op::bne, 8), branch(Op::beq, 8)}, {branch(Op::blt, 8), branch(Op::bge, 8)},
    {branch(Op::bge, 8), branch(Op::blt, 8)}, {branch(Op::bltu, 8), branch(Op::bgeu, 8)}, {branch(Op::bgeu, 8), branch(Op::bltu, 8)},
    {branch(Op::bne, 8), branch(Op::bne, 12)}, {{Op::lui, t2, 0, 0, 0x5000}, {Op::lui, t2, 0, 0, 0x6000}},
    {{Op::auipc, t2, 0, 0, 0x5000}, {Op::auipc, t2, 0, 0, 0x4000}}, {{Op::auipc, t2, 0, 0, 0x5000}, {Op::lui, t2, 0, 0, 0x5000}},
    {{Op::jal, ra, 0, 0, 4}, {Op::jal, ra, 0, 0, 8}}, {imm(Op::jalr, 0, 28), imm(Op::jalr, 4, 28)},
    {imm(Op::jalr, 0, 28), imm(Op::addi, 8, 28)},
};

}  // namespace cairn::rv32::test
