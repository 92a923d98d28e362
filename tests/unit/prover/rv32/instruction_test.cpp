#include "prover/rv32/instruction.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <set>

#include "tests/unit/prover/rv32/assembler.h"

namespace cairn::rv32 {

void PrintTo(const Instruction& in, std::ostream* out) {
  *out << (in.op == Op::illegal ? "illegal" : row_of(in.op).mnemonic) << " rd " << int{in.rd} << " rs1 "
       << int{in.rs1} << " rs2 " << int{in.rs2} << " imm " << in.imm;
}

namespace {

/// The lower `width` bits, extended by their sign.
constexpr std::uint32_t as_if_signed(std::uint32_t value, unsigned width) {
  const std::uint32_t sign = 1u << (width - 1), low = value & (2 * sign - 1);
  return (low ^ sign) - sign;
}

struct Known {
  std::uint32_t word;
  Instruction in;
};
// Words of the GNU assembler 2.40.
constexpr Known kKnown[] = {
    {0xfedcb2b7, {Op::lui, 5, 0, 0, 0xfedcb000u}},     // lui x5, 0xfedcb
    {0x80000f97, {Op::auipc, 31, 0, 0, 0x80000000u}},  // auipc x31, 0x80000
    {0x800000ef, {Op::jal, 1, 0, 0, 0xfff00000u}},     // jal x1, .-1048576
    {0x7ffff06f, {Op::jal, 0, 0, 0, 0xffffeu}},        // jal x0, .+1048574
    {0x800302e7, {Op::jalr, 5, 6, 0, 0xfffff800u}},    // jalr x5, -2048(x6)
    {0x80208063, {Op::beq, 0, 1, 2, 0xfffff000u}},     // beq x1, x2, .-4096
    {0x7e419fe3, {Op::bne, 0, 3, 4, 0xffeu}},          // bne x3, x4, .+4094
    {0x0062c463, {Op::blt, 0, 5, 6, 0x8u}},            // blt x5, x6, .+8
    {0xfe83dce3, {Op::bge, 0, 7, 8, 0xfffffff8u}},     // bge x7, x8, .-8
    {0x00a4e0e3, {Op::bltu, 0, 9, 10, 0x800u}},        // bltu x9, x10, .+2048
    {0x80c5f0e3, {Op::bgeu, 0, 11, 12, 0xfffff800u}},  // bgeu x11, x12, .-2048
    {0xfff70683, {Op::lb, 13, 14, 0, 0xffffffffu}},    // lb x13, -1(x14)
    {0x7ff81783, {Op::lh, 15, 16, 0, 0x7ffu}},         // lh x15, 2047(x16)
    {0x80092883, {Op::lw, 17, 18, 0, 0xfffff800u}},    // lw x17, -2048(x18)
    {0x000a4983, {Op::lbu, 19, 20, 0, 0x0u}},          // lbu x19, 0(x20)
    {0x002b5a83, {Op::lhu, 21, 22, 0, 0x2u}},          // lhu x21, 2(x22)
    {0xff7c0fa3, {Op::sb, 0, 24, 23, 0xffffffffu}},    // sb x23, -1(x24)
    {0x7f9d1f23, {Op::sh, 0, 26, 25, 0x7feu}},         // sh x25, 2046(x26)
    {0x81be2023, {Op::sw, 0, 28, 27, 0xfffff800u}},    // sw x27, -2048(x28)
    {0xffff0e93, {Op::addi, 29, 30, 0, 0xffffffffu}},  // addi x29, x30, -1
    {0x7ff0af93, {Op::slti, 31, 1, 0, 0x7ffu}},        // slti x31, x1, 2047
    {0x8001b113, {Op::sltiu, 2, 3, 0, 0xfffff800u}},   // sltiu x2, x3, -2048
    {0xfff2c213, {Op::xori, 4, 5, 0, 0xffffffffu}},    // xori x4, x5, -1
    {0x5553e313, {Op::ori, 6, 7, 0, 0x555u}},          // ori x6, x7, 1365
    {0xaaa4f413, {Op::andi, 8, 9, 0, 0xfffffaaau}},    // andi x8, x9, -1366
    {0x01f59513, {Op::slli, 10, 11, 0, 0x1fu}},        // slli x10, x11, 31
    {0x0016d613, {Op::srli, 12, 13, 0, 0x1u}},         // srli x12, x13, 1
    {0x41f7d713, {Op::srai, 14, 15, 0, 0x1fu}},        // srai x14, x15, 31
    {0x01288833, {Op::add, 16, 17, 18, 0x0u}},         // add x16, x17, x18
    {0x415a09b3, {Op::sub, 19, 20, 21, 0x0u}},         // sub x19, x20, x21
    {0x018b9b33, {Op::sll, 22, 23, 24, 0x0u}},         // sll x22, x23, x24
    {0x01bd2cb3, {Op::slt, 25, 26, 27, 0x0u}},         // slt x25, x26, x27
    {0x01eebe33, {Op::sltu, 28, 29, 30, 0x0u}},        // sltu x28, x29, x30
    {0x0020cfb3, {Op::xor_, 31, 1, 2, 0x0u}},          // xor x31, x1, x2
    {0x005251b3, {Op::srl, 3, 4, 5, 0x0u}},            // srl x3, x4, x5
    {0x4083d333, {Op::sra, 6, 7, 8, 0x0u}},            // sra x6, x7, x8
    {0x00b564b3, {Op::or_, 9, 10, 11, 0x0u}},          // or x9, x10, x11
    {0x00e6f633, {Op::and_, 12, 13, 14, 0x0u}},        // and x12, x13, x14
    {0x0ff0000f, {Op::fence, 0, 0, 0, 0x0u}},          // fence
    {0x0310000f, {Op::fence, 0, 0, 0, 0x0u}},          // fence rw, w
    {0x00000073, {Op::ecall, 0, 0, 0, 0x0u}},          // ecall
    {0x00100073, {Op::ebreak, 0, 0, 0, 0x0u}},         // ebreak
    {0x031807b3, {Op::mul, 15, 16, 17, 0x0u}},         // mul x15, x16, x17
    {0x03499933, {Op::mulh, 18, 19, 20, 0x0u}},        // mulh x18, x19, x20
    {0x037b2ab3, {Op::mulhsu, 21, 22, 23, 0x0u}},      // mulhsu x21, x22, x23
    {0x03acbc33, {Op::mulhu, 24, 25, 26, 0x0u}},       // mulhu x24, x25, x26
    {0x03de4db3, {Op::div, 27, 28, 29, 0x0u}},         // div x27, x28, x29
    {0x021fdf33, {Op::divu, 30, 31, 1, 0x0u}},         // divu x30, x31, x1
    {0x0241e133, {Op::rem, 2, 3, 4, 0x0u}},            // rem x2, x3, x4
    {0x027372b3, {Op::remu, 5, 6, 7, 0x0u}},           // remu x5, x6, x7
};

TEST(Instruction, DecodesWhatTheGnuAssemblerWrites) {
  std::set<Op> seen;
  for (const Known& known : kKnown) {
    EXPECT_EQ(decode(known.word), known.in) << std::hex << known.word;
    seen.insert(known.in.op);
  }
  EXPECT_EQ(seen.size(), kOps) << "each instruction is in the table";
}

TEST(Instruction, AnyOperandsSurviveEncodingAndDecoding) {
  std::mt19937 random(1);
  for (std::size_t i = 0; i < kOps; ++i) {
    const OpRow& row = row_of(static_cast<Op>(i));
    for (int round = 0; round < 1000; ++round) {
      // What is not an operand is 0 after decoding.
      Instruction in{row.op, 0, 0, 0, 0};
      const auto reg = [&] { return static_cast<std::uint8_t>(random() % 32); };
      const std::uint32_t any = static_cast<std::uint32_t>(random());
      switch (row.format) {
        case Format::R:
          in = {row.op, reg(), reg(), reg(), 0};
          break;
        case Format::I:
          in = {row.op, reg(), reg(), 0, as_if_signed(any, 12)};
          break;
        case Format::H:
          in = {row.op, reg(), reg(), 0, any % 32};
          break;
        case Format::S:
          in = {row.op, 0, reg(), reg(), as_if_signed(any, 12)};
          break;
        case Format::B:
          in = {row.op, 0, reg(), reg(), as_if_signed(any & ~1u, 13)};
          break;
        case Format::U:
          in = {row.op, reg(), 0, 0, any & ~0xfffu};
          break;
        case Format::J:
          in = {row.op, reg(), 0, 0, as_if_signed(any & ~1u, 21)};
          break;
        case Format::N:
          break;
      }
      ASSERT_EQ(decode(test::encode(in)), in);
    }
  }
}

TEST(Instruction, NoWordIsTwoInstructions) {
  for (std::size_t i = 0; i < kOps; ++i) {
    const OpRow& a = row_of(static_cast<Op>(i));
    EXPECT_EQ(a.match & ~a.mask, 0u);
    for (std::size_t j = 0; j < i; ++j) {
      const OpRow& b = row_of(static_cast<Op>(j));
      EXPECT_NE((a.match ^ b.match) & a.mask & b.mask, 0u) << a.mnemonic << " " << b.mnemonic;
    }
  }
}

TEST(Instruction, WhatIsNotRv32imIsIllegal) {
  for (const std::uint32_t word :
       {0x00000000u, 0xffffffffu,
        0x00000001u,                                          // compressed
        0x0000000bu,                                          // custom-0
        0x0000100fu,                                          // fence.i
        0xc0002573u, 0x30529073u,                             // csrrs a0, cycle; csrrw mtvec
        0x10500073u, 0x30200073u,                             // wfi, mret
        0x000000f3u, 0x00000473u,                             // ecall with operands
        0x00200073u, 0x02001013u, 0x4000d093u | 0x02000000u,  // slli by 32, srai by 32
        0x40001033u, 0x40004033u, 0x04000033u,                // funct7 of no instruction
        0x00003003u, 0x00006003u, 0x00007003u,                // ld, lwu
        0x00003023u,                                          // sd
        0x00002063u, 0x00003063u, 0x00001067u,                // branches and jalr with other funct3
        0x0000001bu, 0x0000003bu,                             // addiw, addw
        0x0000202fu, 0x00000007u, 0x00000053u}) {             // lr.w, flh, fadd
    EXPECT_EQ(decode(word), (Instruction{Op::illegal, 0, 0, 0, word})) << std::hex << word;
  }
}

TEST(Instruction, BlocksEndWhereTheNextInstructionIsNotTheFollowingOne) {
  for (std::size_t i = 0; i < kOps; ++i) {
    const OpRow& row = row_of(static_cast<Op>(i));
    const bool moves = row.op == Op::jal || row.family == Family::jump_register ||
                       row.family == Family::branch_equal || row.family == Family::branch_less;
    EXPECT_EQ(ends_block(row.op), moves || row.family == Family::system) << row.mnemonic;
  }
  EXPECT_TRUE(ends_block(Op::illegal));
}

}  // namespace
}  // namespace cairn::rv32
