// Each instruction at the edges of what it can do, see instruction_cases.h.
#include "prover/rv32/executor.h"

#include <gtest/gtest.h>

#include "tests/unit/prover/rv32/assembler.h"
#include "tests/unit/prover/rv32/instruction_cases.h"

namespace cairn::rv32 {
namespace {

using test::a0, test::a1, test::a7, test::ra, test::sp, test::t0, test::t1, test::t2, test::zero;
using test::Assembler, test::kCode;
using test::BranchCase, test::Case, test::kBranchCases, test::kImmediateCases, test::kOnes,
    test::kRegisterCases;

Executor run(const Image& image, ByteView input = {}, const RunLimits& limits = {}) {
  Executor executor = Executor::start(image, input, limits).value();
  executor.run_segment(SegmentLimits(), false);
  return executor;
}

TEST(Executor, ComputesFromTwoRegisters) {
  for (const Case& c : kRegisterCases) {
    Assembler program;
    program.li(t0, c.a).li(t1, c.b).reg(c.op, t2, t0, t1);
    program.reg(c.op, t0, t0, t1).reg(c.op, zero, t2, t1).exit(0);  // also into its own operand, and into x0
    const Executor end = run(program.image());
    ASSERT_EQ(end.ending(), Ending::exited) << to_text(end.trap());
    const std::string what =
        std::string(row_of(c.op).mnemonic) + " " + std::to_string(c.a) + " " + std::to_string(c.b);
    EXPECT_EQ(end.state().x[t2], c.expected) << what;
    EXPECT_EQ(end.state().x[t0], c.expected) << what << " into its operand";
    EXPECT_EQ(end.state().x[zero], 0u) << what;
  }
}

TEST(Executor, ComputesFromARegisterAndAnImmediate) {
  for (const Case& c : kImmediateCases) {
    const Executor end =
        run(Assembler().li(t0, c.a).imm(c.op, t2, t0, c.b).imm(c.op, zero, t0, c.b).exit(0).image());
    EXPECT_EQ(end.state().x[t2], c.expected) << row_of(c.op).mnemonic << " " << c.a << " " << c.b;
    EXPECT_EQ(end.state().x[zero], 0u);
  }
  const Executor upper = run(Assembler()
                                 .op(Op::lui, t0, 0, 0, 0xfffff000)
                                 .op(Op::auipc, t1, 0, 0, 0xfffff000)
                                 .op(Op::lui, zero, 0, 0, 0x1000)
                                 .op(Op::auipc, t2, 0, 0, 0)
                                 .exit(0)
                                 .image());
  EXPECT_EQ(upper.state().x[t0], 0xffff'f000u);
  EXPECT_EQ(upper.state().x[t1], kCode + 4 - 0x1000);
  EXPECT_EQ(upper.state().x[t2], kCode + 12);
  EXPECT_EQ(upper.state().x[zero], 0u);
}

TEST(Executor, BranchesForthAndBack) {
  for (const BranchCase& c : kBranchCases) {
    for (const bool back : {false, true}) {
      Assembler program;
      if (back) {
        program.op(Op::jal, zero, 0, 0, 24).exit(7).li(t0, c.a).li(t1, c.b);
        program.branch(c.op, t0, t1, static_cast<std::uint32_t>(-36)).exit(8);
      } else {
        program.li(t0, c.a).li(t1, c.b).branch(c.op, t0, t1, 24).exit(8).exit(7);
      }
      Executor executor = Executor::start(program.image(), {}, {}).value();
      const Segment segment = executor.run_segment(SegmentLimits(), false);
      ASSERT_EQ(segment.ending, Ending::exited) << to_text(executor.trap());
      EXPECT_EQ(segment.exit_code, c.taken ? 7u : 8u)
          << row_of(c.op).mnemonic << " " << c.a << " " << c.b << " " << back;
    }
  }
}

TEST(Executor, JumpsLinkAndClearBitZero) {
  Assembler program;
  program.li(t0, kCode + 17);        // odd: bit 0 is cleared
  program.imm(Op::jalr, t0, t0, 0);  // word 2, into the register that it comes from
  program.word(0);                   // word 3: skipped
  program.op(Op::jal, ra, 0, 0, 8);  // word 4
  program.word(0).exit(0);
  const Executor end = run(program.image());
  ASSERT_EQ(end.ending(), Ending::exited) << to_text(end.trap());
  EXPECT_EQ(end.state().x[t0], kCode + 12);
  EXPECT_EQ(end.state().x[ra], kCode + 20);
  EXPECT_EQ(end.state().cycle, 2u + 1 + 1 + 5);
  // The target wraps around the address space.
  const Executor wrapped = run(Assembler().li(t0, 0xffff'fffc).imm(Op::jalr, zero, t0, 8).image());
  EXPECT_EQ(wrapped.trap().trap, Trap::fetch_outside);
  EXPECT_EQ(wrapped.trap().pc, 4u);
}

TEST(Executor, LoadsAndStoresOfAllWidths) {
  const Bytes data = {0x80, 0x7f, 0xff, 0x80, 0x01, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  Assembler program;
  program.li(sp, 0x1000'0000);
  program.imm(Op::lb, 8, sp, 0).imm(Op::lb, 9, sp, 1).imm(Op::lbu, 18, sp, 0).imm(Op::lh, 19, sp, 0);
  program.imm(Op::lh, 20, sp, 4).imm(Op::lhu, 21, sp, 4).imm(Op::lw, 22, sp, 0).imm(Op::lw, zero, sp, 0);
  program.li(t0, 0xdead'beef).store(Op::sb, t0, sp, 8).store(Op::sh, t0, sp, 10).store(Op::sw, t0, sp, 12);
  program.imm(Op::addi, t1, sp, 2047).imm(Op::lb, 23, t1, static_cast<std::uint32_t>(-2047)).exit(0);
  const Executor end = run(program.image(data));
  ASSERT_EQ(end.ending(), Ending::exited) << to_text(end.trap());
  const auto& x = end.state().x;
  EXPECT_EQ(x[8], 0xffff'ff80u);
  EXPECT_EQ(x[9], 0x7fu);
  EXPECT_EQ(x[18], 0x80u);
  EXPECT_EQ(x[19], 0x7f80u);
  EXPECT_EQ(x[20], 0xffff'8001u);
  EXPECT_EQ(x[21], 0x8001u);
  EXPECT_EQ(x[22], 0x80ff'7f80u);
  EXPECT_EQ(x[zero], 0u);
  EXPECT_EQ(x[23], 0xffff'ff80u);
  EXPECT_EQ(end.memory(0x1000'0008, 8), (Bytes{0xef, 0, 0xef, 0xbe, 0xef, 0xbe, 0xad, 0xde}));
}

TEST(Executor, FenceDoesNothing) {
  const Executor end =
      run(Assembler().word(0x0ff0000f).word(0x8330000f | 5u << 7 | 6u << 15).exit(3).image());
  EXPECT_EQ(end.ending(), Ending::exited);
  EXPECT_EQ(end.state().cycle, 7u);
}

struct TrapCase {
  const char* what;
  Assembler program;
  Trap trap;
  std::uint32_t pc, value;  // pc is relative to kCode
  std::uint64_t cycles;
};

Assembler access(Op op, std::uint32_t address) {
  Assembler program;
  program.li(t0, address);
  const bool is_store = row_of(op).format == Format::S;
  return is_store ? program.store(op, t1, t0, 0) : program.imm(op, t1, t0, 0);
}

TEST(Executor, TrapsSayWhatWhereAndAfterHowManyCycles) {
  const TrapCase cases[] = {
      {"zero word", Assembler().word(0), Trap::illegal_instruction, 0, 0, 0},
      {"csr", Assembler().li(t0, 1).word(0xc0002573), Trap::illegal_instruction, 8, 0xc0002573, 2},
      {"ebreak", Assembler().word(0x00100073), Trap::breakpoint, 0, 0, 0},
      {"ecall 93", Assembler().li(a7, 93).word(0x73), Trap::unknown_ecall, 8, 93, 2},
      {"jal to a half word", Assembler().op(Op::jal, ra, 0, 0, 6), Trap::jump_misaligned, 0, kCode + 6, 0},
      {"jalr to a half word", Assembler().li(t0, kCode + 3).imm(Op::jalr, ra, t0, 0), Trap::jump_misaligned,
       8, kCode + 2, 2},
      {"branch to a half word", Assembler().branch(Op::beq, 0, 0, 6), Trap::jump_misaligned, 0, kCode + 6, 0},
      {"behind the last instruction", Assembler().li(t0, 1), Trap::fetch_outside, 8, kCode + 8, 2},
      {"jump to RAM", Assembler().li(t0, 0x1000'0000).imm(Op::jalr, 0, t0, 0), Trap::fetch_outside,
       0x1000'0000 - kCode, 0x1000'0000, 3},
      {"jump before the code", Assembler().op(Op::jal, 0, 0, 0, static_cast<std::uint32_t>(-4)),
       Trap::fetch_outside, static_cast<std::uint32_t>(-4), kCode - 4, 1},
      {"lw + 2", access(Op::lw, 0x1000'0002), Trap::load_misaligned, 8, 0x1000'0002, 2},
      {"lh + 1", access(Op::lh, 0x1000'0001), Trap::load_misaligned, 8, 0x1000'0001, 2},
      {"lhu + 3", access(Op::lhu, 0x1000'0003), Trap::load_misaligned, 8, 0x1000'0003, 2},
      {"sw + 1", access(Op::sw, 0x1000'0001), Trap::store_misaligned, 8, 0x1000'0001, 2},
      {"sh + 1", access(Op::sh, 0x1000'0001), Trap::store_misaligned, 8, 0x1000'0001, 2},
      {"null", access(Op::lw, 0), Trap::load_outside, 8, 0, 2},
      {"near null", access(Op::lb, 0xffff), Trap::load_outside, 8, 0xffff, 2},
      {"store to null", access(Op::sb, 0), Trap::store_outside, 8, 0, 2},
      {"below the stack", access(Op::sw, 0x0fff'fffc), Trap::store_outside, 8, 0x0fff'fffc, 2},
      {"read below the stack", access(Op::lw, 0x0fff'0000), Trap::load_outside, 8, 0x0fff'0000, 2},
      {"store to code", access(Op::sw, kCode), Trap::store_outside, 8, kCode, 2},
      {"store to input", access(Op::sw, 0x3800'0000), Trap::store_outside, 8, 0x3800'0000, 2},
      {"behind RAM and journal", access(Op::sw, 0x3010'0000), Trap::store_outside, 8, 0x3010'0000, 2},
      {"behind the input", access(Op::lw, 0x4000'0000), Trap::load_outside, 8, 0x4000'0000, 2},
      {"the last word", access(Op::lw, 0xffff'fffc), Trap::load_outside, 8, 0xffff'fffc, 2},
      {"an address that wraps", Assembler().li(t0, 0xffff'ffff).imm(Op::lb, t1, t0, 1), Trap::load_outside, 8,
       0, 2},
  };
  for (const TrapCase& c : cases) {
    SCOPED_TRACE(c.what);
    Executor executor = Executor::start(c.program.image(), {}, {}).value();
    const Segment segment = executor.run_segment(SegmentLimits(), false);
    EXPECT_EQ(segment.ending, Ending::trapped);
    EXPECT_EQ(executor.trap().trap, c.trap) << to_text(executor.trap());
    EXPECT_EQ(executor.trap().pc, kCode + c.pc);
    EXPECT_EQ(executor.trap().value, c.value);
    EXPECT_EQ(segment.counts.cycles, c.cycles);
    EXPECT_EQ(executor.state().cycle, c.cycles);
    EXPECT_EQ(executor.unaligned_accesses(),
              c.trap == Trap::load_misaligned || c.trap == Trap::store_misaligned ? 1u : 0u);
    EXPECT_NE(to_text(executor.trap()).find(trap_name(c.trap)), std::string::npos);
  }
}

TEST(Executor, ABranchThatIsNotTakenMayPointAnywhere) {
  EXPECT_EQ(run(Assembler().branch(Op::bne, 0, 0, 6).exit(0).image()).ending(), Ending::exited);
}

TEST(Executor, ATrapLeavesRegistersAndMemoryAsTheyWere) {
  const Executor end = run(Assembler().li(t0, 0x1000'0002).li(t1, 77).imm(Op::lw, t1, t0, 0).image());
  EXPECT_EQ(end.state().x[t1], 77u);
  const Executor jump = run(Assembler().op(Op::jal, ra, 0, 0, 6).image());
  EXPECT_EQ(jump.state().x[ra], 0u) << "a jump that traps does not link";
}

TEST(Executor, CodeAndConstantsCanBeReadAndTheRestOfTheRegionIsZero) {
  const Executor end = run(Assembler()
                               .li(t0, kCode)
                               .imm(Op::lw, 8, t0, 0)
                               .li(t1, 0x0800'0000)
                               .imm(Op::lw, 9, t1, 0)
                               .exit(0)
                               .image());
  ASSERT_EQ(end.ending(), Ending::exited) << to_text(end.trap());
  EXPECT_EQ(end.state().x[8], test::encode({Op::lui, t0, 0, 0, kCode}));
  EXPECT_EQ(end.state().x[9], 0u);
}

TEST(Executor, ExitCodesAreWholeWords) {
  for (const std::uint32_t code : {0u, 1u, 255u, 256u, 0x8000'0000u, kOnes}) {
    Executor executor = Executor::start(Assembler().exit(code).image(), {}, {}).value();
    const Segment segment = executor.run_segment(SegmentLimits(), false);
    EXPECT_EQ(segment.ending, Ending::exited);
    EXPECT_EQ(segment.exit_code, code);
    EXPECT_EQ(segment.counts.cycles, 5u) << "the ecall is counted";
    EXPECT_EQ(segment.end.pc, kCode + 20);
  }
}

TEST(Executor, CycleLimitIsExact) {
  const Image loop =
      Assembler().imm(Op::addi, t0, t0, 1).op(Op::jal, 0, 0, 0, static_cast<std::uint32_t>(-4)).image();
  for (const std::uint64_t limit : {1u, 2u, 3u, 1023u, 1024u, 1025u, 100'001u}) {
    const Executor end = run(loop, {}, {limit, 1 << 20});
    EXPECT_EQ(end.ending(), Ending::cycle_limit);
    EXPECT_EQ(end.state().cycle, limit);
    EXPECT_EQ(end.state().x[t0], (limit + 1) / 2);
  }
  EXPECT_EQ(run(Assembler().exit(0).image(), {}, {5, 1 << 20}).ending(), Ending::exited) << "exactly as many";
  EXPECT_EQ(run(Assembler().exit(0).image(), {}, {4, 1 << 20}).ending(), Ending::cycle_limit);
  EXPECT_EQ(run(Assembler().li(t0, 1).image(), {}, {2, 1 << 20}).ending(), Ending::cycle_limit)
      << "before the fetch that traps";
}

TEST(Executor, MemoryLimitCountsPagesThatAreTouched) {
  const auto touching = [](std::uint32_t pages) {
    Assembler program;
    program.li(t0, 0x1000'0000).li(t1, 4096);
    for (std::uint32_t i = 0; i < pages; ++i)
      program.store(Op::sw, t1, t0, 0).store(Op::sw, t1, t0, 32).reg(Op::add, t0, t0, t1);
    return program.exit(0).image();
  };
  EXPECT_EQ(run(touching(4), {}, {1000, 4 * 4096}).ending(), Ending::exited);
  EXPECT_EQ(run(touching(4), {}, {1000, 4 * 4096}).touched_bytes(), 4u * 4096);
  const Executor over = run(touching(5), {}, {1000, 4 * 4096});
  EXPECT_EQ(over.trap().trap, Trap::memory_limit);
  EXPECT_EQ(over.trap().value, 0x1000'4000u);
  EXPECT_EQ(run(access(Op::lw, 0x1000'0000).exit(0).image(), {}, {1000, 0}).trap().trap, Trap::memory_limit)
      << "reading counts too";
}

TEST(Executor, InputIsThereWithItsLength) {
  const Image image = Assembler()
                          .li(t0, 0x3800'0000)
                          .imm(Op::lw, 8, t0, 0)
                          .imm(Op::lw, 9, t0, 4)
                          .imm(Op::lw, 18, t0, 16)
                          .imm(Op::lw, 19, t0, 20)
                          .exit(0)
                          .image();
  const Executor end = run(image, view("hello"));
  EXPECT_EQ(end.state().x[8], 5u);
  EXPECT_EQ(end.state().x[9], 0u);
  EXPECT_EQ(end.state().x[18], 0x6c6c'6568u);
  EXPECT_EQ(end.state().x[19], 0x6fu);
}

/// Writes `length` to the journal's first word and `word` at `at` in it.
Image journalist(std::uint32_t length, std::uint32_t at, std::uint32_t word) {
  return Assembler()
      .li(t0, 0x3000'0000)
      .li(t1, length)
      .store(Op::sw, t1, t0, 0)
      .li(t0, 0x3000'0000 + at)
      .li(t1, word)
      .store(Op::sw, t1, t0, 0)
      .exit(0)
      .image();
}

TEST(Executor, JournalIsWhatItsLengthSays) {
  const Executor end = run(journalist(3, 16, 0x00636261));
  ASSERT_EQ(end.ending(), Ending::exited) << to_text(end.trap());
  EXPECT_EQ(text(end.journal()), "abc");
  EXPECT_EQ(run(Assembler().exit(0).image()).journal(), Bytes{});
  const Executor full = run(journalist(0x000f'fff0, 0x000f'fffc, 1));
  ASSERT_EQ(full.ending(), Ending::exited) << to_text(full.trap());
  EXPECT_EQ(full.journal().size(), 0x000f'fff0u);
}

TEST(Executor, AJournalWithMoreThanItsLengthSaysIsATrap) {
  EXPECT_EQ(run(journalist(3, 16, 0x64636261)).trap().trap, Trap::journal_malformed)
      << "a byte behind the end";
  EXPECT_EQ(run(journalist(0, 0x000f'fffc, 1)).trap().trap, Trap::journal_malformed);
  EXPECT_EQ(run(journalist(0, 4, 1)).trap().trap, Trap::journal_malformed) << "between length and contents";
  EXPECT_EQ(run(journalist(0x000f'fff1, 16, 0)).trap().trap, Trap::journal_malformed)
      << "longer than the region";
  EXPECT_EQ(run(journalist(0xffff'ffff, 16, 0)).trap().trap, Trap::journal_malformed);
}

TEST(Executor, TooMuchInputIsRefused) {
  const auto executor =
      Executor::start(Assembler().exit(0).image(), Bytes(kInputBytesMax + std::size_t{1}), {});
  ASSERT_FALSE(executor.ok());
  EXPECT_EQ(executor.error().code, Code::invalid_input);
}

}  // namespace
}  // namespace cairn::rv32
