// The decoder's chip says of each word what decode() says, and nothing of what is no instruction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32 {
namespace {

using Columns = ProgramChip::Columns<KoalaBear>;
using testing::IsEmpty;

Columns row_at(std::uint32_t pc, std::uint32_t word) {
  static Lookups lookups;
  Columns row;
  ProgramChip::fill(row, {pc, word, 1}, lookups);
  return row;
}

/// The instruction of a flag: all but ebreak have one.
const OpRow& of_flag(std::size_t i) {
  return row_of(static_cast<Op>(i < static_cast<std::size_t>(Op::ebreak) ? i : i + 1));
}

/// What the chips of instructions look up, by what the manual says of the instruction.
std::vector<std::uint32_t> expected(std::uint32_t pc, const Instruction& in) {
  const OpRow& row = row_of(in.op);
  const Format f = row.format;
  std::uint32_t op = static_cast<std::uint32_t>(in.op), rd = 0, x = 0, next = 0, link = 0;
  const std::uint32_t target = (number(pc) + KoalaBear::from(static_cast<int>(in.imm))).canonical();
  if (f == Format::R || f == Format::I || f == Format::H || f == Format::U || f == Format::J) {
    rd = in.rd == 0 ? kDiscardAddress : 4u * in.rd;
  }
  if (f == Format::I || f == Format::H || f == Format::S) x = in.imm;
  if (f == Format::B) next = target;
  switch (in.op) {
    case Op::lui:
      x = in.imm, next = pc + 4;
      break;
    case Op::auipc:
      x = pc + in.imm, next = pc + 4, op = static_cast<std::uint32_t>(Op::lui);
      break;
    case Op::jal:
      x = pc + 4, next = target, op = static_cast<std::uint32_t>(Op::lui);
      break;
    case Op::jalr:
      link = pc + 4;
      break;
    case Op::fence:
      rd = kDiscardAddress, op = static_cast<std::uint32_t>(Op::addi);
      break;
    default:
      break;
  }
  return {pc,          op,         rd,      4u * in.rs1,
          4u * in.rs2, x & 0xffff, x >> 16, in.op == Op::jalr ? link & 0xffff : next,
          link >> 16};
}

TEST(Program, SaysWhatDecodeSays) {
  std::mt19937 random(7);
  const std::uint32_t pcs[] = {0x10000, 0x1fffc, 0x1'0004, 0x0fef'fffc, 0x0fee'fffc, 0x3fff'fffc, 0};
  for (std::size_t i = 0; i < kOps; ++i) {
    if (static_cast<Op>(i) == Op::ebreak) continue;
    const OpRow& op = row_of(static_cast<Op>(i));
    for (int round = 0; round < 60; ++round) {
      std::uint32_t word = (static_cast<std::uint32_t>(random()) & ~op.mask) | op.match;
      if (round == 0) word = op.match;
      if (round == 1) word = op.match | ~op.mask;
      if (round == 2) word &= ~(31u << 7) | op.mask;  // rd = x0
      const std::uint32_t pc = pcs[random() % std::size(pcs)];
      const test::Row row = test::row_of_chip<ProgramChip>(row_at(pc, word));
      EXPECT_THAT(row.failed, IsEmpty()) << op.mnemonic << " " << std::hex << word;
      EXPECT_EQ(row.on(BusOf::program).at(0).tuple, expected(pc, decode(word)))
          << op.mnemonic << " " << std::hex << word << " at " << pc;
      EXPECT_EQ(row.on(BusOf::code).at(0).tuple, (std::vector{pc, word & 0xffff, word >> 16}));
    }
  }
}

TEST(Program, AWordIsNoOtherInstruction) {
  std::mt19937 random(8);
  const auto claim = [](Columns row, std::uint32_t word, std::size_t op) {
    for (KoalaBear& flag : row.is) flag = KoalaBear::zero();
    if (op < ProgramChip::ops) row.is[op] = KoalaBear::one();
    for (unsigned k = 0; k < 32; ++k) row.bits[k] = number(word >> k & 1);
    return test::row_of_chip<ProgramChip>(row).holds();
  };
  for (int round = 0; round < 200; ++round) {
    const auto any = static_cast<std::uint32_t>(random());
    const OpRow& of = row_of(static_cast<Op>(random() % kOps));
    const std::uint32_t word = round % 4 == 0 ? any : (any & ~of.mask) | of.match;
    const Instruction in = decode(word);
    Columns row = row_at(0x10000, 0x13);  // carries and all fit no jump
    const std::uint32_t rd = word >> 7 & 31;
    row.no_rd = number(rd == 0 ? 1u : 0u);
    row.rd_inverse = number(rd).inverse();
    std::size_t held = 0;
    for (std::size_t op = 0; op <= ProgramChip::ops; ++op) held += claim(row, word, op);
    const bool carries = in.op == Op::auipc && (0x10000 + std::uint64_t{in.imm}) >> 32 != 0;
    EXPECT_EQ(held, in.op == Op::illegal || in.op == Op::ebreak || carries ? 0u : 1u) << std::hex << word;
  }
}

TEST(Program, APcHasOnePairOfHalves) {
  for (const std::uint32_t pc : {0x10000u, 0x1fffcu, 0x3fff'fffcu, 0u, 0x0fef'0004u}) {
    Columns row = row_at(pc, 0xffff'f517);  // auipc a0
    const KoalaBear honest = row.pc_lo;
    const auto is_refused = [&](std::uint32_t hi) {
      row.pc_lo = row.pc - number(hi) * number(1u << 16);
      return row.pc_lo == honest || !test::row_of_chip<ProgramChip>(row).holds();
    };
    for (std::uint32_t hi = 0; hi < 1u << 16; hi += hi < 1u << 12 ? 1 : 61)
      EXPECT_TRUE(is_refused(hi)) << pc << " " << hi;
    const std::uint32_t alias = (pc + KoalaBear::modulus) >> 16;  // lo + 2^16 hi = pc + p
    EXPECT_TRUE(is_refused(alias)) << pc;
  }
}

TEST(Program, X0IsDiscardedAndNoOtherRegisterIs) {
  for (std::uint32_t rd = 0; rd < 32; ++rd) {
    Columns row = row_at(0x10000, 0x13 | rd << 7);
    row.no_rd = KoalaBear::one() - row.no_rd;
    EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds()) << rd;
    row.rd_inverse = KoalaBear::zero();
    EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds()) << rd;
  }
}

TEST(Program, EveryBitOfAnInstructionCounts) {
  for (std::size_t op = 0; op < ProgramChip::ops; ++op) {
    const OpRow& of = of_flag(op);
    const Columns honest = row_at(0x20000, of.match | (of.format == Format::N ? 0 : 5u << 7));
    ASSERT_TRUE(test::row_of_chip<ProgramChip>(honest).holds()) << of.mnemonic;
    for (unsigned k = 0; k < 32; ++k) {
      if ((of.mask >> k & 1) == 0) continue;
      Columns row = honest;
      row.bits[k] = KoalaBear::one() - row.bits[k];
      KoalaBear rd = KoalaBear::zero();
      for (unsigned i = 0; i < 5; ++i) rd += row.bits[7 + i] * number(1u << i);
      row.no_rd = number(rd.is_zero() ? 1u : 0u);
      row.rd_inverse = rd.inverse();
      EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds()) << of.mnemonic << ", bit " << k;
    }
  }
}

// Bits that are none, with the same words: of each bit and any other one of its half.
TEST(Program, BitsAreBits) {
  std::mt19937 random(9);
  for (std::size_t op = 0; op < ProgramChip::ops; ++op) {
    const OpRow& of = of_flag(op);
    for (const std::uint32_t word :
         {of.match, of.match | ~of.mask, (static_cast<std::uint32_t>(random()) & ~of.mask) | of.match}) {
      const Columns honest = row_at(0x20000, word);
      for (unsigned k = 0; k < 32; ++k) {
        for (unsigned other = k & 16; other < (k & 16) + 16; ++other) {
          if (other == k) continue;
          Columns row = honest;
          row.bits[other] = KoalaBear::one() - row.bits[other];
          row.bits[k] -=
              (row.bits[other] - honest.bits[other]) * number(2).pow(other) * number(2).pow(k).inverse();
          // x0 is what the bits say.
          KoalaBear rd = KoalaBear::zero();
          for (unsigned i = 0; i < 5; ++i) rd += row.bits[7 + i] * number(1u << i);
          row.no_rd = number(rd.is_zero() ? 1u : 0u);
          row.rd_inverse = rd.inverse();
          for (std::uint32_t carries = 0; carries < 4; ++carries) {
            row.carry_lo = number(carries & 1);
            row.carry_hi = number(carries >> 1);
            EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds())
                << of.mnemonic << " " << std::hex << word << ", bits " << k << " " << other;
          }
        }
      }
    }
  }
}

// The sum of two instructions less a third can have the bits of a fourth, or of none: lw + addi - sltiu and
// the like.
TEST(Program, NoSumOfInstructionsIsOne) {
  std::size_t tried = 0;
  for (std::size_t less = 0; less < ProgramChip::ops; ++less) {
    for (std::size_t a = 0; a < ProgramChip::ops; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (a == less || b == less) continue;
        std::uint32_t word = 0;
        bool fits = true;
        for (unsigned k = 0; k < 32; ++k) {
          const auto sum = [&](auto bits_of) {
            const auto bit = [&](std::size_t op) { return static_cast<int>(bits_of(of_flag(op)) >> k & 1); };
            return bit(a) + bit(b) - bit(less);
          };
          const int fixed = sum([](const OpRow&row) { return row.mask; }),
                    ones = sum([](const OpRow&row) { return row.match; });
          fits = fits && (ones == 0 || ones == fixed);
          if (ones != 0) word |= 1u << k;
        }
        if (!fits) continue;
        ++tried;
        Columns row = row_at(0x20000, 0x13);
        row.is[static_cast<std::size_t>(Op::addi)] = KoalaBear::zero();
        row.is[a] += KoalaBear::one();
        row.is[b] += KoalaBear::one();
        row.is[less] -= KoalaBear::one();
        for (unsigned k = 0; k < 32; ++k) row.bits[k] = number(word >> k & 1);
        row.no_rd = number((word >> 7 & 31) == 0 ? 1u : 0u);
        row.rd_inverse = number(word >> 7 & 31).inverse();
        EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds()) << of_flag(less).mnemonic;
      }
    }
  }
  EXPECT_GT(tried, 100u);
}

// Of a sum and what is the same mod p, and of any other upper half.
TEST(Program, ASumHasOneWord) {
  for (const std::uint32_t word :
       {0x0000'0517u, 0x7000'0517u, 0xffff'f517u, 0x8000'0517u, 0x0000'00efu, 0x0000'80e7u}) {
    for (const std::uint32_t pc : {0x10000u, 0x1fffcu, 0x0fef'0004u}) {
      const Columns honest = row_at(pc, word);
      const Instruction in = decode(word);
      const std::uint32_t sum = pc + (in.op == Op::auipc ? in.imm : 4);
      for (std::uint32_t upper = 0; upper < 1u << 16; upper += upper % 0x100 == 0x10 ? 0xf0 : 1) {
        if (upper == sum >> 16) continue;
        const KoalaBear off = number(upper) - number(sum >> 16);
        for (const std::uint32_t carry : {0u, 1u}) {
          Columns row = honest;
          row.carry_hi = number(carry);
          row.carry_lo += off + (row.carry_hi - honest.carry_hi) * number(1u << 16);
          EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds())
              << std::hex << word << " at " << pc << ": " << upper;
        }
        Columns row = honest;
        row.carry_hi -= off * kPerHalf;
        EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds())
            << std::hex << word << " at " << pc << ": " << upper;
      }
      for (const std::uint32_t alias : {sum + KoalaBear::modulus, sum - KoalaBear::modulus}) {
        for (const std::uint32_t carry : {0u, 1u}) {
          Columns row = honest;
          row.carry_hi = number(carry);
          row.carry_lo +=
              number(alias >> 16) - number(sum >> 16) + (row.carry_hi - honest.carry_hi) * number(1u << 16);
          EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds()) << std::hex << word << " at " << pc;
        }
      }
    }
  }
}

TEST(Program, ARowWithoutAnInstructionProvidesNothing) {
  Columns row{};
  EXPECT_TRUE(test::row_of_chip<ProgramChip>(row).holds());
  row.count = KoalaBear::one();
  EXPECT_FALSE(test::row_of_chip<ProgramChip>(row).holds());
}

}  // namespace
}  // namespace cairn::rv32
