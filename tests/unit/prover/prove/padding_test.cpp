// What is the same in every row of padding is computed once, and no byte of the proof tells.
#include <gtest/gtest.h>

#include "prover/chips/calculator.h"
#include "prover/prove/gkr.h"
#include "prover/prove/relation.h"
#include "prover/prove/runs.h"
#include "tests/unit/prover/chips/calculator_programs.h"
#include "tests/unit/prover/demo_machine.h"
#include "tests/unit/prover/isas.h"
#include "tests/unit/prover/random_elements.h"
#include "tests/unit/prover/trials.h"

namespace cairn::engine {
namespace {

using Bytes = std::vector<std::uint8_t>;
const Domain kPaddingDomain{"padding test", 1, {}};

/// Interactions one after the other, each of `height` fractions of which those from `used` on are the same;
/// behind all of them 0/1, up to 2^log_size.
struct Block {
  std::size_t height, used;
};

Fractions fractions_of(const std::vector<Block>& blocks, unsigned log_size, bool with_runs) {
  std::mt19937_64 random(5);
  const auto base = [&] { return KoalaBear::from(random()); };
  const auto extension = [&] { return Quintic{{base(), base(), base(), base(), base()}}; };
  const std::size_t size = std::size_t{1} << log_size;
  Fractions out{BaseVector(size), ExtVector(size)};
  std::size_t at = 0;
  const auto put = [&](std::size_t count, KoalaBear numerator, const Quintic& denominator) {
    for (const std::size_t end = at + count; at < end; ++at) {
      out.numerators[at] = numerator;
      out.denominators.set(at, denominator);
    }
  };
  const auto put_run = [&](std::size_t count, KoalaBear numerator, const Quintic& denominator) {
    if (with_runs) {
      out.constant.push_back({at, at + count, {Quintic::from(numerator), denominator}});
      put(count, KoalaBear::from(77), Quintic::from(KoalaBear::from(78)));  // not to be read
    } else {
      put(count, numerator, denominator);
    }
  };
  for (const Block& block : blocks) {
    for (std::size_t i = 0; i < block.used; ++i) put(1, base(), extension());
    put_run(block.height - block.used, base(), extension());
  }
  put_run(size - at, KoalaBear::zero(), Quintic::one());
  return out;
}

Bytes proof_of(Fractions fractions, GkrClaim* claim = nullptr) {
  Writer<Poseidon2Sponge> writer(kPaddingDomain);
  GkrClaim made = prove_gkr(writer, std::move(fractions));
  if (claim != nullptr) *claim = std::move(made);
  return writer.take();
}

TEST(Padding, RunsOfFractionsAreNotReadAndChangeNoByte) {
  const std::vector<Block> shapes[] = {
      {{4096, 2064}},
      {{4096, 16}, {4096, 4096}, {4096, 1040}},
      {{4096, 512}, {4096, 512}, {4096, 512}, {4096, 512}, {1024, 16}, {1024, 768}, {512, 0}, {16, 16}},
      {{2048, 1040}, {2048, 1040}, {2048, 1040}, {2048, 1040}, {2048, 1040}, {512, 48}, {512, 48}, {512, 48}},
      {{1024, 0}, {1024, 0}, {1024, 0}, {1024, 0}, {1024, 0}, {1024, 0}, {1024, 0}},
      {{512, 32}, {512, 32}},
  };
  for (const std::vector<Block>& blocks : shapes) {
    std::size_t total = 0;
    for (const Block& block : blocks) total += block.height;
    unsigned log_size = 0;
    while (std::size_t{1} << log_size < total) ++log_size;
    GkrClaim plain, skipped;
    const Bytes bytes = proof_of(fractions_of(blocks, log_size, false), &plain);
    test::for_each_isa([&] {
      EXPECT_TRUE(proof_of(fractions_of(blocks, log_size, true), &skipped) == bytes)
          << blocks.size() << " blocks";
      EXPECT_EQ(skipped.numerator, plain.numerator);
      EXPECT_EQ(skipped.denominator, plain.denominator);
    });
  }
}

/// Buses and constraints of a whole machine; with `skip` off every row counts as real.
template <class M>
Bytes relation_of(const Witness& witness, const std::vector<KoalaBear>& publics, bool skip) {
  Writer<Poseidon2Sponge> writer(kPaddingDomain);
  auto traces = make_traces(M::shape(), witness, machine_kernels<M>);
  for (TableTrace& trace : traces) {
    if (!skip) trace.used_rows = trace.height();
  }
  prove_relation(writer, M::shape(), witness.layout(), std::span<const TableTrace>(traces), publics.data());
  return writer.take();
}

TEST(Padding, RowsOfPaddingChangeNoByteOfAProof) {
  const std::vector<KoalaBear> publics = {KoalaBear::from(5), KoalaBear::from(6)};
  for (const std::size_t cubes : {1u, 15u, 300u, 1025u, 2000u}) {
    auto witness = Witness::allocate(DemoMachine::shape(), {8, 11, 12}).value();
    fill_demo(witness.tables(), cubes, publics[0], publics[1], 1);
    EXPECT_TRUE(relation_of<DemoMachine>(witness, publics, true) ==
                relation_of<DemoMachine>(witness, publics, false))
        << cubes;
  }
  const CalculatorRun run(test::random_program(700, 16, 1), test::random_words(16, 2));
  LogHeights heights;
  for (const int log_height : run.log_heights())
    heights.push_back(static_cast<std::uint8_t>(std::max(0, log_height)));
  auto witness = Witness::allocate(Calculator::shape(), heights).value();
  run.fill(witness.tables());
  const auto values = run.public_values();
  const std::vector<KoalaBear> result(values.begin(), values.end());
  EXPECT_TRUE(relation_of<Calculator>(witness, result, true) ==
              relation_of<Calculator>(witness, result, false));
}

/// Where a row of padding is not what it should be: in one row, which ends the run of equal rows; in all,
/// which does not.
TEST(Padding, IsRefusedWhenItBreaksAConstraintOrCounts) {
  const std::size_t real = 40, height = 512;  // of Cubes
  struct Change {
    unsigned column;
    VerifyError why;
  };
  for (const Change change : {Change{2, VerifyError::zerocheck},          // x^3 is another
                              Change{0, VerifyError::bus_unbalanced}}) {  // a flag is set
    for (const auto& [begin, end] : {Range{real, height}, Range{real, real + 1}, Range{300, 301},
                                     Range{300, height}, Range{height - 1, height}}) {
      test::Trial trial{Witness::allocate(DemoMachine::shape(), {8, 9, 6}).value(),
                        {KoalaBear::from(5), KoalaBear::from(6)},
                        {}};
      fill_demo(trial.witness.tables(), real, trial.public_values[0], trial.public_values[1], 1);
      ASSERT_EQ(test::relation_verdict<DemoMachine>(trial), VerifyError::none);
      for (std::size_t row = begin; row < end; ++row)
        trial.witness.table(1).at(row, change.column) += KoalaBear::one();
      EXPECT_EQ(trial.witness.used_rows(1), end == height ? begin + 1 : end + 1);
      EXPECT_EQ(test::relation_verdict<DemoMachine>(trial), change.why)
          << change.column << ": " << begin << " to " << end;
    }
  }
}

/// Whoever proves less than the rows that are there proves something else.
TEST(Padding, RealRowsTakenForPaddingAreRefused) {
  const std::vector<KoalaBear> publics = {KoalaBear::from(5), KoalaBear::from(6)};
  auto witness = Witness::allocate(DemoMachine::shape(), {8, 9, 9}).value();
  fill_demo(witness.tables(), 400, publics[0], publics[1], 1);
  for (const std::size_t used : {401u, 300u}) {
    Writer<Poseidon2Sponge> writer(kPaddingDomain);
    auto traces = make_traces(DemoMachine::shape(), witness, machine_kernels<DemoMachine>);
    ASSERT_EQ(traces[1].placed.table, 2u);
    traces[1].used_rows = std::min(traces[1].used_rows, used + 1);
    prove_relation(writer, DemoMachine::shape(), witness.layout(), std::span<const TableTrace>(traces),
                   publics.data());
    const Bytes bytes = writer.take();
    Reader<Poseidon2Sponge> reader(bytes, kPaddingDomain);
    verify_relation(reader, DemoMachine::shape(), witness.layout(), publics.data());
    EXPECT_EQ(reader.finish(), used > 400 ? VerifyError::none : VerifyError::bus_unbalanced) << used;
  }
}

/// Pairs of fractions that the prover of 16 interactions looks at.
std::uint64_t work_of(std::size_t height, std::size_t used, unsigned log_size) {
  GkrWork work;
  Writer<Poseidon2Sponge> writer(kPaddingDomain);
  prove_gkr(writer, fractions_of(std::vector<Block>(16, Block{height, used}), log_size, true), &work);
  return work.pairs;
}

TEST(Padding, IsNoWorkForTheSumOverBuses) {
  const std::size_t rows = 1 << 13;
  const std::uint64_t full = work_of(rows, rows, 17), padded = work_of(2 * rows, rows + 16, 18),
                      twice = work_of(2 * rows, 2 * rows, 18);
  EXPECT_GT(full, 15 * rows);
  EXPECT_GT(twice, full * 19 / 10);
  EXPECT_LT(padded, full * 9 / 8);
}

TEST(Runs, PairsOfARunAreARunOfWholeVectorsWhileItIsLong) {
  const Runs<int> runs = {{0, 64, 1}, {128, 256, 2}, {272, 384, 3}, {512, 512 + 64 + 16, 4}, {640, 688, 5}};
  const auto pairs = paired(runs, [](int x) { return 10 * x; });
  ASSERT_EQ(pairs.size(), 4u);  // half of the last would be shorter than 32
  EXPECT_TRUE(pairs[0].begin == 0 && pairs[0].end == 32 && pairs[0].value == 10);
  EXPECT_TRUE(pairs[1].begin == 64 && pairs[1].end == 128 && pairs[1].value == 20);
  EXPECT_TRUE(pairs[2].begin == 144 && pairs[2].end == 192 && pairs[2].value == 30);
  EXPECT_TRUE(pairs[3].begin == 256 && pairs[3].end == 288 && pairs[3].value == 40);
  EXPECT_EQ(paired(pairs).size(), 1u);
  std::size_t covered = 0;
  for (const Range& range : gaps(runs, 5000, 100)) {
    EXPECT_LE(range.end - range.begin, 100u);
    covered += range.end - range.begin;
    for_each_run(runs, range.begin, range.end, [](std::size_t, std::size_t, int) { FAIL(); });
  }
  EXPECT_EQ(covered, 5000u - 64 - 128 - 112 - 80 - 48);
}

}  // namespace
}  // namespace cairn::engine
