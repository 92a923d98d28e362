// Runs with their memory tree: roots, programs, inputs and journals.
#include "prover/rv32/segmented_run.h"

#include <gtest/gtest.h>

#include "prover/rv32/segment_tree.h"
#include "tests/unit/prover/rv32/random_program.h"

namespace cairn::rv32 {
namespace {

using engine::Digest;
using test::a0, test::sp, test::t0, test::t1, test::zero;
using test::Assembler, test::RandomProgram;

const std::vector<Family> kFamiliesOfMemory = {Family::add,         Family::shift,      Family::load_word,
                                               Family::load_narrow, Family::store_word, Family::store_narrow,
                                               Family::branch_less};

SegmentLimits of_cycles(std::uint64_t cycles) {
  SegmentLimits limits;
  limits.cycles = cycles;
  return limits;
}

/// The root over everything, made anew.
Digest root_of_all(const Image& image, const Executor& executor) {
  std::vector<Bytes> contents;
  std::vector<ByteRun> runs;
  const auto add = [&](std::uint32_t address, Bytes bytes) {
    contents.push_back(std::move(bytes));
    runs.push_back({address, contents.back()});
  };
  contents.reserve(16);
  Bytes registers;
  for (const auto& words : register_chunks(executor.state())) {
    for (const std::uint32_t word : words) put_u32(registers, word);
  }
  add(0, registers);
  add(kProgramBegin, executor.memory(kProgramBegin, 1 << 16));
  add(kRamBegin, executor.memory(kRamBegin, 1 << 16));
  add(kJournalBegin, executor.memory(kJournalBegin, 1 << 12));
  add(kInputBegin, executor.memory(kInputBegin, 1 << 12));
  for (const ByteRun& run : image_runs(image)) {
    if (run.address >= kRomBegin) runs.push_back(run);
  }
  return subtree_digest({0, 0}, runs);
}

TEST(SegmentedRun, RootsAreThoseOfAllOfMemory) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    Assembler program = RandomProgram(seed).make(kFamiliesOfMemory, 300, 5);
    program.li(t0, kJournalBegin).li(t1, 4).store(Op::sw, t1, t0, 0).store(Op::sw, t1, t0, 16);
    program.li(t0, kInputBegin).imm(Op::lw, t1, t0, 16).imm(Op::addi, zero, t1, 3).exit(0);
    const Image image = program.image(Bytes(40, 9));
    const Bytes input = {1, 2, 3, 4, 5};
    SegmentedRun run = SegmentedRun::start(image, input, {1 << 20, 1 << 20}).value();
    Digest before = root_of_all(image, run.executor());
    int segments = 0;
    while (run.executor().ending() == Ending::running) {
      const Segment segment = run.next(of_cycles(200));
      ASSERT_EQ(segment.root_begin, before);
      before = root_of_all(image, run.executor());
      ASSERT_EQ(segment.root_end, before);
      ++segments;
    }
    ASSERT_EQ(run.executor().ending(), Ending::exited) << to_text(run.executor().trap());
    EXPECT_GT(segments, 5);
  }
}

TEST(SegmentedRun, BeginsWithTheImageTheInputAndAnEmptyJournal) {
  const Image image = Assembler().exit(0).image({1, 2, 3});
  const Bytes input = {7, 7};
  SegmentedRun run = SegmentedRun::start(image, input, {1 << 10, 1 << 20}).value();
  const Segment segment = run.next(SegmentLimits());
  const ImageRoots roots = image_roots(image);
  EXPECT_EQ(run.image(), image_id(roots));
  EXPECT_EQ(segment.root_begin,
            root_of({roots.low, roots.ram, zero_digest(4), input_digest(input), roots.rom}));
  EXPECT_NE(input_digest(input), input_digest({}));
  EXPECT_EQ(journal_digest({}), zero_digest(4)) << "a length of 0 is as if there was none";
}

TEST(SegmentedRun, EndsWithTheJournal) {
  Assembler program;
  program.li(t0, kJournalBegin)
      .li(t1, 3)
      .store(Op::sw, t1, t0, 0)
      .li(t1, 0x030201)
      .store(Op::sw, t1, t0, 16)
      .exit(5);
  SegmentedRun run = SegmentedRun::start(program.image(), {}, {1 << 10, 1 << 20}).value();
  const Segment segment = run.next(SegmentLimits());
  EXPECT_EQ(segment.journal, (Bytes{1, 2, 3}));
  EXPECT_EQ(segment.exit_code, 5u);
  const OpenedTree tree = open_segment(segment, run.executor()).value();
  EXPECT_EQ(tree.root_before, segment.root_begin);
  EXPECT_EQ(tree.root_after, segment.root_end);
  EXPECT_EQ(tree.after.journal, journal_digest(segment.journal));
  EXPECT_EQ(tree.after.input, tree.before.input);
  EXPECT_EQ(tree.after.rom, tree.before.rom);
}

TEST(SegmentedRun, HasNoProofOfWhatTrapsOrDoesNotEnd) {
  SegmentedRun traps =
      SegmentedRun::start(Assembler().imm(Op::addi, t0, zero, 1).word(0).image(), {}, {1 << 10, 1 << 20})
          .value();
  Segment segment = traps.next(SegmentLimits());
  EXPECT_EQ(segment.ending, Ending::trapped);
  EXPECT_TRUE(segment.siblings.empty());
  SegmentedRun runs_on =
      SegmentedRun::start(Assembler().op(Op::jal, 0, 0, 0, 0).image(), {}, {1 << 10, 1 << 20}).value();
  segment = runs_on.next(SegmentLimits());
  EXPECT_EQ(segment.ending, Ending::cycle_limit);
  EXPECT_TRUE(segment.siblings.empty());
}

TEST(ImageId, DependsOnAllThatIsLoadedAndOnNothingElse) {
  const Image image = Assembler().exit(0).image({1, 2, 3, 0});
  const auto id = [](const Image& of) { return hex(to_bytes(image_id(image_roots(of)))); };
  const std::string expected = id(image);
  EXPECT_EQ(expected.size(), 64u);
  Image other = image;
  other.segments[1].bytes = {1, 2, 3};
  other.segments[1].memory_bytes = 4000;
  EXPECT_EQ(id(other), expected) << "zeros are as if they were not there";
  other = image;
  other.entry += 4;
  EXPECT_NE(id(other), expected);
  other = image;
  other.segments[0].bytes[0] ^= 1;
  EXPECT_NE(id(other), expected);
  other = image;
  other.segments[1].bytes[2] ^= 1;
  EXPECT_NE(id(other), expected);
  other = image;
  other.segments[0].executable = false;
  EXPECT_NE(id(other), expected) << "the same bytes, but no code";
}

TEST(ImageId, OnlyWholeWordsAreCode) {
  const Image image{kProgramBegin, {{kProgramBegin, 6, true, false, {1, 2, 3, 4, 5, 6}}}};
  const Bytes word = {1, 2, 3, 4};
  const ByteRun rom{kRomBegin + kProgramBegin, word};
  EXPECT_EQ(image_roots(image).rom, subtree_digest(kRomPlace, {&rom, 1}));
}

TEST(Segment, CodeOfTwoRegionsInOneChunkIsWhole) {
  // The second half of a chunk is another region; the program jumps there.
  Assembler first, second;
  first.op(Op::jal, 0, 0, 0, 16);
  second.exit(3);
  Bytes a, b;
  for (const std::uint32_t w : first.words) put_u32(a, w);
  for (const std::uint32_t w : second.words) put_u32(b, w);
  const Image image{test::kCode,
                    {{test::kCode, 4, true, false, a},
                     {test::kCode + 16, static_cast<std::uint32_t>(b.size()), true, false, b}}};
  SegmentedRun run = SegmentedRun::start(image, {}, {1 << 10, 1 << 20}).value();
  const Segment segment = run.next(SegmentLimits());
  ASSERT_EQ(segment.code.size(), 1u);
  EXPECT_EQ(segment.code[0].words[0], first.words[0]);
  EXPECT_EQ(segment.code[0].words[1], 0u);
  EXPECT_EQ(segment.code[0].words[4], second.words[0]);
  EXPECT_EQ(open_segment(segment, run.executor()).value().root_before, segment.root_begin);
}

}  // namespace
}  // namespace cairn::rv32
