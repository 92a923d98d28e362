#include "prover/chips/poseidon2.h"

#include <gtest/gtest.h>

#include <vector>

#include "prover/chips/poseidon2_fill.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/hash/poseidon2.h"
#include "tests/unit/prover/chips/row_recorder.h"
#include "tests/unit/prover/isas.h"

namespace cairn::engine {
namespace {

using Chip = Poseidon2Machine::Chip<0>;
using Row = Chip::Columns<KoalaBear>;

Row row_of(const std::array<KoalaBear, 16>& input, KoalaBear count) {
  Row row;
  for (std::size_t i = 0; i < 16; ++i) row.input[i] = input[i];
  Chip::fill(row, count);
  return row;
}

TEST(Poseidon2Chip, ProvidesInputAndPermutation) {
  std::array<KoalaBear, 16> input, output;
  for (std::uint32_t i = 0; i < 16; ++i) input[i] = KoalaBear::from(894848333u * (i + 1));
  output = input;
  permute(output);
  test::RowRecorder recorder;
  Chip::eval(recorder, row_of(input, KoalaBear::from(3)));
  EXPECT_TRUE(recorder.failed.empty());
  ASSERT_EQ(recorder.terms.size(), 1u);
  test::Term expected{Poseidon2Spec::permutation, Side::received, KoalaBear::from(3), {}};
  for (const KoalaBear x : input) expected.tuple.push_back(x.canonical());
  for (const KoalaBear x : output) expected.tuple.push_back(x.canonical());
  EXPECT_EQ(recorder.terms[0], expected);
}

TEST(Poseidon2Chip, EachColumnButTheCountIsConstrained) {
  const Row honest = row_of({}, KoalaBear::zero());
  for (std::size_t i = 1; i < chip_width<Chip>; ++i) {
    Row row = honest;
    as_array<Row, KoalaBear>(row)[i] += KoalaBear::one();
    test::RowRecorder recorder;
    Chip::eval(recorder, row);
    EXPECT_FALSE(recorder.failed.empty()) << i;
  }
}

TEST(Poseidon2Chip, FillsTheSameRowsOnEveryInstructionSet) {
  for (const std::size_t rows :
       {std::size_t{1}, std::size_t{31}, std::size_t{32}, std::size_t{600}, std::size_t{1024}}) {
    std::vector<KoalaBear> inputs, counts;
    for (std::uint32_t i = 0; i < 16 * rows; ++i) inputs.push_back(KoalaBear::from(i * 7919u + 1));
    for (std::uint32_t i = 0; i < rows; ++i) counts.push_back(KoalaBear::from(i % 5));
    const unsigned log_height = 10;
    std::vector<KoalaBear> expected(chip_width<Chip> << log_height);
    const TableView slow{expected.data(), static_cast<std::uint32_t>(chip_width<Chip>), log_height};
    for (std::size_t row = 0; row < slow.height(); ++row) {
      std::array<KoalaBear, 16> input{};
      if (row < rows) std::copy_n(inputs.begin() + static_cast<std::ptrdiff_t>(16 * row), 16, input.begin());
      slow.put(row, row_of(input, row < rows ? counts[row] : KoalaBear::zero()));
    }
    test::for_each_isa([&] {
      std::vector<KoalaBear> cells(expected.size());
      fill_permutations({cells.data(), slow.width, log_height}, inputs, counts);
      EXPECT_EQ(cells, expected) << rows;
    });
  }
}

}  // namespace
}  // namespace cairn::engine
