// Segments of the largest classes are cut before they outgrow a proof, wherever their chunks lie.
#include "prover/rv32/footprint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "prover/rv32/prove/recorder.h"
#include "prover/rv32/prove/trace.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "prover/verify/layout.h"
#include "tests/unit/prover/rv32/assembler.h"

namespace cairn::rv32 {
namespace {

using test::Assembler, test::a0, test::a1, test::sp, test::t0, test::t1, test::t2, test::zero;

TEST(Footprint, KnowsTheColumnsOfEveryTable) {
  const auto& tables = machine_shape().tables;
  ASSERT_EQ(table_columns().size(), tables.size());
  for (const TableColumns& known : table_columns()) {
    const auto at = std::ranges::find(tables, known.table, &engine::TableShape::name);
    ASSERT_NE(at, tables.end()) << known.table;
    EXPECT_EQ(at->width, known.columns) << known.table;
  }
  for (std::size_t i = 0; i < kFamilies; ++i)
    EXPECT_EQ(table_columns()[i].table, family_name(static_cast<Family>(i)));
}

/// Stores into a chunk far from all others, executes some of the widest instructions, and does that for ever.
Image scattering(unsigned others) {
  constexpr std::uint8_t s0 = 8, s1 = 9, s2 = 18, a2 = 12, a3 = 13;
  Assembler out;
  out.li(s0, 0x1000'0000).li(s1, 0x0fff'ffe0).li(s2, 0x0061'c8a0).li(t0, 1);
  const std::uint32_t loop = out.here();
  out.reg(Op::add, t1, t1, s2).reg(Op::and_, t2, t1, s1).reg(Op::add, t2, t2, s0).store(Op::sw, t0, t2, 4);
  out.imm(Op::addi, t0, t0, 1);
  for (unsigned i = 0; i < others; ++i) {
    out.reg(Op::xor_, a0, t0, t1)
        .imm(Op::slli, a1, a0, 3)
        .reg(Op::mulhu, a2, a0, t1)
        .reg(Op::or_, a0, a0, a1);
    out.reg(Op::sltu, a1, a0, t1).imm(Op::lbu, a1, t2, 5).store(Op::sb, a1, t2, 9).reg(Op::mul, a3, a0, a1);
  }
  out.reg(Op::divu, a3, a0, t0);
  return out.op(Op::jal, zero, 0, 0, loop - out.here()).image();
}

struct Made {
  Segment segment;
  engine::VerifyError fault = engine::VerifyError::none;
  std::uint64_t cells = 0;
};

/// The first segments, and whether the heights of their tables are those of a proof.
std::vector<Made> segments(const Image& image, const SegmentLimits& limits, std::size_t count) {
  SegmentedRun run = SegmentedRun::start(image, {}, {std::uint64_t{1} << 40, std::uint64_t{1} << 30}).value();
  std::vector<Made> out;
  while (out.size() < count) {
    Made made{run.next(limits)};
    const Recording recording = record(made.segment).value();
    const TreeTrace tree =
        TreeTrace::make(recording.chunks, recording.code_chunks, made.segment.siblings).value();
    const auto layout =
        engine::lay_out(machine_shape(), engine::whole_tables(log_heights({recording, &tree})), made.fault);
    if (layout) made.cells = layout->cells;
    out.push_back(std::move(made));
  }
  return out;
}

TEST(Footprint, SegmentsOfTheLargestClassesFitAProofWhereverTheirChunksLie) {
  for (const unsigned others : {0u, 6u, 40u}) {
    const Image image = scattering(others);
    for (unsigned log_cycles = kLogClassFits + 1; log_cycles <= kLogClassMax; ++log_cycles) {
      const SegmentLimits limits = segment_class(log_cycles);
      for (const Made& made : segments(image, limits, 2)) {
        const std::string which = std::to_string(others) + " others, class " + std::to_string(log_cycles);
        EXPECT_EQ(made.fault, engine::VerifyError::none) << which;
        EXPECT_GT(made.segment.counts.cycles, 1u << 12) << which << ": cut far too early";
        EXPECT_GT(made.cells, kSegmentCellsMax / 4) << which << ": half of the room is powers of two";
      }
    }
  }
}

TEST(Footprint, WithoutItSegmentsWouldOutgrowAProof) {
  SegmentLimits limits = segment_class(kLogClassMax);
  limits.cells = UINT64_MAX;
  EXPECT_EQ(segments(scattering(6), limits, 1)[0].fault, engine::VerifyError::too_large);
}

TEST(Footprint, CellsAreNeverFewerThanTheTablesHave) {
  SegmentLimits limits = segment_class(16);
  for (const unsigned others : {0u, 3u}) {
    for (const std::uint64_t cells : {1u << 23, 1u << 24, 1u << 25}) {
      limits.cells = cells;
      for (const Made& made : segments(scattering(others), limits, 3)) {
        EXPECT_LE(made.cells, cells);
        EXPECT_GT(made.segment.counts.cycles, 0u);
      }
    }
  }
}

TEST(Footprint, CutsLoseNothing) {
  // A run that ends, cut by cells alone and not at all.
  Assembler program;
  program.li(sp, 0x1000'0000).li(t0, 3'000).li(t1, 0x1fff0);
  const std::uint32_t loop = program.here();
  program.store(Op::sw, t0, sp, 0)
      .reg(Op::add, sp, sp, t1)
      .reg(Op::mulhu, a0, t0, sp)
      .reg(Op::xor_, a1, a1, a0);
  program.imm(Op::addi, t0, t0, ~0u).branch(Op::bne, t0, zero, loop - program.here()).exit(7);
  const auto end = [&](const SegmentLimits& limits, std::size_t& cuts) {
    Executor executor = Executor::start(program.image(), {}, {1 << 20, std::uint64_t{1} << 30}).value();
    Counts sum;
    for (cuts = 0; executor.ending() == Ending::running; ++cuts) {
      const Segment segment = executor.run_segment(limits, false);
      for (std::size_t i = 0; i < kFamilies; ++i) sum.rows[i] += segment.counts.rows[i];
      if (cuts > 1000) break;
    }
    return std::pair(executor.state(), sum.rows);
  };
  std::size_t whole = 0, cut = 0;
  SegmentLimits limits;
  const auto once = end(limits, whole);
  limits.cells = 1 << 22;
  EXPECT_EQ(end(limits, cut), once);
  EXPECT_EQ(whole, 1u);
  EXPECT_GT(cut, 3u);
}

}  // namespace
}  // namespace cairn::rv32
