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

namespace cairn::engine {
namespace {

using Bytes = std::vector<std::uint8_t>;
const Domain kDomain{"padding test", 1, {}};

/// Interactions one after the other, each of `height` fractions of which those from `used` on are the same; behind all
/// of them 0/1, up to 2^log_size.
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
  Writer<Poseidon2Sponge> writer(kDomain);
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
      EXPECT_TRUE(proof_of(fractions_of(blocks, log_size, true), &skipped) == bytes) << blocks.size() << " blocks";
      EXPECT_EQ(skipped.numerator, plain.numerator);
      EXPECT_EQ(skipped.denominator, plain.denominator);
    });
  }
}

/// Buses and constraints of a whole machine; with `skip` off every row counts as real.
template <class M>
Bytes relation_of(const Witness& witness, const std::vector<KoalaBear>& publics, bool skip) {
  Writer<Poseidon2Sponge> writer(kDomain);
  auto traces = make_traces(M::shape(), witness, machine_kernels<M>);
  for (TableTrace& trace : traces) {
    if (!skip) trace.used_rows = trace.height();
  }
  prove_relation(writer, M::shape(), witness.layout(), std::span<const TableTrace>(traces), publics.data());
  return writer.take();
}

TEST(Padding, RowsOfPaddingChangeNoByteOfAProof) {
  const std::vector<KoalaBear> publics = {KoalaBear::from(5), KoalaBear::from(6)};
  for (const std::size_t cubes : {1, 15, 300, 1025, 2000}) {
    auto witness = Witness::allocate(DemoMachine::shape(), {8, 11, 12}).value();
    fill_demo(witness.tables(), cubes, publics[0], publics[1], 1);
    EXPECT_TRUE(relation_of<DemoMachine>(witness, publics, true) == relation_of<DemoMachine>(witness, publics, false))
        << cubes;
  }
  const CalculatorRun run(test::random_program(700, 16, 1), test::random_words(16, 2));
  LogHeights heights;
  for (const int log_height : run.log_heights()) heights.push_back(static_cast<std::uint8_t>(std::max(0, log_height)));
  auto witness = Witness::allocate(Calculator::shape(), heights).value();
  run.fill(witness.tables());
  const auto values = run.public_values();
  const std::vector<KoalaBear> result(values.begin(), values.end());
  EXPECT_TRUE(relation_of<Calculator>(witness, result, true) == relation_of<Calculator>(witness, result, false));
}

TEST(Runs, IntersectionsAreWhereBothAreConstantAndLong) {
  const Runs<int> a = {{0, 512, 1}, {1024, 4096, 2}}, b = {{256, 2048, 10}, {2048, 2064, 20}, {3000, 5000, 30}};
  const auto both = intersect(a, b, [](int x, int y) { return x + y; });
  ASSERT_EQ(both.size(), 3u);
  EXPECT_TRUE(both[0].begin == 256 && both[0].end == 512 && both[0].value == 11);
  EXPECT_TRUE(both[1].begin == 1024 && both[1].end == 2048 && both[1].value == 12);
  EXPECT_TRUE(both[2].begin == 3000 && both[2].end == 4096 && both[2].value == 32);
  const auto part = slice(a, 256, 2048);
  ASSERT_EQ(part.size(), 2u);
  EXPECT_TRUE(part[0].begin == 0 && part[0].end == 256 && part[1].begin == 768 && part[1].end == 1792);
  std::size_t covered = 0;
  for (const Range& range : gaps(a, 5000, 100)) {
    EXPECT_LE(range.end - range.begin, 100u);
    covered += range.end - range.begin;
    for_each_run(a, range.begin, range.end, [](std::size_t, std::size_t, int) { FAIL(); });
  }
  EXPECT_EQ(covered, 5000u - 512 - 3072);
}

}  // namespace
}  // namespace cairn::engine
