// Recordings of runs that are not the program's: a wrong result of each instruction, instructions left out
// and executed twice, memory out of order, a forged input. All else about them is consistent, as a prover who
// wants to be believed would make it; none has tables without faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prover/rv32/segment_tree.h"
#include "tests/unit/prover/rv32/lying_programs.h"

namespace cairn::rv32 {
namespace {

using namespace test;
using testing::Each, testing::HasSubstr, testing::IsEmpty, testing::Not;

TEST(Lies, HonestRunsHaveNoFaults) {
  for (const Swap& swap : kSwaps) {
    const Image image = around(swap.program).image();
    const Segment segment = segments_of(image, 1000).front();
    EXPECT_THAT(honest_attempt(segment).faults(), IsEmpty()) << row_of(swap.program.op).mnemonic;
    const Attempt same = pass_off(image, image);
    EXPECT_EQ(same.claim, claim_of(segment)) << "what is wrong with lies is that they are lies";
    EXPECT_THAT(same.faults(), IsEmpty()) << row_of(swap.program.op).mnemonic;
  }
}

TEST(Lies, AWrongResultOfAnyInstructionHasFaults) {
  std::array<bool, kOps> seen{};
  for (const Swap& swap : kSwaps) {
    const std::string what =
        std::string(row_of(swap.program.op).mnemonic) + " as " + std::string(row_of(swap.ran.op).mnemonic);
    const Image program = around(swap.program).image();
    const SegmentClaim honest = claim_of(segments_of(program, 1000).front());
    const Attempt lie = pass_off(around(swap.ran).image(), program);
    EXPECT_EQ(lie.claim.root_in, honest.root_in) << what;
    ASSERT_NE(lie.claim, honest) << what << ": no lie";
    EXPECT_THAT(lie.faults(), Not(IsEmpty())) << what;
    seen[static_cast<std::size_t>(swap.program.op)] = true;
  }
  for (std::size_t op = 0; op < kOps; ++op) {
    const Op at = static_cast<Op>(op);
    if (at == Op::fence || at == Op::ecall || at == Op::ebreak) continue;
    EXPECT_TRUE(seen[op]) << row_of(at).mnemonic;
  }
}

TEST(Lies, AnotherExitCodeHasFaults) {
  Attempt lie = honest_attempt(segments_of(around(reg(Op::add)).image(), 1000).front());
  lie.claim.exit_code = 1;
  EXPECT_THAT(lie.faults(), Each(HasSubstr("bus execution")));
  EXPECT_THAT(lie.faults(), Not(IsEmpty()));
}

TEST(Lies, AnInstructionLeftOutHasFaultsInTheExecutionChain) {
  EXPECT_THAT(left_out().faults(), Not(IsEmpty()));
  EXPECT_THAT(left_out().faults(), Each(HasSubstr("bus execution")));
}

TEST(Lies, AnInstructionExecutedTwiceHasFaultsInTheExecutionChain) {
  EXPECT_THAT(executed_twice().faults(), Not(IsEmpty()));
  EXPECT_THAT(executed_twice().faults(), Each(HasSubstr("bus execution")));
}

TEST(Lies, ALoadOfWhatWasOverwrittenHasFaults) {
  // The memory of the run in the other order, with the times of the program.
  const Image program = stores_and_loads(false).image();
  Attempt lie = honest_attempt(segments_of(program, 1000).front());
  Recording& recording = lie.recording;
  auto& stores = steps_of(recording, Family::store_word);
  Step& read = steps_of(recording, Family::load_word).front();
  Step &second = stores[1], &last = stores[2];
  const std::uint32_t first_time = stores[0].time + Slot::memory, second_time = second.time + Slot::memory,
                      load_time = read.time + Slot::memory;
  read.memory = {read.memory.address, 111, 111, first_time};
  read.rd.word = 111;
  last.rs2.old = last.rs2.word = last.memory.word = 111;
  for (TouchedChunk& chunk : recording.chunks) {
    if (chunk.index == 0) chunk.after[t2] = 111;
    if (chunk.index == kData / kChunkBytes) chunk.after[4] = 111, chunk.times[0] = second_time;
  }
  lie.claim_roots();
  // The second store takes what the load left, which is later: no time since then.
  const auto faults = lie.faults([&](const Tables& tables) {
    const engine::TableView& table = tables.of<StoreWordChip>();
    auto row = table.get<StoreWordChip::Columns<KoalaBear>>(1);
    row.memory_before = number(load_time);
    table.put(1, row);
  });
  EXPECT_THAT(faults, Not(IsEmpty()));
  EXPECT_THAT(faults, Each(HasSubstr("bus half"))) << "all else fits";
}

TEST(Lies, ALoadThatComesBeforeItsTurnHasFaultsInTheExecutionChain) {
  EXPECT_THAT(loaded_early().faults(), Not(IsEmpty()));
  EXPECT_THAT(loaded_early().faults(), Each(HasSubstr("bus execution")));
}

TEST(Lies, InstructionsThatAreNotThereHaveFaultsInTheDecoder) {
  std::array<bool, kFamilies> seen{};
  for (const auto& [program, ran] : other_code()) {
    const Attempt lie = pass_off(ran, program, {}, {}, Lying::lookups);
    EXPECT_THAT(lie.faults(), Not(IsEmpty()));
    EXPECT_THAT(lie.faults(), Each(HasSubstr("bus program")));
  }
  for (const Swap& swap : kSwaps) seen[static_cast<std::size_t>(row_of(swap.ran.op).family)] = true;
  for (std::size_t family = 0; family < kFamilies; ++family) {
    EXPECT_TRUE(seen[family] || static_cast<Family>(family) == Family::system) << family;
  }
}

TEST(Lies, WordsThatAreNotThereHaveFaultsInTheCode) {
  for (const auto& [program, ran] : other_code()) {
    const Attempt lie = pass_off(ran, program, {}, {}, Lying::decoder);
    EXPECT_THAT(lie.faults(), Not(IsEmpty()));
    EXPECT_THAT(lie.faults(), Each(HasSubstr("bus code")));
  }
}

TEST(Lies, AWordThatWasNotWrittenHasFaultsInMemory) {
  ASSERT_THAT(ReadsLast().attempt.faults(), IsEmpty());
  for (const std::uint32_t other : {0x1234'5679u, 0x1235'5678u}) {
    for (const bool beside : {false, true}) {
      EXPECT_THAT(read_unwritten(other, beside).faults(), Not(IsEmpty()));
      EXPECT_THAT(read_unwritten(other, beside).faults(), Each(HasSubstr("bus memory")));
    }
  }
}

TEST(Lies, AnotherLinkHasFaultsInTheDecoder) {
  Assembler program = Assembler()
                          .li(a0, 0)
                          .li(a7, 0)
                          .li(t0, kCode + 28)
                          .imm(Op::jalr, ra, t0, 0)
                          .word(encode({Op::ecall, 0, 0, 0, 0}));
  for (const std::uint32_t other : {1u, 1u << 16}) {
    Attempt lie = honest_attempt(segments_of(program.image(), 1000).front());
    Step& jump = steps_of(lie.recording, Family::jump_register).front();
    jump.rd.word += other;
    for (TouchedChunk& chunk : lie.recording.chunks) {
      if (chunk.index == 0) chunk.after[ra] = jump.rd.word;
    }
    lie.claim_roots();
    const auto faults = lie.faults([&](const Tables& tables) {
      const engine::TableView& table = tables.of<JumpRegisterChip>();
      auto row = table.get<JumpRegisterChip::Columns<KoalaBear>>(0);
      put(row.link, jump.rd.word);
      table.put(0, row);
    });
    EXPECT_THAT(faults, Not(IsEmpty()));
    EXPECT_THAT(faults, Each(HasSubstr("bus program")));
  }
}

TEST(Lies, AForgedInputHasFaultsInTheTree) {
  EXPECT_THAT(forged_input().faults(), Not(IsEmpty()));
  EXPECT_THAT(forged_input().faults(), Each(HasSubstr("bus node")));
}

}  // namespace
}  // namespace cairn::rv32
