// Recordings of runs that are not the program's: a wrong result of each instruction, instructions left out and executed
// twice, memory out of order, a forged input. All else about them is consistent, as a prover who wants to be believed
// would make it; none has tables without faults.
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
    const std::string what = std::string(row_of(swap.program.op).mnemonic) + " as " + std::string(row_of(swap.ran.op).mnemonic);
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

/// `addi t2, t1, 5`, whose result the next instruction does not read: left out, or executed twice, nothing else changes.
struct Alone {
  Image image = around(imm(Op::addi, 5, t1)).image();
  Segment segment = segments_of(image, 1000).front();
  Attempt attempt = honest_attempt(segment);
  std::uint32_t pc = kCode + 4 * kBefore;

  std::vector<Step>& steps() { return steps_of(attempt.recording, Family::add); }
  std::size_t at() {
    return static_cast<std::size_t>(std::find_if(steps().begin(), steps().end(), [&](const Step& s) { return s.pc == pc; }) - steps().begin());
  }
};

TEST(Lies, AnInstructionLeftOutHasFaultsInTheExecutionChain) {
  Alone run;
  // What it wrote stays what it was.
  run = Alone{around(imm(Op::addi, 0, t2)).image()};
  Recording& recording = run.attempt.recording;
  const Step gone = run.steps()[run.at()];
  ASSERT_EQ(gone.rd.word, gone.rd.old);
  run.steps().erase(run.steps().begin() + static_cast<std::ptrdiff_t>(run.at()));
  pass_over(recording, gone.rd.address, gone.time + Slot::rd, gone.time + Slot::rs1);
  pass_over(recording, gone.rs1.address, gone.time + Slot::rs1, gone.rs1.before);
  shift_times(recording, gone.time + kTimePerCycle, -4);
  std::erase_if(recording.code, [&](const FetchedWord& word) { return word.pc == run.pc; });
  for (TouchedCode& chunk : recording.code_chunks) {
    if (chunk.index == run.pc / kChunkBytes) chunk.used &= static_cast<std::uint8_t>(~(1u << (run.pc / 4 % 8)));
  }
  --run.attempt.claim.cycles;
  run.attempt.claim_roots();
  EXPECT_THAT(run.attempt.faults(), Not(IsEmpty()));
  EXPECT_THAT(run.attempt.faults(), Each(HasSubstr("bus execution")));
}

TEST(Lies, AnInstructionExecutedTwiceHasFaultsInTheExecutionChain) {
  Alone run;
  Recording& recording = run.attempt.recording;
  const Step once = run.steps()[run.at()];
  shift_times(recording, once.time + kTimePerCycle, 4);
  Step twice = once;
  twice.time += kTimePerCycle;
  twice.rs1.before = once.time + Slot::rs1;
  twice.rd.before = once.time + Slot::rd;
  twice.rd.old = once.rd.word;
  pass_over(recording, once.rs1.address, once.time + Slot::rs1, twice.time + Slot::rs1);
  pass_over(recording, once.rd.address, once.time + Slot::rd, twice.time + Slot::rd);
  run.steps().insert(run.steps().begin() + static_cast<std::ptrdiff_t>(run.at()) + 1, twice);
  for (FetchedWord& word : recording.code) word.count += word.pc == run.pc ? 1 : 0;
  ++run.attempt.claim.cycles;
  run.attempt.claim_roots();
  EXPECT_THAT(run.attempt.faults(), Not(IsEmpty()));
  EXPECT_THAT(run.attempt.faults(), Each(HasSubstr("bus execution")));
}

/// Two words are stored to one address and one is loaded: t2 = the second.
Assembler stores_and_loads(bool first) {
  Assembler program;
  program.li(sp, kData).li(t0, 111).li(t1, 222);
  if (first) {  // the lie: as if the load came before the second store
    program.store(Op::sw, t0, sp, 0).imm(Op::lw, t2, sp, 0).store(Op::sw, t1, sp, 0);
  } else {
    program.store(Op::sw, t0, sp, 0).store(Op::sw, t1, sp, 0).imm(Op::lw, t2, sp, 0);
  }
  return program.store(Op::sw, t2, sp, 16).exit(0);
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

TEST(Lies, AForgedInputHasFaultsInTheTree) {
  Assembler program;
  program.li(t0, kInputBegin).imm(Op::lw, t1, t0, 16).li(sp, kData).store(Op::sw, t1, sp, 0).exit(0);
  const Bytes input = {1, 2, 3, 4}, forged = {1, 2, 3, 5};
  const Image image = program.image();
  const Attempt other = pass_off(image, image, forged, input);
  EXPECT_THAT(other.faults(), IsEmpty()) << "it is a run on another input";
  const SegmentClaim honest = claim_of(segments_of(image, 1000, input).front());
  EXPECT_NE(other.claim.root_in, honest.root_in);
  Attempt lie = other;
  lie.claim.root_in = honest.root_in;
  EXPECT_THAT(lie.faults(), Not(IsEmpty()));
  EXPECT_THAT(lie.faults(), Each(HasSubstr("bus node")));
}

}  // namespace
}  // namespace cairn::rv32
