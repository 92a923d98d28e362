// Instructions at the edges of what they can do. Expected values are written out from the manual, not
// computed by the code under test.
#pragma once

#include <cstdint>

#include "prover/rv32/instruction.h"

namespace cairn::rv32::test {

inline constexpr std::uint32_t kMin = 0x8000'0000, kMax = 0x7fff'ffff, kOnes = 0xffff'ffff;
constexpr std::uint32_t minus(std::uint32_t x) { return 0u - x; }

/// `expected` = op(a, b): of registers, or of a register and an immediate.
struct Case {
  Op op;
  std::uint32_t a, b, expected;
};

// clang-format off
inline constexpr Case kRegisterCases[] = {
    {Op::add, 1, 2, 3}, {Op::add, kOnes, 1, 0}, {Op::add, kMax, 1, kMin}, {Op::add, kMin, kMin, 0},
    {Op::sub, 1, 2, kOnes}, {Op::sub, 0, kMin, kMin}, {Op::sub, kMin, 1, kMax}, {Op::sub, 5, 5, 0},
    {Op::sll, 1, 31, kMin}, {Op::sll, 1, 32, 1}, {Op::sll, 3, 33, 6}, {Op::sll, kOnes, 0, kOnes}, {Op::sll, kOnes, kOnes, kMin},
    {Op::srl, kMin, 31, 1}, {Op::srl, kMin, 32, kMin}, {Op::srl, kOnes, 33, kMax}, {Op::srl, kOnes, kOnes, 1},
    {Op::sra, kMin, 31, kOnes}, {Op::sra, kMin, 32, kMin}, {Op::sra, kMin, 1, 0xc000'0000}, {Op::sra, kMax, 30, 1},
    {Op::sra, kOnes, 63, kOnes},
    {Op::slt, kMin, kMax, 1}, {Op::slt, kMax, kMin, 0}, {Op::slt, kOnes, 0, 1}, {Op::slt, 0, 0, 0}, {Op::slt, 0, 1, 1},
    {Op::sltu, kMin, kMax, 0}, {Op::sltu, kMax, kMin, 1}, {Op::sltu, kOnes, 0, 0}, {Op::sltu, 0, kOnes, 1}, {Op::sltu, 7, 7, 0},
    {Op::xor_, 0xff00'ff00, 0x0ff0'0ff0, 0xf0f0'f0f0}, {Op::xor_, kOnes, kOnes, 0},
    {Op::or_, 0xff00'ff00, 0x0ff0'0ff0, 0xfff0'fff0}, {Op::or_, 0, 0, 0},
    {Op::and_, 0xff00'ff00, 0x0ff0'0ff0, 0x0f00'0f00}, {Op::and_, kOnes, kMin, kMin},
    {Op::mul, 7, 6, 42}, {Op::mul, 0x10000, 0x10000, 0}, {Op::mul, kOnes, kOnes, 1}, {Op::mul, kMin, kOnes, kMin},
    {Op::mul, 0x1234'5678, 0x9abc'def0, 0x242d'2080},
    {Op::mulh, 1, 1, 0}, {Op::mulh, kOnes, kOnes, 0}, {Op::mulh, kMin, kMin, 0x4000'0000}, {Op::mulh, kMin, kOnes, 0},
    {Op::mulh, kMin, 1, kOnes}, {Op::mulh, kMax, kMax, 0x3fff'ffff}, {Op::mulh, kMin, kMax, 0xc000'0000},
    {Op::mulhsu, kOnes, kOnes, kOnes}, {Op::mulhsu, kMin, kOnes, kMin}, {Op::mulhsu, kMax, kOnes, 0x7fff'fffe},
    {Op::mulhsu, 0, kOnes, 0}, {Op::mulhsu, kOnes, 1, kOnes}, {Op::mulhsu, 1, kOnes, 0}, {Op::mulhsu, kMin, kMin, 0xc000'0000},
    {Op::mulhu, kOnes, kOnes, 0xffff'fffe}, {Op::mulhu, kMin, kMin, 0x4000'0000}, {Op::mulhu, kMin, 2, 1}, {Op::mulhu, 0, kOnes, 0},
    {Op::div, 20, 6, 3}, {Op::div, minus(20), 6, minus(3)},
    {Op::div, 20, minus(6), minus(3)}, {Op::div, 1, 0, kOnes}, {Op::div, kMin, 0, kOnes},
    {Op::div, 0, 0, kOnes}, {Op::div, kMin, kOnes, kMin}, {Op::div, kMin, 1, kMin}, {Op::div, kMax, kOnes, 0x8000'0001},
    {Op::divu, kOnes, 2, kMax}, {Op::divu, 1, 0, kOnes}, {Op::divu, 0, 0, kOnes}, {Op::divu, kMin, kOnes, 0}, {Op::divu, kOnes, kOnes, 1},
    {Op::rem, 20, 6, 2}, {Op::rem, minus(20), 6, minus(2)},
    {Op::rem, 20, minus(6), 2}, {Op::rem, 5, 0, 5}, {Op::rem, kMin, 0, kMin}, {Op::rem, kMin, kOnes, 0},
    {Op::rem, kMin, kMin, 0}, {Op::rem, kOnes, 2, kOnes},
    {Op::remu, kOnes, 16, 15}, {Op::remu, 5, 0, 5}, {Op::remu, kMin, kOnes, kMin}, {Op::remu, kOnes, kOnes, 0},
};
// clang-format on

// clang-format off
inline constexpr Case kImmediateCases[] = {
    {Op::addi, kMax, 1, kMin}, {Op::addi, 0, kOnes, kOnes}, {Op::addi, 5, 0xffff'f800, 0xffff'f805}, {Op::addi, kOnes, 2047, 2046},
    {Op::slti, kMin, 0, 1}, {Op::slti, 0, kOnes, 0}, {Op::slti, 0xffff'f800, 0xffff'f801, 1}, {Op::slti, 5, 5, 0},
    {Op::sltiu, 5, kOnes, 1}, {Op::sltiu, kOnes, kOnes, 0}, {Op::sltiu, 0, 1, 1}, {Op::sltiu, 0xffff'f7ff, 0xffff'f800, 1},
    {Op::xori, 0x5555'5555, kOnes, 0xaaaa'aaaa}, {Op::ori, 0x5555'5555, 0xffff'f800, 0xffff'fd55},
    {Op::ori, 0, 2047, 2047}, {Op::andi, kOnes, 0xffff'f800, 0xffff'f800}, {Op::andi, kOnes, 2047, 2047},
    {Op::slli, 1, 31, kMin}, {Op::slli, kOnes, 0, kOnes}, {Op::srli, kMin, 31, 1}, {Op::srli, kMin, 0, kMin},
    {Op::srai, kMin, 31, kOnes}, {Op::srai, kMax, 31, 0}, {Op::srai, kMin, 0, kMin},
};
// clang-format on

struct BranchCase {
  Op op;
  std::uint32_t a, b;
  bool taken;
};
inline constexpr BranchCase kBranchCases[] = {
    {Op::beq, 1, 1, true},         {Op::beq, 1, 2, false},        {Op::beq, kMin, 0, false},
    {Op::bne, 1, 1, false},        {Op::bne, kMin, kMax, true},   {Op::blt, kMin, kMax, true},
    {Op::blt, kMax, kMin, false},  {Op::blt, 3, 3, false},        {Op::blt, kOnes, 0, true},
    {Op::bge, kMin, kMax, false},  {Op::bge, kMax, kMin, true},   {Op::bge, 3, 3, true},
    {Op::bge, 0, kOnes, true},     {Op::bltu, kMin, kMax, false}, {Op::bltu, kMax, kMin, true},
    {Op::bltu, 3, 3, false},       {Op::bltu, kOnes, 0, false},   {Op::bgeu, kMin, kMax, true},
    {Op::bgeu, kMax, kMin, false}, {Op::bgeu, 3, 3, true},        {Op::bgeu, 0, kOnes, false},
};

}  // namespace cairn::rv32::test
