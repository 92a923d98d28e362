// Rows of padding behind the committed ones: what is committed, that it is little work, and that nothing but
// the chip's row of padding can stand there.
#include <gtest/gtest.h>

#include <random>

#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_fill.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/hash/poseidon2.h"
#include "prover/pcs/whir_prove.h"
#include "prover/prove/prover.h"
#include "prover/prove/relation.h"
#include "prover/verify/verifier.h"
#include "tests/unit/prover/demo_machine.h"

namespace cairn::engine {
namespace {

using Bytes = std::vector<std::uint8_t>;
const std::vector<KoalaBear> kPublics = {KoalaBear::from(5), KoalaBear::from(6)};

Witness demo_witness(LogHeights heights, std::size_t cubes) {
  auto witness = Witness::allocate(DemoMachine::shape(), std::move(heights)).value();
  fill_demo(witness.tables(), cubes, kPublics[0], kPublics[1], 1);
  return witness;
}

TEST(CommittedRows, AreSixteenthsOfTheHeightButAtLeast32) {
  for (unsigned log_height = 4; log_height <= 24; ++log_height) {
    const std::uint32_t height = std::uint32_t{1} << log_height, unit = committed_unit(log_height);
    EXPECT_EQ(unit, std::min(height, std::max(height / 16, 32u)));
    for (const std::uint32_t rows : {0u, 1u, height / 2, height / 2 + 1, std::min(height, height / 2 + unit),
                                     height - unit, height - unit + 1, height}) {
      const std::uint32_t committed = committed_rows(rows, log_height);
      EXPECT_GE(committed, rows);
      EXPECT_EQ(committed % unit, 0u);
      EXPECT_LE(committed, height);
      EXPECT_GT(committed, height / 2) << "else the height were another";
      EXPECT_TRUE(committed - unit < rows || committed - unit <= height / 2) << "the fewest";
    }
  }
}

TEST(CommittedRows, PiecesAreAlignedAndFillTheCells) {
  std::mt19937_64 random(4);
  MachineShape machine = DemoMachine::shape();
  for (int round = 0; round < 200; ++round) {
    CommittedRows rows = {committed_rows(random() % 257, 8)};
    for (int table = 1; table < 3; ++table) {
      const unsigned log_height = 4 + static_cast<unsigned>(random() % 12);
      rows.push_back(committed_rows(random() % (std::uint64_t{1} << log_height), log_height));
    }
    VerifyError error = VerifyError::none;
    const auto layout = lay_out(machine, rows, error);
    ASSERT_TRUE(layout.has_value()) << verify_error_name(error);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> taken;
    for (const PlacedTable& placed : layout->tables) {
      std::uint64_t row = 0;
      for (const PlacedPiece& piece : placed.pieces) {
        const std::uint64_t length = std::uint64_t{1} << piece.log_rows;
        EXPECT_EQ(piece.first_row, row);
        EXPECT_EQ(piece.first_row % length, 0u);
        EXPECT_EQ(piece.cell_offset % length, 0u);
        row += length;
        taken.emplace_back(piece.cell_offset, machine.tables[placed.table].width * length);
      }
      EXPECT_EQ(row, rows[placed.table]);
      EXPECT_LE(placed.pieces.size(), 4u);
    }
    std::sort(taken.begin(), taken.end());
    std::uint64_t end = 0;
    for (const auto& [begin, count] : taken) {
      EXPECT_EQ(begin, end);
      end += count;
    }
    EXPECT_EQ(end, layout->cells);
  }
}

TEST(CommittedRows, AChipWithoutPaddingCommitsAll) {
  VerifyError error = VerifyError::none;
  EXPECT_TRUE(lay_out(Calculator::shape(), CommittedRows{1 << 16, 96, 96, 0, 96, 128}, error).has_value());
  EXPECT_FALSE(lay_out(Calculator::shape(), CommittedRows{1 << 16, 96, 96, 0, 96, 96}, error).has_value());
  EXPECT_EQ(error, VerifyError::bad_rows);
  MachineShape machine = DemoMachine::shape();
  machine.tables[1].padding.clear();
  EXPECT_FALSE(lay_out(machine, CommittedRows{256, 96, 96}, error).has_value());
  EXPECT_EQ(error, VerifyError::bad_rows);
}

TEST(CommittedRows, AreAsFewAsTheTraceAllows) {
  const MachineShape& machine = DemoMachine::shape();
  for (const std::size_t cubes : {1u, 300u, 511u, 513u, 700u, 1000u, 1023u}) {
    Witness witness = demo_witness({8, 10, 11}, cubes);
    const CommittedRows rows = witness.committed_rows(machine);
    EXPECT_EQ(rows[1], committed_rows(cubes, 10)) << cubes;
    EXPECT_EQ(rows[2], committed_rows(cubes + 1, 11)) << cubes;
    // A row that is not the padding of the chip, or padding of another kind, is committed.
    if (rows[1] == 1024) continue;
    witness.table(1).at(rows[1], 1) += KoalaBear::one();
    EXPECT_EQ(witness.committed_rows(machine)[1], rows[1] + committed_unit(10)) << cubes;
    witness.table(1).at(1023, 1) += KoalaBear::one();
    EXPECT_EQ(witness.committed_rows(machine)[1], 1024u) << cubes;
  }
}

/// The prover, told how many rows to commit, of a machine whose rows of padding may be others.
Bytes prove_with(const MachineShape& machine, Witness witness, const CommittedRows& rows) {
  VerifyError error = VerifyError::none;
  const Layout layout = lay_out(machine, rows, error).value();
  const WhirParams& params = *whir_params(layout.log_cells, 1);
  const ProofHeader header{1, rows, kPublics};
  Writer<Poseidon2Sponge> writer(proof_domain(machine));
  writer.observe(observed_words(header));
  const auto traces = make_traces(machine, witness, machine_kernels<DemoMachine>);
  auto committed = commit<Poseidon2Hash>(writer, witness.stack(layout), layout.cells, params);
  const auto claims =
      prove_relation(writer, machine, layout, std::span<const TableTrace>(traces), kPublics.data());
  const auto statements = column_statements(machine, layout, claims);
  open(writer, std::move(committed), std::span<const Statement>(statements));
  Bytes proof;
  write_header(machine, header, proof);
  const auto words = writer.take();
  proof.insert(proof.end(), words.begin(), words.end());
  return proof;
}

VerifyError verdict(const MachineShape& machine, const Bytes& proof) {
  return verify(machine, proof, kPublics).error;
}

TEST(CommittedRows, MoreThanAreNeededAreAsTrue) {
  const MachineShape& machine = DemoMachine::shape();
  const CommittedRows needed = demo_witness({8, 9, 9}, 300).committed_rows(machine);
  EXPECT_EQ(needed, (CommittedRows{256, 320, 320}));
  EXPECT_EQ(prove_with(machine, demo_witness({8, 9, 9}, 300), needed),
            prove<DemoMachine>(demo_witness({8, 9, 9}, 300), kPublics).value());
  for (const std::uint32_t rows : {320u, 352u, 480u, 512u}) {
    EXPECT_EQ(verdict(machine, prove_with(machine, demo_witness({8, 9, 9}, 300), {256, rows, 320})),
              VerifyError::none)
        << rows;
  }
}

TEST(CommittedRows, FewerThanAreRealAreRefused) {
  const MachineShape& machine = DemoMachine::shape();
  for (const std::uint32_t rows : {288u, 320u, 384u}) {
    const auto proof = prove_with(machine, demo_witness({8, 9, 9}, 400), {256, rows, 512});
    EXPECT_EQ(verdict(machine, proof), VerifyError::evaluation) << rows;
  }
}

/// Behind the committed rows the prover's table has others, which satisfy all constraints and may even
/// balance.
TEST(CommittedRows, NothingButThePaddingStandsBehindThem) {
  const MachineShape& machine = DemoMachine::shape();
  const KoalaBear zero = KoalaBear::zero(), one = KoalaBear::one(), four = KoalaBear::from(4);
  for (const std::size_t row : {320u, 400u, 511u}) {
    Witness other = demo_witness({8, 9, 9}, 300);  // padding of another kind
    other.table(1).put(row, Cubes::Columns<KoalaBear>{zero, four, four.cube()});
    EXPECT_EQ(verdict(machine, prove_with(machine, std::move(other), {256, 512, 320})), VerifyError::none);
    other = demo_witness({8, 9, 9}, 300);
    other.table(1).put(row, Cubes::Columns<KoalaBear>{zero, four, four.cube()});
    EXPECT_EQ(verdict(machine, prove_with(machine, std::move(other), {256, 320, 320})),
              VerifyError::evaluation);

    Witness more = demo_witness({8, 9, 9}, 300);  // one more cube, received, with its byte counted
    more.table(0).at(4, 0) += one;
    more.table(1).put(row, Cubes::Columns<KoalaBear>{one, four, four.cube()});
    more.table(2).put(row, Sums::Columns<KoalaBear>{one, four, four.cube(), four + four.cube()});
    EXPECT_EQ(verdict(machine, prove_with(machine, std::move(more), {256, 320, 320})),
              VerifyError::evaluation);
  }
}

/// Constraints hold and flags count in rows that nobody commits to.
TEST(CommittedRows, PaddingOfAMachineThatBreaksAConstraintOrCountsIsRefused) {
  const KoalaBear one = KoalaBear::one();
  struct Change {
    std::size_t column;
    VerifyError why;
  };
  for (const Change change : {Change{2, VerifyError::zerocheck}, Change{0, VerifyError::bus_unbalanced}}) {
    MachineShape machine = DemoMachine::shape();
    machine.tables[1].padding[change.column] += one;
    Witness witness = demo_witness({8, 9, 9}, 300);
    for (std::size_t row = 300; row < 512; ++row) witness.table(1).at(row, change.column) += one;
    EXPECT_EQ(witness.committed_rows(machine), (CommittedRows{256, 320, 320}));
    EXPECT_EQ(verdict(machine, prove_with(machine, std::move(witness), {256, 320, 320})), change.why);
  }
}

/// The verifier's machine is the one whose padding was proved.
TEST(CommittedRows, PaddingOfAnotherMachineIsRefused) {
  const Bytes proof = prove<DemoMachine>(demo_witness({8, 9, 9}, 300), kPublics).value();
  MachineShape machine = DemoMachine::shape();
  machine.tables[1].padding[1] = KoalaBear::from(4);
  machine.tables[1].padding[2] = KoalaBear::from(64);
  EXPECT_EQ(verdict(machine, proof), VerifyError::evaluation) << "though its digest were the same";
  machine.digest = machine_digest(machine);
  EXPECT_EQ(verdict(machine, proof), VerifyError::other_machine);
}

/// Of a table of Poseidon2 permutations at rate 1/2.
ProveWork work_of(std::size_t rows, unsigned log_height, std::size_t* proof_bytes) {
  auto witness =
      Witness::allocate(Poseidon2Machine::shape(), {static_cast<std::uint8_t>(log_height)}).value();
  std::vector<KoalaBear> inputs(16 * rows), counts(rows, KoalaBear::zero());
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = KoalaBear::from(i);
  counts[0] = KoalaBear::one();
  fill_permutations(witness.table(0), inputs, counts);
  using Row = Poseidon2Chip<Poseidon2Spec::permutation>::Columns<KoalaBear>;
  const Row first = witness.table(0).get<Row>(0);
  std::vector<KoalaBear> publics(first.input, first.input + 16);
  publics.insert(publics.end(), first.final[3], first.final[3] + 16);
  ProveWork work;
  const auto proof = prove<Poseidon2Machine>(std::move(witness), publics, {1, nullptr, &work}).value();
  EXPECT_EQ(verify<Poseidon2Machine>(proof, publics).error, VerifyError::none);
  *proof_bytes = proof.size();
  return work;
}

TEST(Padding, OfARowMoreThanAPowerOfTwoIsNeitherEncodedNorHashed) {
  constexpr std::uint64_t columns = 165;
  std::size_t full_bytes = 0, more_bytes = 0;
  const ProveWork full = work_of(1 << 14, 14, &full_bytes), more = work_of((1 << 14) + 1, 15, &more_bytes);
  EXPECT_EQ(full.rows, (CommittedRows{1 << 14}));
  EXPECT_EQ(more.rows, (CommittedRows{9 << 11}));
  EXPECT_EQ(full.committed_cells, columns << 14);
  EXPECT_EQ(more.committed_cells, columns * 9 << 11);
  // 2^22 values in blocks of 2^16; leaves of 2^17 rows of the code.
  EXPECT_EQ(full.encoded_cells, std::uint64_t{42} << 16);
  EXPECT_EQ(more.encoded_cells, std::uint64_t{47} << 16);
  EXPECT_EQ(full.leaf_words, std::uint64_t{48} << 17);
  EXPECT_EQ(more.leaf_words, std::uint64_t{48} << 17);
  EXPECT_LT(more_bytes, full_bytes * 11 / 10);
}

}  // namespace
}  // namespace cairn::engine
