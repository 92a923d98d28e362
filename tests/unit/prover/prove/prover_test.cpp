#include "prover/prove/prover.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "prover/poly/multilinear.h"
#include "prover/verify/verifier.h"
#include "tests/unit/prover/demo_machine.h"

namespace cairn::engine {
namespace {

using Bytes = std::vector<std::uint8_t>;

const std::vector<KoalaBear> kPublics = {KoalaBear::from(5), KoalaBear::from(6)};

Bytes demo_proof(LogHeights heights, std::size_t cubes, unsigned log_inverse_rate = 1,
                 PhaseTimes* times = nullptr) {
  auto witness = Witness::allocate(DemoMachine::shape(), std::move(heights));
  fill_demo(witness.value().tables(), cubes, kPublics[0], kPublics[1], 1);
  return prove<DemoMachine>(std::move(witness).value(), kPublics, {log_inverse_rate, times}).value();
}

TEST(Prover, HonestProofIsAccepted) {
  PhaseTimes times;
  const Bytes proof = demo_proof({8, 6, 7}, 40, 1, &times);
  const VerifyReport report = verify<DemoMachine>(proof, kPublics);
  EXPECT_EQ(report.error, VerifyError::none);
  EXPECT_EQ(report.header.log_heights, (LogHeights{8, 6, 7}));
  EXPECT_EQ(report.header.public_values, kPublics);
  EXPECT_GT(report.permutations, 100u);
  EXPECT_GT(times.commit, 0);
  EXPECT_GT(times.gkr, 0);
  EXPECT_GT(times.zerocheck, 0);
  EXPECT_GT(times.open, 0);
}

TEST(Prover, ShapesAtTheLimitsAndEveryRate) {
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 4, 4}, 15), kPublics).ok());  // smallest
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 5, 6}, 32), kPublics).ok());  // no padding in a table
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 0, 4}, 0), kPublics).ok());   // absent table
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 10, 9}, 300, 2), kPublics).ok());
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 9, 9}, 300, 3), kPublics).ok());
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 9, 9}, 300, 4), kPublics).ok());
}

TEST(Prover, BytesDependNeitherOnThreadsNorOnTheInstructionSet) {
  const Bytes proof = demo_proof({8, 7, 8}, 100);
  const Isa best = best_isa();
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (isa > best) continue;
    set_isa(isa);
    for (const unsigned threads : {1u, 2u, 4u}) {
      set_thread_count(threads);
      EXPECT_EQ(demo_proof({8, 7, 8}, 100), proof) << isa_name(isa) << " " << threads;
    }
  }
  set_isa(best);
  set_thread_count(0);
}

TEST(Prover, RefusesWhatTheVerifierWouldRefuse) {
  EXPECT_FALSE(Witness::allocate(DemoMachine::shape(), {8, 3, 7}).ok());
  EXPECT_FALSE(Witness::allocate(DemoMachine::shape(), {8, 21, 7}).ok());
  EXPECT_FALSE(Witness::allocate(DemoMachine::shape(), {0, 6, 7}).ok());
  EXPECT_FALSE(Witness::allocate(DemoMachine::shape(), {8, 6}).ok());
  auto witness = Witness::allocate(DemoMachine::shape(), {8, 6, 7}).value();
  fill_demo(witness.tables(), 40, kPublics[0], kPublics[1], 1);
  EXPECT_FALSE(prove<DemoMachine>(std::move(witness), std::span(kPublics).first(1)).ok());
}

// The first words of every transcript: without one of them, proofs about two statements could share their
// challenges.
TEST(ProofHeader, MachineRateHeightsAndPublicValuesAreObserved) {
  EXPECT_EQ(proof_domain(DemoMachine::shape()).params, DemoMachine::shape().digest);
  std::vector<std::uint32_t> words;
  for (const KoalaBear word : observed_words({3, {8, 6, 7}, kPublics})) words.push_back(word.canonical());
  EXPECT_EQ(words, (std::vector<std::uint32_t>{3, 8, 6, 7, 5, 6}));
}

// A column without a claim could be anything; one with a claim about other cells as well.
TEST(ColumnStatements, EachColumnHasOneClaimAboutItsCells) {
  auto witness = Witness::allocate(DemoMachine::shape(), {8, 6, 7}).value();
  std::mt19937_64 random(3);
  for (const TableView& table : witness.tables()) {
    for (std::size_t i = 0; i < table.width; ++i) {
      for (KoalaBear& cell : table.column(i)) cell = KoalaBear::from(random());
    }
  }
  const Layout& layout = witness.layout();
  std::vector<TableClaim> claims;
  std::size_t columns = 0;
  for (const PlacedTable& placed : layout.tables) {
    TableClaim claim{placed.table, std::vector<Quintic>(placed.log_height), {}};
    for (Quintic& x : claim.point) x = {{KoalaBear::from(random()), KoalaBear::from(random()), {}, {}, {}}};
    const TableView& table = witness.table(placed.table);
    for (std::size_t i = 0; i < table.width; ++i)
      claim.values.push_back(evaluate(table.column(i), claim.point));
    columns += table.width;
    claims.push_back(std::move(claim));
  }
  const std::vector<Statement> statements = column_statements(layout, claims);
  const std::span<const KoalaBear> cells(witness.cells().data(), std::size_t{1} << layout.log_cells);
  std::set<std::pair<std::size_t, std::uint64_t>> claimed;
  ASSERT_EQ(statements.size(), claims.size());
  for (std::size_t t = 0; t < statements.size(); ++t) {
    ASSERT_EQ(statements[t].claims.size(), claims[t].values.size());
    const std::size_t height = std::size_t{1} << statements[t].point.size();
    for (const Claim& claim : statements[t].claims) {
      EXPECT_EQ(evaluate(cells.subspan(claim.selector * height, height), statements[t].point), claim.value);
      claimed.insert({statements[t].point.size(), claim.selector});
    }
  }
  EXPECT_EQ(claimed.size(), columns);
}

class Refused : public testing::Test {
 protected:
  static const Bytes& proof() {
    static const Bytes made = demo_proof({8, 6, 7}, 40);
    return made;
  }
  static VerifyError verdict(const Bytes& bytes) { return verify<DemoMachine>(bytes, kPublics).error; }
  static VerifyError with_word(std::size_t word, std::uint32_t value) {
    Bytes bytes = proof();
    for (unsigned k = 0; k < 4; ++k) bytes[4 * word + k] = static_cast<std::uint8_t>(value >> (8 * k));
    return verdict(bytes);
  }
  static constexpr std::size_t kRate = 10, kHeights = 11, kPublicWords = 14, kHeader = 16;
};

TEST_F(Refused, HeaderOfAnotherFormatMachineOrRate) {
  EXPECT_EQ(header_words(DemoMachine::shape()), kHeader);
  EXPECT_EQ(with_word(0, kProofMagic + 1), VerifyError::bad_header);
  EXPECT_EQ(with_word(1, kProofVersion + 1), VerifyError::bad_header);
  for (std::size_t i = 2; i < 10; ++i) EXPECT_EQ(with_word(i, 1), VerifyError::other_machine);
  EXPECT_EQ(with_word(5, KoalaBear::modulus), VerifyError::non_canonical_word);
  EXPECT_EQ(with_word(kRate, 0), VerifyError::bad_rate);
  EXPECT_EQ(with_word(kRate, 5), VerifyError::bad_rate);
  EXPECT_NE(with_word(kRate, 2), VerifyError::none);
}

TEST_F(Refused, OtherHeights) {
  EXPECT_EQ(with_word(kHeights, 0), VerifyError::bad_height);       // not optional
  EXPECT_EQ(with_word(kHeights, 9), VerifyError::bad_height);       // fixed at 8
  EXPECT_EQ(with_word(kHeights + 1, 3), VerifyError::bad_height);   // below the smallest
  EXPECT_EQ(with_word(kHeights + 1, 21), VerifyError::bad_height);  // above the chip's largest
  EXPECT_EQ(with_word(kHeights + 1, 255), VerifyError::bad_height);
  EXPECT_EQ(with_word(kHeights + 1, 0x01000006), VerifyError::bad_height);
  // Heights that a table may have are another statement, with other challenges.
  for (const std::uint32_t height : {0u, 5u, 7u, 20u}) {
    EXPECT_EQ(with_word(kHeights + 1, height), VerifyError::bus_unbalanced) << height;
  }
  for (const std::uint32_t height : {4u, 6u, 8u, 20u}) {
    EXPECT_EQ(with_word(kHeights + 2, height), VerifyError::bus_unbalanced) << height;
  }
}

TEST_F(Refused, OtherPublicValues) {
  EXPECT_EQ(with_word(kPublicWords, 6), VerifyError::public_values);
  const std::vector<KoalaBear> others = {KoalaBear::from(6), KoalaBear::from(5)};
  EXPECT_EQ(verify<DemoMachine>(proof(), others).error, VerifyError::public_values);
  EXPECT_EQ(verify<DemoMachine>(proof(), std::span(kPublics).first(1)).error, VerifyError::public_values);
  // Told to the verifier and written in the header alike, they are another statement.
  Bytes bytes = proof();
  bytes[4 * kPublicWords] = 6;
  bytes[4 * kPublicWords + 4] = 5;
  EXPECT_NE(verify<DemoMachine>(bytes, others).error, VerifyError::none);
}

TEST_F(Refused, TruncatedAndExtended) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{8}, std::size_t{4 * kHeader - 1},
        std::size_t{4 * kHeader}, proof().size() / 2, proof().size() - 4, proof().size() - 1}) {
    EXPECT_EQ(verdict(Bytes(proof().begin(), proof().begin() + static_cast<std::ptrdiff_t>(size))),
              VerifyError::truncated)
        << size;
  }
  Bytes bytes = proof();
  bytes.push_back(0);
  EXPECT_EQ(verdict(bytes), VerifyError::trailing_bytes);
  bytes.insert(bytes.end(), 3, 0);
  EXPECT_EQ(verdict(bytes), VerifyError::trailing_bytes);
}

TEST_F(Refused, EveryAlteredWord) {
  const std::size_t words = proof().size() / 4;
  for (std::size_t word = 0; word < words; word += word < 600 ? 1 : 7) {
    Bytes bytes = proof();
    bytes[4 * word] ^= 1;
    EXPECT_NE(verdict(bytes), VerifyError::none) << word;
    for (unsigned k = 0; k < 4; ++k) bytes[4 * word + k] = 0xff;
    const VerifyError error = verdict(bytes);
    EXPECT_TRUE(error != VerifyError::none &&
                (word < 2 || error == VerifyError::non_canonical_word || error == VerifyError::bad_header))
        << word << " " << verify_error_name(error);
  }
}

}  // namespace
}  // namespace cairn::engine
