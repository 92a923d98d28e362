// Proofs of lies are refused: what check_trace() calls a fault, the verifier refuses.
#include <gtest/gtest.h>

#include "prover/prove/prover.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "tests/unit/prover/rv32/lying_programs.h"

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
      EXPECT_EQ(verify_segment(*proof, attempt.claim).error == engine::VerifyError::none, !lies) << row_of(swap.program.op).mnemonic;
    }
  }
}

}  // namespace
}  // namespace cairn::rv32
