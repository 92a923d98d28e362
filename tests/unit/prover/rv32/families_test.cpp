// The families add, bitwise, compare, constant, jump_register, branch_equal, branch_less and system, at the
// edges of each instruction: what is honest has no faults, a wrong result has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prover/rv32/arithmetic.h"
#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32 {
namespace {

using test::a0, test::a7, test::ra, test::t0, test::t1, test::t2, test::zero;
using test::Assembler, test::faults_of, test::kEdgeWords, test::run_kept;
using testing::IsEmpty, testing::Not;

std::vector<Step>& steps_of(Recording& recording, Family family) {
  return recording.steps[static_cast<std::size_t>(family)];
}

/// `op` of all pairs of edge words, with two registers or with those words that are immediates.
Assembler all_pairs(Op op) {
  Assembler program;
  const bool is_register = row_of(op).format == Format::R;
  for (const std::uint32_t a : kEdgeWords) {
    program.li(t0, a);
    for (const std::uint32_t b : kEdgeWords) {
      if (is_register) {
        program.li(t1, b).reg(op, t2, t0, t1);
      } else {
        program.imm(op, t2, t0, b);
      }
    }
    program.op(op, t0, t0, t0, a).op(op, zero, t0, t0, a).op(op, t2, zero, t0, a).op(op, zero, zero, zero, a);
  }
  return program.exit(0);
}

constexpr Op kComputing[] = {Op::addi, Op::add,  Op::sub,  Op::xori,  Op::xor_, Op::ori, Op::or_,
                             Op::andi, Op::and_, Op::slti, Op::sltiu, Op::slt,  Op::sltu};

TEST(Families, ComputeFromAllPairsOfEdgeWords) {
  for (const Op op : kComputing) {
    EXPECT_THAT(faults_of(run_kept(all_pairs(op).image())), IsEmpty()) << row_of(op).mnemonic;
  }
}

/// A recording in which the last step of `family` leaves another word in its register, which nothing reads.
void leave(Recording& recording, Family family, std::uint32_t word) {
  Step& step = steps_of(recording, family).back();
  step.rd.word = word;
  for (TouchedChunk& chunk : recording.chunks) {
    if (chunk.index == step.rd.address / kChunkBytes)
      chunk.after[step.rd.address / 4 % chunk.after.size()] = word;
  }
}

TEST(Families, AWrongResultHasFaults) {
  for (const Op op : kComputing) {
    for (const std::uint32_t a : {5u, 0x8000'0000u, 0xffff'ffffu}) {
      Assembler program;
      program.li(a0, 0).li(a7, 0).li(t0, a).li(t1, 0x7fff'0001);
      program.op(op, t2, t0, t1, 0x7fe).word(test::encode({Op::ecall, 0, 0, 0, 0}));
      const Segment segment = run_kept(program.image());
      const Recording honest = record(segment).value();
      ASSERT_THAT(faults_of(segment, honest), IsEmpty());
      const Family family = row_of(op).family;
      const std::uint32_t right = honest.steps[static_cast<std::size_t>(family)].back().rd.word;
      for (const std::uint32_t wrong :
           {right ^ 1, right + 1, right - 1, right + 0x10000, right ^ 0x8000'0000, ~right}) {
        Recording lie = honest;
        leave(lie, family, wrong);
        EXPECT_THAT(faults_of(segment, lie), Not(IsEmpty()))
            << row_of(op).mnemonic << " " << a << ": " << wrong;
      }
    }
  }
}

TEST(Families, NoHintsProveAWrongComparison) {
  for (const std::uint32_t a : kEdgeWords) {
    for (const std::uint32_t b : kEdgeWords) {
      for (const bool is_signed : {false, true}) {
        Step step;
        step.time = 1;
        step.instruction = {is_signed ? Op::slt : Op::sltu, 7, 5, 6, 0};
        step.rs1 = {20, a, a, 0};
        step.rs2 = {24, b, b, 0};
        step.rd = {28, 0, (is_signed ? less(a, b) : a < b) ? 1u : 0u, 0};
        Lookups lookups;
        CompareChip::Columns<KoalaBear> row;
        CompareChip::fill(row, step, lookups);
        EXPECT_THAT(test::row_of_chip<CompareChip>(row).failed, IsEmpty());
        row.comparison.less = KoalaBear::one() - row.comparison.less;
        for (std::uint32_t hints = 0; hints < 16; ++hints) {
          row.comparison.sign_a = number(hints & 1);
          row.comparison.sign_b = number(hints >> 1 & 1);
          row.comparison.in_hi = number(hints >> 2 & 1);
          row.comparison.in_lo = number(hints >> 3 & 1);
          EXPECT_FALSE(test::row_of_chip<CompareChip>(row).holds())
              << a << " " << b << " " << is_signed << " " << hints;
        }
      }
    }
  }
}

/// The row that compares signed a and b.
template <class Chip>
typename Chip::template Columns<KoalaBear> comparing(std::uint32_t a, std::uint32_t b) {
  Step step;
  step.time = 1;
  step.instruction = {Chip::family == Family::compare ? Op::slt : Op::blt, 7, 5, 6, 8};
  step.rs1 = {20, a, a, 0};
  step.rs2 = {24, b, b, 0};
  if (Chip::family == Family::compare) step.rd = {28, 0, less(a, b) ? 1u : 0u, 0};
  Lookups lookups;
  typename Chip::template Columns<KoalaBear> row{};
  Chip::fill(row, step, lookups);
  EXPECT_TRUE(test::row_of_chip<Chip>(row).holds());
  return row;
}

/// With a sign that is no bit, a word could be compared as if its upper half were any; with a `less` that is
/// none, rd would get any word; with both halves deciding, or a share of each, neither does.
template <class Chip>
void compare_field_elements(std::uint32_t a, std::uint32_t b) {
  auto row = comparing<Chip>(a, b);
  const Comparison<KoalaBear> honest = row.comparison;
  const auto expect_refused = [&](const char* what) {
    for (const std::uint32_t less : {0u, 1u}) {
      if (row.comparison.less.canonical() < 2) row.comparison.less = number(less);
      EXPECT_FALSE(test::row_of_chip<Chip>(row).holds()) << a << " " << b << ": " << what;
    }
  };
  const auto whatever_decides = [&](const char* what) {
    for (std::uint32_t hints = 0; hints < 4; ++hints) {
      row.comparison.in_hi = number(hints & 1);
      row.comparison.in_lo = number(hints >> 1);
      expect_refused(what);
    }
    row.comparison = honest;
  };
  for (const std::uint32_t upper : {0u, 1u, 0x7fffu, 0x8000u, 0xffffu}) {
    const auto sign = [&](std::uint32_t word) {
      return (number(word >> 16) + number(0x8000) - number(upper)) * kPerHalf;
    };
    if (row.comparison.sign_a = sign(a); row.comparison.sign_a.canonical() > 1) whatever_decides("sign of a");
    row.comparison = honest;
    if (row.comparison.sign_b = sign(b); row.comparison.sign_b.canonical() > 1) whatever_decides("sign of b");
    row.comparison = honest;
  }
  for (const KoalaBear less : {number(2), number(3), -number(1), number(2).inverse()}) {
    row.comparison.less = less;
    whatever_decides("less");
  }
  row.comparison.in_hi = row.comparison.in_lo = number(1);
  expect_refused("both decide");
  for (const KoalaBear share : {number(2), -number(1), number(2).inverse()}) {
    for (const KoalaBear sum : {KoalaBear::zero(), KoalaBear::one()}) {
      row.comparison.in_hi = share;
      row.comparison.in_lo = sum - share;
      expect_refused("shares decide");
    }
  }
  row.comparison = honest;
  if (a != b) return;
  row.comparison.less = number(1);
  EXPECT_FALSE(test::row_of_chip<Chip>(row).holds()) << a << " is less than itself";
}

TEST(Families, NoFieldElementsProveAComparison) {
  for (const std::uint32_t a : kEdgeWords) {
    for (const std::uint32_t b : kEdgeWords) {
      compare_field_elements<CompareChip>(a, b);
      compare_field_elements<BranchLessChip>(a, b);
    }
  }
}

TEST(Families, NoHalvesProveAWrongSum) {
  const KoalaBear over = number(1u << 16);
  for (const Op op : {Op::addi, Op::add, Op::sub}) {
    for (const std::uint32_t a : kEdgeWords) {
      for (const std::uint32_t b : kEdgeWords) {
        Step step;
        step.time = 1;
        step.instruction = {op, 7, 5, 6, b};
        step.rs1 = {20, a, a, 0};
        step.rs2 = {24, b, b, 0};
        step.rd = {28, 0, op == Op::sub ? a - b : a + b, 0};
        Lookups lookups;
        AddChip::Columns<KoalaBear> row;
        AddChip::fill(row, step, lookups);
        EXPECT_THAT(test::row_of_chip<AddChip>(row).failed, IsEmpty());
        // Halves that are the same mod 2^16, with the carry moved or lost.
        const Word<KoalaBear> c = row.c;
        for (const Word<KoalaBear>& wrong : {Word<KoalaBear>{c.lo, c.hi + over},
                                             {c.lo, c.hi - over},
                                             {c.lo + over, c.hi - KoalaBear::one()},
                                             {c.lo - over, c.hi + KoalaBear::one()},
                                             {c.lo + over, c.hi},
                                             {c.lo - over, c.hi},
                                             {c.lo + KoalaBear::one(), c.hi},
                                             {c.lo, c.hi + KoalaBear::one()}}) {
          row.c = wrong;
          EXPECT_FALSE(test::row_of_chip<AddChip>(row).holds())
              << row_of(op).mnemonic << " " << a << " " << b;
        }
        // A word that is the same mod p: a carry that is no bit leads there.
        for (const std::uint32_t wrong :
             {step.rd.word + KoalaBear::modulus, step.rd.word - KoalaBear::modulus}) {
          put(row.c, wrong);
          EXPECT_FALSE(test::row_of_chip<AddChip>(row).holds())
              << row_of(op).mnemonic << " " << a << " " << b;
        }
      }
    }
  }
}

TEST(Families, NoInverseProvesAWrongEquality) {
  for (const std::uint32_t a : kEdgeWords) {
    for (const std::uint32_t b : kEdgeWords) {
      Step step;
      step.time = 1;
      step.instruction = {Op::beq, 0, 5, 6, 8};
      step.rs1 = {20, a, a, 0};
      step.rs2 = {24, b, b, 0};
      Lookups lookups;
      BranchEqualChip::Columns<KoalaBear> row{};
      BranchEqualChip::fill(row, step, lookups);
      EXPECT_THAT(test::row_of_chip<BranchEqualChip>(row).failed, IsEmpty());
      const KoalaBear honest = row.inverse;
      row.equal = KoalaBear::one() - row.equal;
      for (const KoalaBear inverse :
           {honest, KoalaBear::zero(), KoalaBear::one(), -KoalaBear::one(), honest.inverse()}) {
        row.inverse = inverse;
        EXPECT_FALSE(test::row_of_chip<BranchEqualChip>(row).holds()) << a << " " << b;
      }
      // Nor is a row real twice.
      row.real = number(2);
      row.equal = KoalaBear::zero();
      row.inverse = honest + honest;
      EXPECT_FALSE(test::row_of_chip<BranchEqualChip>(row).holds()) << a << " " << b;
    }
  }
}

TEST(Families, ConstantsDependOnThePcAndWrapAround) {
  Assembler program;
  for (const std::uint32_t imm :
       {0u, 0x1000u, 0x7fff'f000u, 0x8000'0000u, 0xffff'f000u, 0xfffe'f000u, 0xf000u}) {
    program.op(Op::lui, t0, 0, 0, imm)
        .op(Op::auipc, t1, 0, 0, imm)
        .op(Op::lui, zero, 0, 0, imm)
        .op(Op::auipc, zero, 0, 0, imm);
  }
  program.op(Op::jal, ra, 0, 0, 8).word(0).op(Op::jal, zero, 0, 0, 12).op(Op::jal, ra, 0, 0, 12).word(0);
  program.op(Op::jal, t0, 0, 0, static_cast<std::uint32_t>(-8)).exit(0);
  EXPECT_THAT(faults_of(run_kept(program.image())), IsEmpty());
}

TEST(Families, LinksCarryIntoTheUpperHalf) {
  Assembler program;
  while (program.here() % 0x10000 != 0xfff8) program.imm(Op::addi, zero, zero, 0);
  program.op(Op::jal, ra, 0, 0, 4).op(Op::jal, t0, 0, 0, 4);  // the second links to 0x20000
  program.op(Op::auipc, t1, 0, 0, 0).imm(Op::jalr, ra, t1, 9).exit(0);
  const Segment segment = run_kept(program.image());
  EXPECT_EQ(segment.end.x[t0], 0x20000u);
  EXPECT_THAT(faults_of(segment), IsEmpty());
}

TEST(Families, JalrAddsWrapsAndClearsBitZero) {
  for (const std::uint32_t offset : {0u, 1u, 4u, 0x7ffu, 0xffff'f800u, 0xffff'ffffu}) {
    for (const std::uint32_t bit : {0u, 1u}) {
      if ((offset & 1) != 0 && bit == 0) continue;  // the sum would be odd or not as bit 0 of the base is
      Assembler program;
      const std::uint32_t target = program.here() + 16;
      program.li(t0, target + bit - offset).imm(Op::jalr, t0, t0, offset).word(0).exit(0);
      EXPECT_THAT(faults_of(run_kept(program.image())), IsEmpty()) << offset << " " << bit;
    }
  }
}

TEST(Families, JalrHasOneTarget) {
  for (const std::uint32_t a :
       {0x10010u, 0x1ffffu, 0x20000u, 0x3fff'fffcu, 0x4000'0000u, 0x7f00'0001u, 0xffff'fffcu, 0x8001'0000u}) {
    for (const std::uint32_t x : {0u, 1u, 4u, 0x7ffu, 0xffff'f800u, 0xffff'ffffu}) {
      Step step;
      step.pc = test::kCode;
      step.time = 5;
      step.instruction = {Op::jalr, 1, 5, 0, x};
      step.rs1 = {20, a, a, 0};
      step.rd = {4, 0, test::kCode + 4, 0};
      JumpRegisterChip::Columns<KoalaBear> row{};
      Lookups lookups;
      const std::uint32_t target = (a + x) & ~1u;
      if (target < 1u << 30) {
        JumpRegisterChip::fill(row, step, lookups);
        EXPECT_THAT(test::row_of_chip<JumpRegisterChip>(row).failed, IsEmpty());
      } else {
        step.rs1.word = 0;
        step.instruction.imm = 0;
        JumpRegisterChip::fill(row, step, lookups);
        put(row.a.word, a);
        put(row.x, x);
      }
      const auto look = [&] {
        const test::Row said = test::row_of_chip<JumpRegisterChip>(row);
        if (!said.holds()) return;
        ASSERT_LT(target, (1u << 30) + (1u << 16)) << a << " " << x << ": wrapped around p";
        EXPECT_EQ(said.on(BusOf::execution)[1].tuple[0], target) << a << " " << x;
      };
      const KoalaBear hi = row.a.word.hi + row.x.hi, lo = row.a.word.lo + row.x.lo;
      for (std::uint32_t hints = 0; hints < 8; ++hints) {
        const auto bits = [&] {
          row.carry_lo = number(hints & 1);
          row.carry_hi = number(hints >> 1 & 1);
          row.bit = number(hints >> 2);
        };
        bits();
        look();
        // Carries and a bit that are none, so that they lead elsewhere: into any half, to the sum mod p, to
        // the next word.
        for (const std::uint32_t upper : {0u, 1u, 2u, 0x10ffu, 0x1100u, 0x1101u, 0x3fffu}) {
          row.carry_lo = number(upper) + row.carry_hi * number(1u << 16) - hi;
          look();
          bits();
          row.carry_hi = (hi + row.carry_lo - number(upper)) * kPerHalf;
          look();
          bits();
        }
        for (const std::uint32_t lower : {0u, 4u, 0x10u, 0xfffeu}) {
          row.bit = lo - row.carry_lo * number(1u << 16) - number(lower);
          look();
          bits();
        }
      }
    }
  }
}

TEST(Families, BranchesAtTheEdges) {
  for (const Op op : {Op::beq, Op::bne, Op::blt, Op::bge, Op::bltu, Op::bgeu}) {
    Assembler program;
    for (const std::uint32_t a : kEdgeWords) {
      program.li(t0, a);
      for (const std::uint32_t b : kEdgeWords) {
        program.li(t1, b).branch(op, t0, t1, 8).imm(Op::addi, t2, t2, 1);
        program.branch(op, t1, t0, 8).imm(Op::addi, t2, t2, 2);
      }
      program.branch(op, t0, t0, 8).imm(Op::addi, t2, t2, 3).branch(op, t0, zero, 8).imm(Op::addi, t2, t2, 4);
    }
    program.exit(0);
    EXPECT_THAT(faults_of(run_kept(program.image())), IsEmpty()) << row_of(op).mnemonic;
  }
}

TEST(Families, BranchesBack) {
  Assembler program;
  program.li(t0, 3).li(t1, 0);
  program.imm(Op::addi, t1, t1, 1).branch(Op::bne, t0, t1, static_cast<std::uint32_t>(-4));
  program.imm(Op::addi, t1, t1, 0xffff'ffff)
      .branch(Op::blt, zero, t1, static_cast<std::uint32_t>(-4))
      .exit(0);
  EXPECT_THAT(faults_of(run_kept(program.image())), IsEmpty());
}

TEST(Families, TheOtherBranchIsNotTaken) {
  for (const Op op : {Op::beq, Op::bne, Op::blt, Op::bge, Op::bltu, Op::bgeu}) {
    for (const std::uint32_t b : {7u, 8u, 0xffff'ffffu}) {
      // Both ways lead to the same place, so a lie is only in the step itself.
      Assembler program;
      program.li(a0, 0)
          .li(a7, 0)
          .li(t0, 7)
          .li(t1, b)
          .branch(op, t0, t1, 8)
          .word(test::encode({Op::ecall, 0, 0, 0, 0}));
      program.word(test::encode({Op::ecall, 0, 0, 0, 0}));
      const Segment segment = run_kept(program.image());
      const Recording honest = record(segment).value();
      ASSERT_THAT(faults_of(segment, honest), IsEmpty());
      Recording lie = honest;
      Step& call = steps_of(lie, Family::system).back();
      const std::uint32_t other = call.pc ^ ((test::kCode + 36) ^ (test::kCode + 40));
      Segment claimed = segment;
      call.pc = other;
      call.next_pc = claimed.end.pc = other + 4;
      for (FetchedWord& at : lie.code) {
        if (at.pc == segment.end.pc - 4) at.pc = other;
      }
      EXPECT_THAT(faults_of(claimed, lie), Not(IsEmpty())) << row_of(op).mnemonic << " " << b;
    }
  }
}

TEST(Families, FenceWritesNothingThatIsRead) {
  Assembler program;
  program.word(0x0ff0'000f).word(0x8330'000f).word(0x0000'000f | 5u << 7 | 6u << 15).exit(0);
  EXPECT_THAT(faults_of(run_kept(program.image())), IsEmpty());
}

TEST(Families, AnExitHasItsCodeAndIsTheEnd) {
  for (const std::uint32_t code : {0u, 1u, 0xffff'ffffu, 0x8000'0000u, 0x1'0000u}) {
    const Segment segment = run_kept(Assembler().exit(code).image());
    EXPECT_THAT(faults_of(segment), IsEmpty()) << code;
    Segment other = segment;
    other.exit_code = code + 1;
    EXPECT_THAT(faults_of(other, record(segment).value()), Not(IsEmpty()));
    other.exit_code = code ^ 0x10000;
    EXPECT_THAT(faults_of(other, record(segment).value()), Not(IsEmpty()));
    other = segment;
    other.ending = Ending::running;
    other.exit_code = 0;
    EXPECT_THAT(faults_of(other, record(segment).value()), Not(IsEmpty()));
  }
}

TEST(Families, WritesToX0AreDiscardedAndComeBackInTheNextSegment) {
  Assembler program;
  for (int i = 0; i < 10; ++i) program.imm(Op::addi, zero, zero, 100 + i).reg(Op::add, t0, zero, zero);
  program.exit(0);
  const auto segments = test::run_kept_in(program.image(), 5);
  ASSERT_GT(segments.size(), 3u);
  EXPECT_NE(segments[1].begin.discarded, 0u);
  for (const Segment& segment : segments) EXPECT_THAT(faults_of(segment), IsEmpty());
}

TEST(Families, LongWaitsAreRefreshed) {
  Assembler program;
  program.li(t1, 0x1234).li(t0, 20'000);
  program.imm(Op::addi, t0, t0, 0xffff'ffff).branch(Op::bne, t0, zero, static_cast<std::uint32_t>(-4));
  program.reg(Op::add, t2, t1, t1).exit(0);
  const Segment segment = run_kept(program.image());
  Recording recording = record(segment).value();
  ASSERT_EQ(recording.refreshes.size(), 4u) << "t1, t2, a0 and a7";
  EXPECT_THAT(faults_of(segment, recording), IsEmpty());
  recording.refreshes[0].word += 1;
  EXPECT_THAT(faults_of(segment, recording), Not(IsEmpty()));
}

TEST(Refresh, TimeOnlyRises) {
  Lookups lookups;
  RefreshChip::Columns<KoalaBear> row{};
  RefreshChip::fill(row, {128, 7, 3, 3 << 16}, lookups);
  EXPECT_THAT(test::row_of_chip<RefreshChip>(row).failed, IsEmpty());
  // Whatever the limbs, a time that is not before cannot be left behind.
  for (const std::uint32_t before : {3u << 16, (3u << 16) + 1, (4u << 16) + 5, (1u << 24) - 1}) {
    row.word.before = number(before);
    for (std::uint32_t gap = 0; gap < 1u << 16; gap += 257) {
      row.gap_lo = number(gap);
      EXPECT_FALSE(test::row_of_chip<RefreshChip>(row).holds());
    }
    row.gap_lo = number(3u << 16) - number(before) - KoalaBear::one();
    EXPECT_FALSE(test::row_of_chip<RefreshChip>(row).holds());
  }
  row.n = number(256);  // a time of 2^24
  EXPECT_FALSE(test::row_of_chip<RefreshChip>(row).holds());
}

TEST(Regions, ProvideWhatTheAddressSpaceAllowsAndNothingElse) {
  const Lookups none;
  for (std::uint32_t upper = 0; upper < Lookups::kRegions; ++upper) {
    RegionsChip::Columns<KoalaBear> row;
    RegionsChip::fill(row, upper, none);
    const Region region = region_of(upper << 16);
    row.reads = number(is_readable(region) ? 3u : 0u);
    row.writes = number(is_writable(region) ? 5u : 0u);
    ASSERT_THAT(test::row_of_chip<RegionsChip>(row, upper).failed, IsEmpty()) << upper;
    // Whatever is claimed of it.
    const KoalaBear low = number(upper & 4095), inverse = (low * (low - number(4095))).inverse();
    for (std::uint32_t claim = 0; claim < 16; ++claim) {
      RegionsChip::Columns<KoalaBear> lie{number(1),
                                          number(0),
                                          number(claim & 1),
                                          number(claim >> 1 & 1),
                                          number(claim >> 2 & 1),
                                          number(claim >> 3),
                                          inverse * number(claim & 1)};
      ASSERT_TRUE(is_readable(region) || !test::row_of_chip<RegionsChip>(lie, upper).holds())
          << upper << " " << claim;
      std::swap(lie.reads, lie.writes);
      ASSERT_TRUE(is_writable(region) || !test::row_of_chip<RegionsChip>(lie, upper).holds())
          << upper << " " << claim;
    }
  }
}

}  // namespace
}  // namespace cairn::rv32
