// What the engine really uses has the bits that we quote.
#include "prover/soundness/machine.h"

#include <gtest/gtest.h>

#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "prover/verify/layout.h"

namespace cairn::engine::soundness {
namespace {

TEST(Soundness, EveryFrozenParameterSetHasTheTargetForTheLargestStatement) {
  for (const WhirParams& params : whir_param_table()) {
    const Statement statement = largest_statement(params.variables);
    const auto analysis = provable(statement, whir_parameters(params, 1 << 16));
    EXPECT_TRUE(analysis.ok()) << "2^" << int{params.variables} << " cells at rate 2^-"
                               << int{params.log_inverse_rate} << ": "
                               << (analysis.ok() ? "" : analysis.error().what);
  }
}

TEST(Soundness, TheParametersAreTakenOver) {
  const WhirParams& params = *whir_params(24, 1);
  const WhirParameters whir = whir_parameters(params, 7);
  ASSERT_EQ(whir.rounds.size(), std::size_t{params.phase_count});
  EXPECT_EQ(whir.claims, 7);
  EXPECT_EQ(whir.rounds[0].variables, 24);
  EXPECT_EQ(whir.rounds[0].log_inverse_rate, 1);
  EXPECT_EQ(whir.rounds[0].fold(), 6);
  EXPECT_EQ(whir.rounds[1].variables, 18);
  EXPECT_EQ(whir.rounds[1].log_inverse_rate, 4);
  EXPECT_EQ(whir.rounds[3].variables, 10);
  EXPECT_EQ(whir.rounds[3].log_inverse_rate, 10);
  for (std::size_t i = 0; i < whir.rounds.size(); ++i) {
    EXPECT_EQ(whir.rounds[i].queries, int{params.phase[i].queries});
    EXPECT_EQ(whir.rounds[i].query_pow_bits, int{params.phase[i].query_pow});
    EXPECT_EQ(whir.rounds[i].out_of_domain, int{params.phase[i].samples});
    EXPECT_EQ(whir.rounds[i].fold_pow_bits[0], int{params.phase[i].fold_pow});
    EXPECT_EQ(whir.rounds[i].fold_pow_bits[3], int{params.phase[i].fold_pow} - 3);
  }
}

TEST(Soundness, AStatementIsTheMachineWithItsHeights) {
  const int heights[] = {16, 10, 9, -1, 12, 8};
  const Statement statement = statement_of(Calculator::shape(), heights).value();
  ASSERT_EQ(statement.tables.size(), 5u) << "an absent table states nothing";
  EXPECT_EQ(statement.tables[2].name, "alu");
  EXPECT_EQ(statement.tables[2].log_height, 9);
  EXPECT_EQ(statement.tables[2].columns, static_cast<int>(chip_width<Alu>));
  EXPECT_EQ(statement.tables[2].interactions, 9);
  EXPECT_EQ(statement.tuple_width, 16) << "13 elements and the tag";
  EXPECT_EQ(statement.constraint_degree, 3);
  EXPECT_EQ(statement.constraints, 2 + 1 + 19 + 7 + 4)
      << "numerators, denominators, step, alu, memory, boundary";
  EXPECT_EQ(claims_of(statement), 2 + 17 + 30 + 16 + 9) << "columns of the tables that are there";

  const int poseidon_heights[] = {12};
  const Statement poseidon = statement_of(Poseidon2Machine::shape(), poseidon_heights).value();
  ASSERT_EQ(poseidon.tables.size(), 2u);
  EXPECT_EQ(poseidon.tables[1].interactions, 1) << "the public permutation";
}

TEST(Soundness, OnlyCommittedRowsTakeCells) {
  const int whole[] = {16, 10, 9, -1, 11, 8};
  const CommittedRows all = {1 << 16, 1 << 10, 1 << 9, 0, 1 << 11, 1 << 8},
                      some = {9 << 12, 9 << 6, 9 << 5, 0, 9 << 7, 1 << 8};
  const Statement by_height = statement_of(Calculator::shape(), whole).value(),
                  by_rows = statement_of(Calculator::shape(), all).value(),
                  cut = statement_of(Calculator::shape(), some).value();
  EXPECT_EQ(log_cells(by_height), log_cells(by_rows));
  EXPECT_EQ(log_cells(by_rows), 18);
  EXPECT_EQ(log_cells(cut), 17);
  for (std::size_t i = 0; i < cut.tables.size(); ++i) {
    EXPECT_EQ(cut.tables[i].log_height, by_height.tables[i].log_height) << "all rows count elsewhere";
    EXPECT_EQ(cut.tables[i].interactions, by_height.tables[i].interactions);
  }
  EXPECT_FALSE(
      statement_of(Calculator::shape(), CommittedRows{1 << 16, 1 << 10, 1 << 9, 0, 1 << 12, 160}).ok())
      << "all rows of the boundary are real";
  Statement wrong = cut;
  wrong.tables[1].committed_rows = 1 << 11;
  EXPECT_FALSE(provable(wrong, whir_parameters(*whir_params(18, 1), claims_of(wrong))).ok());
}

TEST(Soundness, TheLargestStatementIsAllThatTheVerifierAccepts) {
  for (const int log_cells : {8, 20, 26}) {
    const Statement statement = largest_statement(log_cells);
    std::uint64_t cells = 0, interactions = 0;
    for (const Table& table : statement.tables) {
      cells += static_cast<std::uint64_t>(table.columns) << table.log_height;
      interactions += static_cast<std::uint64_t>(table.interactions) << table.log_height;
    }
    EXPECT_EQ(cells, std::uint64_t{1} << log_cells);
    EXPECT_EQ(interactions, std::uint64_t{1} << kLogFractionsMax);
    EXPECT_EQ(statement.constraints, 64 * 1024);
    EXPECT_EQ(statement.tuple_width, 64);
  }
}

TEST(Soundness, HeightsThatTheVerifierRefusesAreRefused) {
  const auto refused = [](std::vector<int> heights) {
    return !statement_of(Calculator::shape(), heights).ok();
  };
  EXPECT_FALSE(refused({16, 10, 9, -1, 12, 8}));
  EXPECT_TRUE(refused({16, 10, 9, -1, 12, -1})) << "the boundary must be there";
  EXPECT_TRUE(refused({15, 10, 9, -1, 12, 8})) << "all pairs of bytes";
  EXPECT_TRUE(refused({16, 10, 3, -1, 12, 8}));
  EXPECT_TRUE(refused({16, 10, 9, -1, 23, 8}));
  EXPECT_TRUE(refused({16, 10, 9, -1, 12}));
}

TEST(Soundness, TheExamplesHaveTheTarget) {
  for (unsigned log_inverse_rate = whir_log_inverse_rate_min; log_inverse_rate <= whir_log_inverse_rate_max;
       ++log_inverse_rate) {
    const auto bits_of = [&](const MachineShape& machine, std::vector<int> heights) {
      const Statement statement = statement_of(machine, heights).value();
      const WhirParams* params =
          whir_params(static_cast<unsigned>(std::max(log_cells(statement), 8)), log_inverse_rate);
      const auto analysis = provable(statement, whir_parameters(*params, claims_of(statement)));
      return analysis.ok() ? analysis->total_bits : 0.0;
    };
    for (const int height : {4, 10, 14, 16, 18})
      EXPECT_GE(bits_of(Poseidon2Machine::shape(), {height}), 120) << height;
    EXPECT_GE(bits_of(Calculator::shape(), {16, 19, 19, 17, 20, 18}), 120);
    EXPECT_GE(bits_of(Calculator::shape(), {16, 4, 4, -1, 4, 4}), 120);
  }
}

TEST(Soundness, SegmentsHaveTheTarget) {
  for (const int log_cycles : {12, 14, 16}) {
    std::vector<int> heights;  // every table as high as the cycles
    for (const TableShape& table : rv32::machine_shape().tables) {
      heights.push_back(std::clamp(log_cycles, static_cast<int>(table.log_height_min),
                                   static_cast<int>(table.log_height_max)));
    }
    for (const unsigned log_inverse_rate : {1u, 2u}) {
      const Statement statement = statement_of(rv32::machine_shape(), heights).value();
      const WhirParams* params = whir_params(static_cast<unsigned>(log_cells(statement)), log_inverse_rate);
      ASSERT_NE(params, nullptr) << log_cycles;
      const auto analysis = provable(statement, whir_parameters(*params, claims_of(statement)));
      ASSERT_TRUE(analysis.ok());
      EXPECT_GE(analysis->total_bits, 120) << log_cycles;
    }
  }
}

}  // namespace
}  // namespace cairn::engine::soundness
