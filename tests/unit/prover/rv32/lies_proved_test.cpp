// Proofs of lies are refused: what check_trace() calls a fault, the verifier refuses.
#include <gtest/gtest.h>

#include "prover/prove/prover.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "tests/unit/prover/rv32/lying_programs.h"
#include "tests/unit/prover/trials.h"

namespace cairn::rv32 {
namespace {

using namespace test;

TEST(Lies, ProofsOfThemAreRefused) {
  for (const std::size_t i : {0u, 11u, 15u, 28u, 36u, 42u}) {
    const Swap& swap = kSwaps[i];
    const Image program = around(swap.program).image();
    for (const bool lies : {false, true}) {
      const Attempt attempt = pass_off(around(lies ? swap.ran : swap.program).image(), program);
      const TreeTrace tree = attempt.tree();
      const TraceSource source{attempt.recording, &tree};
      engine::Witness witness = engine::Witness::allocate(Rv32::shape(), log_heights(source)).value();
      fill_tables(source, witness.tables());
      const auto proof = engine::prove<Rv32>(std::move(witness), to_public_values(attempt.claim), {});
      ASSERT_TRUE(proof.ok());
      EXPECT_EQ(verify_segment(*proof, attempt.claim).error == engine::VerifyError::none, !lies)
          << row_of(swap.program.op).mnemonic;
    }
  }
}

/// What the verifier says of constraints and buses, whatever the commitment.
engine::VerifyError verdict(const Attempt& attempt) {
  const TreeTrace tree = attempt.tree();
  const TraceSource source{attempt.recording, &tree};
  const auto values = to_public_values(attempt.claim);
  engine::test::Trial trial{engine::Witness::allocate(Rv32::shape(), log_heights(source)).value(),
                            {values.begin(), values.end()},
                            rows_of(source)};
  fill_tables(source, trial.witness.tables());
  return engine::test::relation_verdict<Rv32>(trial);
}

TEST(Lies, TheVerifierRefusesAnyInstructionInThePlaceOfAnother) {
  for (const auto& [program, ran] : other_code()) {
    for (const Lying lying : {Lying::lookups, Lying::decoder}) {
      EXPECT_NE(verdict(pass_off(ran, program, {}, {}, lying)), engine::VerifyError::none);
    }
  }
  for (const Swap& swap : kSwaps) {
    const Image program = around(swap.program).image();
    EXPECT_NE(verdict(pass_off(around(swap.ran).image(), program)), engine::VerifyError::none)
        << row_of(swap.program.op).mnemonic;
  }
}

TEST(Lies, TheVerifierRefusesRunsThatWereNotSo) {
  ASSERT_EQ(verdict(ReadsLast().attempt), engine::VerifyError::none);
  EXPECT_NE(verdict(left_out()), engine::VerifyError::none);
  EXPECT_NE(verdict(executed_twice()), engine::VerifyError::none);
  EXPECT_NE(verdict(loaded_early()), engine::VerifyError::none);
  EXPECT_NE(verdict(read_unwritten(0x1234'5679, false)), engine::VerifyError::none);
  EXPECT_NE(verdict(read_unwritten(0x1234'5679, true)), engine::VerifyError::none);
  EXPECT_NE(verdict(forged_input()), engine::VerifyError::none);
}

}  // namespace
}  // namespace cairn::rv32
