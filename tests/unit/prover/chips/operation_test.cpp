// Every operation against C++, on all pairs of edge words and on random ones, and nothing else accepted: a
// row with any column changed breaks a constraint, asks a table for what is not there, or answers another
// question.
#include <gtest/gtest.h>

#include <random>

#include "prover/chips/alu.h"
#include "prover/chips/shift.h"
#include "tests/unit/prover/chips/row_recorder.h"

namespace cairn::engine {
namespace {

using test::record;
using test::RowRecorder;

std::vector<std::pair<std::uint32_t, std::uint32_t>> operands() {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (const std::uint32_t a : test::edge_words) {
    for (const std::uint32_t b : test::edge_words) out.emplace_back(a, b);
    for (std::uint32_t shift = 0; shift < 32; ++shift) out.emplace_back(a, shift | 0xabcd00e0);
  }
  std::mt19937 random(20261125);
  for (int i = 0; i < 1000; ++i)
    out.emplace_back(static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()));
  return out;
}

std::vector<std::uint32_t> answer(Operation op, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  std::vector<std::uint32_t> tuple = {static_cast<std::uint32_t>(op)};
  for (const std::uint32_t word : {a, b, c}) {
    for (unsigned i = 0; i < 4; ++i) tuple.push_back(byte_of(word, i));
  }
  return tuple;
}

template <class Chip>
std::vector<Operation> operations() {
  std::vector<Operation> out;
  for (std::uint32_t op = 1; op < operations_end; ++op) {
    if (is_shift(Operation{op}) == std::is_same_v<Chip, Shift>) out.push_back(Operation{op});
  }
  return out;
}

template <class Chip>
void answers_as_cpp_does() {
  ByteLookups lookups;
  typename Chip::template Columns<KoalaBear> row;
  for (const Operation op : operations<Chip>()) {
    for (const auto& [a, b] : operands()) {
      Chip::fill(row, op, a, b, lookups);
      const RowRecorder recorded = record<Chip>(row);
      ASSERT_TRUE(recorded.holds()) << static_cast<int>(op) << " " << a << " " << b << ": "
                                    << (recorded.failed.empty() ? "lookup" : recorded.failed[0]);
      const auto terms = recorded.on(WordBus::operation);
      ASSERT_EQ(terms.size(), 1u);
      ASSERT_EQ(terms[0].side, Side::received);
      ASSERT_EQ(terms[0].tuple, answer(op, a, b, apply(op, a, b)))
          << static_cast<int>(op) << " " << a << " " << b;
    }
  }
}

TEST(Alu, EveryOperationIsThatOfCpp) { answers_as_cpp_does<Alu>(); }
TEST(Shift, EveryOperationIsThatOfCpp) { answers_as_cpp_does<Shift>(); }

/// Counts columns of `row` whose change to `value(old)` is accepted as an answer to the same question.
template <class Chip, class Row>
void no_column_is_free(const Row& honest, const char* what) {
  const auto before = record<Chip>(honest);
  for (std::size_t i = 0; i < chip_width<Chip>; ++i) {
    const KoalaBear old = as_array<const Row, const KoalaBear>(honest)[i];
    for (const KoalaBear value :
         {old + KoalaBear::one(), old - KoalaBear::one(), KoalaBear::one() - old, -old, old + number(256),
          KoalaBear::zero(), number(255), old.halve(), number(0x3f800000)}) {
      if (value == old) continue;
      Row changed = honest;
      as_array<Row, KoalaBear>(changed)[i] = value;
      const auto after = record<Chip>(changed);
      EXPECT_FALSE(after.holds() && after.on(WordBus::operation) == before.on(WordBus::operation))
          << what << ": column " << i << " may be " << value.canonical() << " instead of " << old.canonical();
    }
  }
}

template <class Chip>
void rows_are_determined() {
  ByteLookups lookups;
  typename Chip::template Columns<KoalaBear> row;
  std::mt19937 random(7);
  const auto pairs = operands();
  for (const Operation op : operations<Chip>()) {
    for (int i = 0; i < 150; ++i) {
      const auto& [a, b] = pairs[random() % pairs.size()];
      Chip::fill(row, op, a, b, lookups);
      no_column_is_free<Chip>(row, ("operation " + std::to_string(static_cast<int>(op)) + " of " +
                                    std::to_string(a) + ", " + std::to_string(b))
                                       .c_str());
    }
  }
}

TEST(Alu, EveryColumnIsDetermined) { rows_are_determined<Alu>(); }
TEST(Shift, EveryColumnIsDetermined) { rows_are_determined<Shift>(); }

TEST(Alu, PaddingHoldsAndCountsNothing) {
  const RowRecorder recorded = record<Alu>({});
  EXPECT_TRUE(recorded.failed.empty());
  for (const test::Term& term : recorded.terms) EXPECT_TRUE(term.multiplicity.is_zero());
}

TEST(Shift, PaddingHoldsAndCountsNothing) {
  Shift::Columns<KoalaBear> row;
  Shift::pad(row);
  const RowRecorder recorded = record<Shift>(row);
  EXPECT_TRUE(recorded.failed.empty());
  for (const test::Term& term : recorded.terms) EXPECT_TRUE(term.multiplicity.is_zero());
}

TEST(Alu, TwoOperationsInOneRowAreRefused) {
  ByteLookups lookups;
  Alu::Columns<KoalaBear> row;
  Alu::fill(row, Operation::add, 1, 2, lookups);
  row.is_and = KoalaBear::one();
  EXPECT_FALSE(record<Alu>(row).failed.empty());
}

// What is looked up while rows are filled is what they look up.
template <class Chip>
void lookups_are_counted() {
  ByteLookups lookups;
  typename Chip::template Columns<KoalaBear> row;
  std::map<std::vector<std::uint32_t>, std::uint32_t> asked;
  for (const Operation op : operations<Chip>()) {
    for (std::uint32_t i = 0; i < 40; ++i) {
      Chip::fill(row, op, i * 0x12345, ~i * 77, lookups);
      for (const test::Term& term : record<Chip>(row).terms) {
        if (term.bus != WordBus::operation) ++asked[term.tuple];
      }
    }
  }
  BytePairs::Columns<KoalaBear> counts;
  for (std::uint32_t a = 0; a < 256; ++a) {
    for (std::uint32_t b = 0; b < 256; ++b) {
      lookups.fill(counts, a << 8 | b);
      const auto count = [&](std::vector<std::uint32_t> tuple) {
        const auto found = asked.find(tuple);
        return found == asked.end() ? 0 : found->second;
      };
      ASSERT_EQ(counts.and_count.canonical(), count({a, b, a & b}));
      ASSERT_EQ(counts.pair_count.canonical(), count({a, b}));
    }
  }
}

TEST(BytePairs, CountsWhatAluAndShiftLookUp) {
  lookups_are_counted<Alu>();
  lookups_are_counted<Shift>();
}

TEST(BytePairs, ProvidesEveryPairWithItsAnd) {
  for (std::uint32_t row : {0u, 1u, 255u, 256u, 0x1234u, 0xff7fu, 0xffffu}) {
    std::vector<KoalaBear> structured;
    for (const Structured& column : BytePairs::structured) structured.push_back(column.at(row, 16));
    const RowRecorder recorded = record<BytePairs>({number(3), number(5)}, structured);
    const std::uint32_t a = row >> 8, b = row & 255;
    ASSERT_EQ(recorded.terms.size(), 2u);
    EXPECT_EQ(recorded.terms[0], (test::Term{WordBus::byte_and, Side::received, number(3), {a, b, a & b}}));
    EXPECT_EQ(recorded.terms[1], (test::Term{WordBus::byte_pair, Side::received, number(5), {a, b}}));
  }
}

}  // namespace
}  // namespace cairn::engine
