// Cuts: where segments end, that nothing is lost between them, and that each runs again by itself.
#include "prover/rv32/segment.h"

#include <gtest/gtest.h>

#include "prover/rv32/segmented_run.h"
#include "prover/rv32/snapshot.h"
#include "tests/unit/prover/rv32/random_program.h"

namespace cairn::rv32 {
namespace {

using test::a0, test::sp, test::t0, test::t1, test::t2, test::zero;
using test::Assembler, test::RandomProgram;

const std::vector<Family> kAll = {Family::add,          Family::bitwise,       Family::shift,
                                  Family::compare,      Family::constant,      Family::jump_register,
                                  Family::branch_equal, Family::branch_less,   Family::load_word,
                                  Family::load_narrow,  Family::store_word,    Family::store_narrow,
                                  Family::multiply,     Family::multiply_high, Family::divide};

struct History {
  std::vector<Segment> segments;
  SegmentedRun run;
  const Executor& executor() const { return run.executor(); }
};

History run(const Image& image, const SegmentLimits& limits, ByteView input = {}) {
  History out{{}, SegmentedRun::start(image, input, {10'000'000, 1 << 20}).value()};
  while (out.executor().ending() == Ending::running) {
    out.segments.push_back(out.run.next(limits));
    if (out.segments.size() > 100'000) break;
  }
  EXPECT_EQ(out.executor().ending(), Ending::exited) << to_text(out.executor().trap());
  return out;
}

/// Limits that are all far away but for those that `set` brings near.
template <class Set>
SegmentLimits near(Set set) {
  SegmentLimits limits;
  set(limits);
  return limits;
}

std::vector<SegmentLimits> some_limits() {
  return {
      near([](SegmentLimits& l) { l.cycles = 1; }),
      near([](SegmentLimits& l) { l.cycles = 7; }),
      near([](SegmentLimits& l) { l.cycles = 1024; }),
      near([](SegmentLimits& l) { l.cycles = 5000; }),
      near([](SegmentLimits& l) { l.rows[static_cast<std::size_t>(Family::divide)] = 1; }),
      near([](SegmentLimits& l) { l.rows[static_cast<std::size_t>(Family::multiply)] = 100; }),
      near([](SegmentLimits& l) { l.rows[static_cast<std::size_t>(Family::load_narrow)] = 1030; }),
      near([](SegmentLimits& l) { l.chunks = 32; }),
      near([](SegmentLimits& l) {
        l.chunks = 60;
        l.cycles = 3000;
      }),
      segment_class(kLogClassMin),
  };
}

Image random_image(std::uint64_t seed) {
  return RandomProgram(seed).make(kAll, 900, 20).exit(static_cast<std::uint32_t>(seed)).image();
}

TEST(Segment, CutsLoseNothingAndAddNothing) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Image image = random_image(seed);
    const History whole = run(image, SegmentLimits());
    ASSERT_EQ(whole.segments.size(), 1u);
    for (const SegmentLimits& limits : some_limits()) {
      const History cut = run(image, limits);
      ASSERT_GT(cut.segments.size(), 1u);
      Counts sum;
      for (std::size_t i = 0; i < cut.segments.size(); ++i) {
        const Segment& segment = cut.segments[i];
        ASSERT_EQ(segment.index, i);
        ASSERT_EQ(segment.begin, i == 0 ? whole.segments[0].begin : cut.segments[i - 1].end);
        ASSERT_EQ(segment.ending, i + 1 == cut.segments.size() ? Ending::exited : Ending::running);
        ASSERT_EQ(segment.end.cycle - segment.begin.cycle, segment.counts.cycles);
        std::uint64_t rows = 0;
        for (std::size_t f = 0; f < kFamilies; ++f) {
          rows += segment.counts.rows[f];
          sum.rows[f] += segment.counts.rows[f];
        }
        ASSERT_EQ(rows, segment.counts.cycles);
      }
      EXPECT_EQ(cut.segments.back().end, whole.segments[0].end);
      EXPECT_EQ(cut.segments.back().exit_code, seed);
      EXPECT_EQ(sum.rows, whole.segments[0].counts.rows);
      EXPECT_EQ(cut.executor().memory(test::kScratch, test::kScratchBytes),
                whole.executor().memory(test::kScratch, test::kScratchBytes));
    }
  }
}

TEST(Segment, NoTableOutgrowsItsLimitAndOneMoreInstructionWould) {
  const Image image = random_image(4);
  for (const SegmentLimits& limits : some_limits()) {
    const History cut = run(image, limits);
    for (const Segment& segment : cut.segments) {
      bool full = segment.counts.cycles == limits.cycles || segment.counts.chunks == limits.chunks;
      ASSERT_LE(segment.counts.cycles, limits.cycles);
      ASSERT_LE(segment.counts.chunks, limits.chunks);
      const std::uint32_t at = (segment.end.pc - test::kCode);
      for (std::size_t f = 0; f < kFamilies; ++f) {
        ASSERT_LE(segment.counts.rows[f], limits.rows[f]);
        if (segment.ending != Ending::running || segment.counts.rows[f] < limits.rows[f]) continue;
        const Instruction next = decode(get_u32(image.segments[0].bytes, at));
        full |= static_cast<std::size_t>(row_of(next.op).family) == f;
      }
      ASSERT_TRUE(full || segment.ending == Ending::exited) << segment.index;
    }
  }
}

TEST(Segment, ChunksAreThoseThatWereTouchedAsTheyWere) {
  Assembler program;
  program.li(sp, 0x1000'0000)
      .li(t0, 5)
      .store(Op::sw, t0, sp, 0)
      .store(Op::sb, t0, sp, 31)
      .imm(Op::lw, t1, sp, 64);
  program.store(Op::sw, t0, sp, 64).imm(Op::lw, t1, sp, 96).exit(0);
  const History once = run(program.image(Bytes(128, 7)), SegmentLimits());
  ASSERT_EQ(once.segments.size(), 1u);
  const Segment& segment = once.segments[0];
  ChunkBytes sevens;
  sevens.fill(7);
  EXPECT_EQ(segment.chunks,
            (std::vector<Chunk>{{0x1000'0000, sevens}, {0x1000'0040, sevens}, {0x1000'0060, sevens}}));
  ASSERT_EQ(segment.code.size(), 1u);
  std::vector<std::uint32_t> whole = program.words;
  whole.resize(16);
  EXPECT_EQ(segment.code[0].words, whole);
  EXPECT_EQ(segment.counts.chunks, 3u + 2) << "14 instructions are 2 chunks";
}

TEST(Segment, ARunOfVeryManySegmentsStillCountsEachChunk) {
  const Image image = Assembler()
                          .li(sp, 0x1000'0000)
                          .imm(Op::lw, t0, sp, 0)
                          .op(Op::jal, 0, 0, 0, static_cast<std::uint32_t>(-4))
                          .image();
  Executor executor = Executor::start(image, {}, {200'000, 1 << 20}).value();
  const SegmentLimits limits = near([](SegmentLimits& l) { l.cycles = 1; });
  for (int i = 0; i < 2; ++i) (void)executor.run_segment(limits, false);
  for (int i = 0; i < 70'000; ++i) {
    const std::uint64_t chunks = executor.run_segment(limits, false).counts.chunks;
    ASSERT_EQ(chunks, i % 2 ? 1u : 2u) << i;
  }
}

TEST(Segment, CodeIsWhatWasExecutedAndTheChunksAroundIt) {
  Assembler program;
  program.op(Op::jal, 0, 0, 0, 4 * 40);  // over 39 words
  while (program.words.size() < 40) program.word(0);
  program.exit(0);
  const History once = run(program.image(), SegmentLimits());
  ASSERT_EQ(once.segments[0].code.size(), 2u);
  EXPECT_EQ(once.segments[0].code[0].address, test::kCode);
  EXPECT_EQ(once.segments[0].code[0].words.size(), 8u);
  EXPECT_EQ(once.segments[0].code[1].address, test::kCode + 160);
  EXPECT_EQ(once.segments[0].code[1].words.size(), 8u);
  EXPECT_EQ(once.segments[0].code[1].words[4], program.words.back());
  EXPECT_EQ(once.segments[0].code[1].words[5], 0u) << "whole chunks";
}

TEST(Segment, ClassesAreAsDocumented) {
  const SegmentLimits limits = segment_class(18);
  EXPECT_EQ(limits.cycles, 262'144u);
  EXPECT_EQ(limits.chunks, 4'096u);
  EXPECT_EQ(segment_class(12).chunks, 256u);
  EXPECT_EQ(segment_class(16).chunks, 4'096u);
  EXPECT_EQ(segment_class(20).chunks, 16'384u);
  const auto rows = [&](Family family) { return limits.rows[static_cast<std::size_t>(family)]; };
  EXPECT_EQ(rows(Family::add), 262'144u);
  EXPECT_EQ(rows(Family::shift), 131'072u);
  EXPECT_EQ(rows(Family::multiply), 131'072u);
  EXPECT_EQ(rows(Family::multiply_high), 65'536u);
  EXPECT_EQ(rows(Family::divide), 32'768u);
  EXPECT_EQ(rows(Family::system), 4'096u);
  Counts counts;
  EXPECT_EQ(class_of(counts), kLogClassMin);
  counts.cycles = 4097;
  EXPECT_EQ(class_of(counts), 13u);
  counts.rows[static_cast<std::size_t>(Family::divide)] = 32'768;
  EXPECT_EQ(class_of(counts), 18u);
  counts.chunks = 4'097;
  EXPECT_EQ(class_of(counts), 19u);
  counts.cycles = (1u << 24) + 1;
  EXPECT_EQ(class_of(counts), 0u);
}

TEST(Segment, ALongBlockLeavesRoomForData) {
  Assembler program;
  program.li(sp, 0x1000'0000).imm(Op::lw, t0, sp, 0);
  for (int i = 0; i < 2000; ++i) program.imm(Op::lw, t0, sp, 32 * static_cast<std::uint32_t>(i % 60));
  const History cut = run(program.exit(0).image(), near([](SegmentLimits& l) { l.chunks = 32; }));
  for (const Segment& segment : cut.segments) ASSERT_GT(segment.counts.cycles, 0u);
}

TEST(Snapshot, EachSegmentRunsAgainFromItsBytesAlone) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Image image = random_image(seed);
    const Digest32 digest = to_bytes(image_id(image_roots(image)));
    for (const SegmentLimits& limits : some_limits()) {
      const History cut = run(image, limits);
      const std::size_t stride = cut.segments.size() / 40 + 1;
      for (std::size_t i = 0; i < cut.segments.size(); i += stride) {
        const Bytes bytes = encode({digest, cut.segments[i]});
        const auto snapshot = decode_snapshot(bytes);
        ASSERT_TRUE(snapshot.ok()) << snapshot.error().what;
        EXPECT_EQ(encode(*snapshot), bytes);
        const Status status = check_by_replay(*snapshot);
        ASSERT_TRUE(status.ok()) << status.error().what;
      }
    }
  }
}

TEST(Snapshot, OfAnEndThatDoesNotTouchTheJournalsLengthRunsAgain) {
  Assembler program;
  program.li(t0, 0x3000'0000).li(t1, 32).store(Op::sw, t1, t0, 0);
  program.li(a0, 0).li(test::a7, 0).imm(Op::addi, 0, 0, 0).store(Op::sw, t1, t0, 40).op(Op::ecall, 0, 0, 0);
  const History cut = run(program.image(), near([](SegmentLimits& l) { l.cycles = 5; }));
  ASSERT_EQ(cut.segments.size(), 3u);
  for (const Segment& segment : cut.segments) {
    const Status status = check_by_replay({{}, segment});
    EXPECT_TRUE(status.ok()) << status.error().what;
  }
}

TEST(Snapshot, TheSameRunGivesTheSameBytes) {
  const Image image = random_image(5);
  const auto all = [&] {
    Bytes out;
    for (const Segment& segment : run(image, segment_class(kLogClassMin)).segments)
      append(out, encode({{}, segment}));
    return hex(sha256(out));
  };
  EXPECT_EQ(all(), all());
}

TEST(Snapshot, OfOneSegmentDoesNotReplayAsAnother) {
  const Image image = random_image(6);
  const History cut = run(image, segment_class(kLogClassMin));
  ASSERT_GE(cut.segments.size(), 3u);
  const auto fails = [](const Segment& segment) {
    const Status status = check_by_replay({{}, segment});
    return !status.ok() && status.error().code == Code::corrupt;
  };
  Segment changed = cut.segments[1];
  EXPECT_FALSE(fails(changed));
  changed.end.x[8] ^= 1;
  EXPECT_TRUE(fails(changed)) << "a register at the end";
  changed = cut.segments[1];
  changed.end.pc += 4;
  EXPECT_TRUE(fails(changed)) << "pc at the end";
  changed = cut.segments[1];
  changed.begin.x = cut.segments[2].begin.x;
  EXPECT_TRUE(fails(changed)) << "registers of another";
  changed = cut.segments[1];
  for (Chunk& chunk : changed.chunks) chunk.bytes[0] ^= 1;
  EXPECT_TRUE(fails(changed)) << "other memory";
  changed = cut.segments[1];
  changed.chunks.erase(changed.chunks.begin());
  EXPECT_TRUE(fails(changed)) << "a chunk that is missing";
  changed = cut.segments[1];
  changed.code.clear();
  EXPECT_TRUE(fails(changed)) << "no code";
  changed = cut.segments[1];
  changed.root_end[0] += engine::KoalaBear::one();
  EXPECT_TRUE(fails(changed)) << "memory at the end";
  changed = cut.segments[1];
  changed.root_begin[7] += engine::KoalaBear::one();
  EXPECT_TRUE(fails(changed)) << "memory at the beginning";
  changed = cut.segments[1];
  changed.siblings.back()[0] += engine::KoalaBear::one();
  EXPECT_TRUE(fails(changed)) << "memory that is not touched";
  changed = cut.segments[1];
  changed.siblings.pop_back();
  EXPECT_TRUE(fails(changed)) << "a sibling that is missing";
  changed = cut.segments[1];
  changed.begin.discarded ^= 1;
  EXPECT_TRUE(fails(changed)) << "what was written to x0";
  changed = cut.segments.back();
  changed.journal.push_back(0);
  EXPECT_TRUE(fails(changed)) << "the journal";
  changed = cut.segments[1];
  ++changed.counts.rows[0];
  EXPECT_TRUE(fails(changed)) << "rows";
  changed = cut.segments[1];
  changed.end.cycle -= 1;
  EXPECT_TRUE(fails(changed)) << "cycles";
  changed = cut.segments.back();
  changed.exit_code ^= 1;
  EXPECT_TRUE(fails(changed)) << "exit code";
  changed = cut.segments.back();
  changed.ending = Ending::running;
  EXPECT_TRUE(fails(changed)) << "an end that is denied";
}

Bytes sample() {
  Assembler program;
  program.li(sp, 0x1000'0000)
      .imm(Op::lw, t0, sp, 0)
      .imm(Op::lw, t1, sp, 32)
      .imm(Op::lw, t2, sp, 96)
      .store(Op::sw, sp, sp, 128)
      .exit(9);
  return encode({{}, run(program.image({1, 2, 3, 4}), SegmentLimits()).segments[0]});
}

Bytes resealed(Bytes bytes) {
  bytes.resize(bytes.size() - 32);
  append(bytes, sha256(bytes));
  return bytes;
}

TEST(Snapshot, AnyDamageIsRefusedByItsChecksum) {
  const Bytes bytes = sample();
  ASSERT_TRUE(decode_snapshot(bytes).ok());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes damaged = bytes;
    damaged[i] ^= 0x10;
    const auto snapshot = decode_snapshot(damaged);
    ASSERT_FALSE(snapshot.ok()) << i;
    EXPECT_EQ(snapshot.error().code, i < 8 ? Code::invalid_input : Code::corrupt);
    EXPECT_FALSE(decode_snapshot(ByteView(bytes).first(i)).ok()) << i;
  }
}

TEST(Snapshot, BytesWithAnHonestChecksumHaveOneMeaningOrNone) {
  const Bytes bytes = sample();
  std::mt19937 random(3);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = bytes;
    damaged[12 + random() % (bytes.size() - 44)] =
        static_cast<std::uint8_t>(random() % 3 ? random() : random() % 4);
    damaged = resealed(damaged);
    const auto snapshot = decode_snapshot(damaged);
    if (!snapshot.ok()) continue;
    ++accepted;
    ASSERT_EQ(encode(*snapshot), damaged);
  }
  EXPECT_GT(accepted, 100);
  Bytes longer = bytes;
  longer.insert(longer.end() - 32, 0);
  EXPECT_FALSE(decode_snapshot(resealed(longer)).ok()) << "something behind its end";
}

TEST(Snapshot, RowsAreItsCyclesAndZerosAreNotWrittenOut) {
  const Bytes bytes = sample();
  const std::size_t rows = 8 + 4 + 32 + 8 + 2 * 140 + 8;
  const auto accepts = [](const Bytes& changed) { return decode_snapshot(resealed(changed)).ok(); };
  Bytes fewer = bytes, more = bytes;
  ASSERT_GT(fewer[rows], 0);
  --fewer[rows];
  ++more[rows];
  EXPECT_FALSE(accepts(fewer));
  EXPECT_FALSE(accepts(more));
  // One chunk by itself, behind it siblings, an empty journal and the checksum.
  const Image image = Assembler().li(sp, 0x1000'0000).imm(Op::lw, t0, sp, 0).exit(0).image({7});
  Bytes zeros = encode({{}, run(image, SegmentLimits()).segments[0]});
  ASSERT_TRUE(accepts(zeros));
  const std::size_t behind = 4 + 32 * run(image, SegmentLimits()).segments[0].siblings.size() + 4 + 32;
  ASSERT_EQ(std::exchange(zeros[zeros.size() - behind - 32], std::uint8_t{0}), 7);
  EXPECT_FALSE(accepts(zeros));
}

TEST(Snapshot, IsCompact) {
  const Bytes bytes = sample();
  const auto snapshot = decode_snapshot(bytes);
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->segment.chunks.size(), 4u);
  // 3 of 4 chunks are zero: one head for each run of zeros, 32 bytes for the one that is not.
  // Code is 2 chunks, whole. Its path has 24 siblings below the root, less those of other paths.
  const std::size_t siblings = snapshot->segment.siblings.size();
  EXPECT_EQ(bytes.size(), 8u + 4 + 32 + 8 + 2 * 140 + 8 + 16 * 8 + 8 + 64 + (4 + 8 + 4 * 16) +
                              (4 + 3 * 8 + 32) + 4 + 32 * siblings + 4 + 32);
  EXPECT_LT(siblings, 3 * 26u);
}

}  // namespace
}  // namespace cairn::rv32
