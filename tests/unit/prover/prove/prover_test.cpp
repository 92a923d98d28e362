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

const std::vector<KoalaBear> kPublicValues = {KoalaBear::from(5), KoalaBear::from(6)};

Bytes demo_proof(LogHeights heights, std::size_t cubes, unsigned log_inverse_rate = 1,
                 PhaseTimes* times = nullptr) {
  auto witness = Witness::allocate(DemoMachine::shape(), std::move(heights));
  fill_demo(witness.value().tables(), cubes, kPublicValues[0], kPublicValues[1], 1);
  return prove<DemoMachine>(std::move(witness).value(), kPublicValues, {log_inverse_rate, times}).value();
}

TEST(Prover, HonestProofIsAccepted) {
  PhaseTimes times;
  const Bytes proof = demo_proof({8, 6, 7}, 40, 1, &times);
  const VerifyReport report = verify<DemoMachine>(proof, kPublicValues);
  EXPECT_EQ(report.error, VerifyError::none);
  EXPECT_EQ(report.header.rows, (CommittedRows{256, 64, 96}));
  EXPECT_EQ(report.header.public_values, kPublicValues);
  EXPECT_GT(report.permutations, 100u);
  EXPECT_GT(times.commit, 0);
  EXPECT_GT(times.gkr, 0);
  EXPECT_GT(times.zerocheck, 0);
  EXPECT_GT(times.open, 0);
}

TEST(Prover, ShapesAtTheLimitsAndEveryRate) {
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 4, 4}, 15), kPublicValues).ok());  // smallest
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 5, 6}, 32), kPublicValues).ok());  // no padding in a table
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 0, 4}, 0), kPublicValues).ok());   // absent table
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 10, 9}, 300, 2), kPublicValues).ok());
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 9, 9}, 300, 3), kPublicValues).ok());
  EXPECT_TRUE(verify<DemoMachine>(demo_proof({8, 9, 9}, 300, 4), kPublicValues).ok());
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
  fill_demo(witness.tables(), 40, kPublicValues[0], kPublicValues[1], 1);
  EXPECT_FALSE(prove<DemoMachine>(std::move(witness), std::span(kPublicValues).first(1)).ok());
}

// The first words of every transcript: without one of them, proofs about two statements could share their
// challenges.
TEST(ProofHeader, MachineRateRowsAndPublicValuesAreObserved) {
  EXPECT_EQ(proof_domain(DemoMachine::shape()).params, DemoMachine::shape().digest);
  std::vector<std::uint32_t> words;
  for (const KoalaBear word : observed_words({3, {256, 64, 96}, kPublicValues}))
    words.push_back(word.canonical());
  EXPECT_EQ(words, (std::vector<std::uint32_t>{3, 256, 64, 96, 5, 6}));
}

// A column without a claim could be anything; one with a claim about other cells as well. The claim is about
// the column as it is on the whole cube, padding included.
TEST(ColumnStatements, EachColumnHasOneClaimAboutItsCells) {
  for (const CommittedRows& rows : {CommittedRows{256, 64, 128}, CommittedRows{192, 480, 352}}) {
    const MachineShape& machine = DemoMachine::shape();
    VerifyError error = VerifyError::none;
    const Layout layout = lay_out(machine, rows, error).value();
    LogHeights heights(3);
    for (const PlacedTable& placed : layout.tables)
      heights[placed.table] = static_cast<std::uint8_t>(placed.log_height);
    auto witness = Witness::allocate(machine, heights).value();
    std::mt19937_64 random(3);
    for (std::size_t t = 0; t < 3; ++t) {
      const TableView table = witness.table(t);
      for (std::size_t i = 0; i < table.width; ++i) {
        for (std::size_t row = 0; row < table.height(); ++row)
          table.at(row, i) = row < rows[t] ? KoalaBear::from(random()) : machine.tables[t].padding[i];
      }
    }
    std::vector<TableClaim> claims;
    std::size_t pieces = 0;
    for (const PlacedTable& placed : layout.tables) {
      TableClaim claim{placed.table, std::vector<Quintic>(placed.log_height), {}};
      for (Quintic& x : claim.point) x = {{KoalaBear::from(random()), KoalaBear::from(random()), {}, {}, {}}};
      const TableView table = witness.table(placed.table);
      for (std::size_t i = 0; i < table.width; ++i)
        claim.values.push_back(evaluate(table.column(i), claim.point));
      pieces += table.width * placed.pieces.size();
      claims.push_back(std::move(claim));
    }
    const std::vector<Statement> statements = column_statements(machine, layout, claims);
    const BaseVector cells = witness.stack(layout);
    std::set<std::uint64_t> claimed;  // by their first cells
    ASSERT_EQ(statements.size(), claims.size());
    for (std::size_t t = 0; t < statements.size(); ++t) {
      ASSERT_EQ(statements[t].claims.size(), claims[t].values.size());
      const std::span<const Quintic> point(statements[t].point);
      for (const Claim& claim : statements[t].claims) {
        Quintic sum = Quintic::zero();
        for (const Piece& piece : statements[t].pieces) {
          const std::size_t size = std::size_t{1} << piece.variables,
                            begin = (piece.first + claim.selector) * size;
          ASSERT_LE(begin + size, layout.cells);
          const auto part = std::span<const KoalaBear>(cells).subspan(begin, size);
          sum += piece.coefficient * evaluate(part, point.last(piece.variables));
          claimed.insert(begin);
        }
        EXPECT_EQ(sum, claim.value);
      }
    }
    EXPECT_EQ(claimed.size(), pieces);
  }
}

class Refused : public testing::Test {
 protected:
  static const Bytes& proof() {
    static const Bytes made = demo_proof({8, 6, 7}, 40);
    return made;
  }
  static VerifyError verdict(const Bytes& bytes) { return verify<DemoMachine>(bytes, kPublicValues).error; }
  static VerifyError with_word(std::size_t word, std::uint32_t value) {
    Bytes bytes = proof();
    for (unsigned k = 0; k < 4; ++k) bytes[4 * word + k] = static_cast<std::uint8_t>(value >> (8 * k));
    return verdict(bytes);
  }
  static constexpr std::size_t kRate = 10, kRows = 11, kPublicWords = 14, kHeader = 16;
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

TEST_F(Refused, OtherRows) {
  EXPECT_EQ(with_word(kRows, 0), VerifyError::bad_height);      // not optional
  EXPECT_EQ(with_word(kRows, 512), VerifyError::bad_height);    // fixed at 256
  EXPECT_EQ(with_word(kRows, 128), VerifyError::bad_height);    // of half the height
  EXPECT_EQ(with_word(kRows + 1, 8), VerifyError::bad_height);  // below the smallest
  EXPECT_EQ(with_word(kRows + 1, 1), VerifyError::bad_height);
  EXPECT_EQ(with_word(kRows + 1, 1 << 21), VerifyError::bad_height);  // above the chip's largest
  EXPECT_EQ(with_word(kRows + 1, (1 << 24) + 1), VerifyError::bad_height);
  EXPECT_EQ(with_word(kRows + 1, 0x7f000000), VerifyError::bad_height);
  for (const std::uint32_t rows : {9u, 17u, 31u, 33u, 48u, 65u, 97u, 112u, 127u, 255u, 513u, 0x11000u}) {
    EXPECT_EQ(with_word(kRows + 1, rows), VerifyError::bad_rows) << rows;
    EXPECT_EQ(with_word(kRows + 2, rows), VerifyError::bad_rows) << rows;
  }
  // Rows that a table may commit are another statement, with other challenges.
  for (const std::uint32_t rows : {0u, 16u, 32u, 96u, 128u, 160u, 1u << 20}) {
    EXPECT_EQ(with_word(kRows + 1, rows), VerifyError::bus_unbalanced) << rows;
  }
  for (const std::uint32_t rows : {16u, 64u, 128u, 160u, 192u, 288u, 0x12000u}) {
    EXPECT_EQ(with_word(kRows + 2, rows), VerifyError::bus_unbalanced) << rows;
  }
}

TEST_F(Refused, OtherPublicValues) {
  EXPECT_EQ(with_word(kPublicWords, 6), VerifyError::public_values);
  const std::vector<KoalaBear> others = {KoalaBear::from(6), KoalaBear::from(5)};
  EXPECT_EQ(verify<DemoMachine>(proof(), others).error, VerifyError::public_values);
  EXPECT_EQ(verify<DemoMachine>(proof(), std::span(kPublicValues).first(1)).error,
            VerifyError::public_values);
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
