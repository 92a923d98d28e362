// One cell of each table of a real trace changed, and what the verifier says of buses and constraints:
// columns_test.cpp changes all columns, and asks the checker of rows.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/prover/rv32/random_program.h"
#include "tests/unit/prover/rv32/rig.h"
#include "tests/unit/prover/trials.h"

namespace cairn::rv32 {
namespace {

/// All instructions, for long enough that words are refreshed.
Segment everything() {
  std::vector<Family> families;
  for (std::size_t i = 0; i < kFamilies; ++i) families.push_back(static_cast<Family>(i));
  return test::segments_of(test::RandomProgram(7).make(families, 400, 60).exit(0).image(), 1u << 20).front();
}

TEST(ColumnsProved, AChangedCellOfEachTableIsRefused) {
  const Segment segment = everything();
  const Recording recording = record(segment).value();
  const TreeTrace tree = TreeTrace::make(recording.chunks, recording.code_chunks, segment.siblings).value();
  const TraceSource source{recording, &tree};
  const auto values = to_public_values(claim_of(segment));
  engine::test::Trial trial{engine::Witness::allocate(Rv32::shape(), log_heights(source)).value(),
                            {values.begin(), values.end()},
                            rows_of(source)};
  fill_tables(source, trial.witness.tables());
  ASSERT_EQ(engine::test::relation_verdict<Rv32>(trial), engine::VerifyError::none);
  std::mt19937 random(20261125);
  for (std::size_t table = 0; table < Rv32::tables; ++table) {
    const engine::TableView& view = trial.witness.table(table);
    ASSERT_NE(view.cells, nullptr);
    // The tables of numbers: a count. Else any column.
    const bool counts = view.log_height >= 14 && view.width < 8;
    const std::size_t column = counts ? 0 : random() % view.width,
                      row = counts ? 0x1000 : random() % trial.real_rows[table];
    const auto verdict = engine::test::with_cell(trial, table, row, column, KoalaBear::one(),
                                                 [&] { return engine::test::relation_verdict<Rv32>(trial); });
    EXPECT_NE(verdict, engine::VerifyError::none)
        << Rv32::shape().tables[table].name << " row " << row << " column " << column;
  }
}

TEST(ColumnsProved, EveryPublicValueChangedIsRefused) {
  const Segment segment = test::segments_of(test::Assembler().exit(3).image(), 100).front();
  const Recording recording = record(segment).value();
  const TreeTrace tree = TreeTrace::make(recording.chunks, recording.code_chunks, segment.siblings).value();
  const TraceSource source{recording, &tree};
  const auto values = to_public_values(claim_of(segment));
  engine::test::Trial trial{engine::Witness::allocate(Rv32::shape(), log_heights(source)).value(),
                            {values.begin(), values.end()},
                            rows_of(source)};
  fill_tables(source, trial.witness.tables());
  ASSERT_EQ(engine::test::relation_verdict<Rv32>(trial), engine::VerifyError::none);
  for (KoalaBear& value : trial.public_values) {
    value += KoalaBear::one();
    EXPECT_NE(engine::test::relation_verdict<Rv32>(trial), engine::VerifyError::none);
    value -= KoalaBear::one();
  }
}

}  // namespace
}  // namespace cairn::rv32
