// Two verifiers, one opinion on proofs of segments. The chips of the RISC-V machine are shared
// (shared_chips.h): that they say what an instruction does is for the tests of the chips. All else is checked
// twice.
#include <gtest/gtest.h>

#include "prover/prove/prover.h"
#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "tests/reference/shared_chips.h"
#include "tests/unit/prover/rv32/lying_programs.h"

namespace cairn::reference {
namespace {

using rv32::SegmentClaim;
using rv32::SegmentProof;

const Machine& machine() {
  static const Machine described = with_shared_chips(rv32::machine_shape());
  return described;
}

Words values_of(const SegmentClaim& claim) {
  const auto values = rv32::to_public_values(claim);
  return {values.begin(), values.end()};
}

/// Both verdicts are the same, with the same reason; which is returned.
std::string agreed(const Bytes& proof, const Words& publics, const std::string& what) {
  const std::string fast(
      engine::verify_error_name(engine::verify(rv32::machine_shape(), proof, publics).error));
  EXPECT_EQ(verify(machine(), proof, publics), fast) << what;
  return fast;
}

/// The smallest segment there is: a program that exits at once.
const SegmentProof& smallest() {
  static const SegmentProof made =
      rv32::prove_segment(rv32::test::segments_of(rv32::test::Assembler().exit(3).image(), 100).front(),
                          {4, nullptr, nullptr})
          .value();
  return made;
}

TEST(ReferenceRv32, HasTheSameDigestOfTheMachine) {
  const Words digest = digest_of(machine());
  EXPECT_TRUE(std::equal(digest.begin(), digest.end(), rv32::machine_shape().digest.begin()));
}

TEST(ReferenceRv32, AcceptsSegments) {
  EXPECT_EQ(agreed(smallest().proof, values_of(smallest().claim), "smallest"), "none");
  // With a row of every chip, in two segments.
  const auto segments = rv32::test::segments_of(rv32::test::all_families(9).image(), 900);
  ASSERT_GE(segments.size(), 2u);
  for (const rv32::Segment& segment : segments) {
    const SegmentProof made = rv32::prove_segment(segment).value();
    EXPECT_EQ(agreed(made.proof, values_of(made.claim), "all families"), "none");
  }
}

TEST(ReferenceRv32, AgreesOnAlteredWords) {
  const Bytes& proof = smallest().proof;
  const Words publics = values_of(smallest().claim);
  const std::size_t words = proof.size() / 4,
                    header = 11 + rv32::machine_shape().tables.size() + publics.size();
  for (std::size_t word = 0; word < words; word += word < header + 40 ? 1 : words / 60 | 1) {
    const std::string what = "word " + std::to_string(word) + " of " + std::to_string(words);
    Bytes altered = proof;
    altered[4 * word] ^= 1;
    EXPECT_NE(agreed(altered, publics, what), "none") << what;
    altered = proof;
    for (std::size_t k = 0; k < 4; ++k) altered[4 * word + k] = 0xff;
    EXPECT_NE(agreed(altered, publics, what), "none") << what << " too large";
  }
}

TEST(ReferenceRv32, AgreesOnLengthsRowsAndClaims) {
  const Bytes& proof = smallest().proof;
  const Words publics = values_of(smallest().claim);
  for (std::size_t length = 0; length < proof.size(); length += length < 300 ? 7 : proof.size() / 15) {
    EXPECT_EQ(agreed({proof.begin(), proof.begin() + static_cast<std::ptrdiff_t>(length)}, publics,
                     std::to_string(length) + " bytes"),
              "truncated");
  }
  Bytes longer = proof;
  longer.insert(longer.end(), 4, 0);
  EXPECT_EQ(agreed(longer, publics, "a word more"), "trailing_bytes");
  for (std::size_t table = 0; table < rv32::machine_shape().tables.size(); ++table) {
    const std::size_t at = 4 * (11 + table);
    const std::uint32_t rows = proof[at] + 256u * proof[at + 1] + 65536u * proof[at + 2];
    for (const std::uint32_t other :
         {0u, rows + 1, rows + 32, 2 * rows, rows / 2, rows / 4 * 3, 1u << 22, 1u << 25}) {
      if (other == rows) continue;
      Bytes altered = proof;
      for (std::size_t k = 0; k < 4; ++k) altered[at + k] = static_cast<std::uint8_t>(other >> (8 * k));
      EXPECT_NE(agreed(altered, publics, std::to_string(other) + " rows of table " + std::to_string(table)),
                "none");
    }
  }
  for (std::size_t i = 0; i < publics.size(); ++i) {
    Words others = publics;
    others[i] += KoalaBear::one();
    EXPECT_EQ(agreed(proof, others, "another claim"), "public_values");
    // Stated in the header, too.
    Bytes restated = proof;
    const std::uint32_t word = others[i].canonical();
    const std::size_t at = 4 * (11 + rv32::machine_shape().tables.size() + i);
    for (std::size_t k = 0; k < 4; ++k) restated[at + k] = static_cast<std::uint8_t>(word >> (8 * k));
    EXPECT_EQ(agreed(restated, others, "another claim, restated"), "bus_unbalanced");
  }
}

/// What an honest prover makes of the run of another program.
TEST(ReferenceRv32, AgreesOnProofsOfLies) {
  for (const std::size_t i : {0u, 15u, 28u, 42u}) {
    const rv32::test::Swap& swap = rv32::test::kSwaps[i];
    const rv32::test::Attempt attempt =
        rv32::test::pass_off(rv32::test::around(swap.ran).image(), rv32::test::around(swap.program).image());
    const rv32::TreeTrace tree = attempt.tree();
    const rv32::TraceSource source{attempt.recording, &tree};
    engine::Witness witness =
        engine::Witness::allocate(rv32::machine_shape(), rv32::log_heights(source)).value();
    rv32::fill_tables(source, witness.tables());
    const Words publics = values_of(attempt.claim);
    const Bytes proof = engine::prove(rv32::machine_shape(), engine::machine_kernels<rv32::Rv32>,
                                      std::move(witness), publics, {4, nullptr})
                            .value();
    EXPECT_NE(agreed(proof, publics, "lie " + std::to_string(i)), "none");
  }
}

}  // namespace
}  // namespace cairn::reference
