// The memory chips row by row: what a row accepts, and what it puts on the buses.
#include "prover/chips/memory.h"

#include <gtest/gtest.h>

#include "prover/chips/step.h"
#include "tests/unit/prover/chips/row_recorder.h"

namespace cairn::engine {
namespace {

using test::record;
using test::RowRecorder;

Memory::Columns<KoalaBear> access_row(std::uint32_t before, std::uint32_t previous_time, std::uint32_t time,
                                      bool write, std::uint32_t value) {
  Memory::Columns<KoalaBear> row = {};
  row.real = KoalaBear::one();
  row.write = KoalaBear::from(write ? 1u : 0u);
  row.time = number(time);
  row.address = number(9);
  put_word(row.value, value);
  put_word(row.previous, before);
  row.previous_time = number(previous_time);
  const std::uint32_t gap = (time + KoalaBear::modulus - previous_time - 1) % KoalaBear::modulus;
  row.gap[0] = number(gap & 255);
  row.gap[1] = number((gap >> 8) & 255);
  row.gap[2] = number(gap >> 16);  // a byte when the gap is below 2^24
  return row;
}

TEST(Memory, AnAccessMustBeLaterThanTheOneBefore) {
  struct Case {
    std::uint32_t before, now;
    bool accepted;
  };
  for (const Case& c : {Case{0, 1, true},
                        {0, 1u << 24, true},
                        {5, 6, true},
                        {(1u << 24) - 2, (1u << 24) - 1, true},
                        {5, 5, false},
                        {6, 5, false},
                        {(1u << 24) - 1, 0, false},
                        {0, (1u << 24) + 1, false}}) {
    EXPECT_EQ(record<Memory>(access_row(7, c.before, c.now, false, 7)).holds(), c.accepted)
        << c.before << " " << c.now;
  }
}

TEST(Memory, AReadReturnsWhatIsThere) {
  for (unsigned byte = 0; byte < 4; ++byte) {
    EXPECT_FALSE(
        record<Memory>(access_row(0x01020304, 1, 2, false, 0x01020304 ^ (1u << (8 * byte)))).holds());
  }
  EXPECT_TRUE(record<Memory>(access_row(0x01020304, 1, 2, false, 0x01020304)).holds());
  EXPECT_TRUE(record<Memory>(access_row(0x01020304, 1, 2, true, 0x55667788)).holds());
}

TEST(Memory, WriteIsAFlag) {
  auto row = access_row(0x01020304, 1, 2, true, 0x55667788);
  row.write = number(2);
  EXPECT_FALSE(record<Memory>(row).holds());
}

TEST(Memory, PutsBackWhatItTakes) {
  const RowRecorder recorded = record<Memory>(access_row(0x01020304, 3, 8, true, 0x0a0b0c0d));
  const auto terms = recorded.on(WordBus::memory);
  ASSERT_EQ(terms.size(), 2u);
  EXPECT_EQ(terms[0], (test::Term{WordBus::memory, Side::received, KoalaBear::one(), {9, 4, 3, 2, 1, 3}}));
  EXPECT_EQ(terms[1],
            (test::Term{WordBus::memory, Side::sent, KoalaBear::one(), {9, 0x0d, 0x0c, 0x0b, 0x0a, 8}}));
  const auto answered = recorded.on(WordBus::access);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(
      answered[0],
      (test::Term{WordBus::access, Side::received, KoalaBear::one(), {8, 9, 0x0d, 0x0c, 0x0b, 0x0a, 1}}));
}

TEST(Memory, PaddingHoldsAndCountsNothing) {
  Memory::Columns<KoalaBear> row;
  Memory::pad(row);
  const RowRecorder recorded = record<Memory>(row);
  EXPECT_TRUE(recorded.failed.empty());
  for (const test::Term& term : recorded.terms) EXPECT_TRUE(term.multiplicity.is_zero());
}

TEST(Boundary, AnAddressIsTheNumberOfItsRow) {
  Boundary::Columns<KoalaBear> row = {};
  put_word(row.initial, 0x11223344);
  put_word(row.final, 0x55667788);
  row.final_time = number(40);
  const RowRecorder recorded =
      record<Boundary>(row, {number(17), number(0)}, std::vector<KoalaBear>(4, number(0)));
  EXPECT_TRUE(recorded.holds());
  const auto terms = recorded.on(WordBus::memory);
  ASSERT_EQ(terms.size(), 2u);
  EXPECT_EQ(terms[0],
            (test::Term{WordBus::memory, Side::sent, KoalaBear::one(), {17, 0x44, 0x33, 0x22, 0x11, 0}}));
  EXPECT_EQ(
      terms[1],
      (test::Term{WordBus::memory, Side::received, KoalaBear::one(), {17, 0x88, 0x77, 0x66, 0x55, 40}}));
}

TEST(Boundary, InitialValuesAreBytesAndTheResultIsPublic) {
  Boundary::Columns<KoalaBear> row = {};
  row.initial[2] = number(256);
  EXPECT_FALSE(record<Boundary>(row, {number(1), number(0)}, std::vector<KoalaBear>(4, number(0))).holds());
  row.initial[2] = number(255);
  const std::vector<KoalaBear> result = {number(1), number(2), number(3), number(4)};
  EXPECT_FALSE(record<Boundary>(row, {number(0), number(1)}, result).holds()) << "the first row";
  put_word(row.final, 0x04030201);
  EXPECT_TRUE(record<Boundary>(row, {number(0), number(1)}, result).holds());
}

TEST(Step, AsksInOrderAtTimesOfItsOwn) {
  Step::Columns<KoalaBear> row = {};
  row.real = KoalaBear::one();
  row.op = number(1);
  row.x = number(5);
  row.y = number(6);
  row.z = number(7);
  put_word(row.a, 1);
  put_word(row.b, 2);
  put_word(row.c, 3);
  const RowRecorder recorded = record<Step>(row, {number(10)});
  const auto asked = recorded.on(WordBus::access);
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].tuple, (std::vector<std::uint32_t>{41, 5, 1, 0, 0, 0, 0}));
  EXPECT_EQ(asked[1].tuple, (std::vector<std::uint32_t>{42, 6, 2, 0, 0, 0, 0}));
  EXPECT_EQ(asked[2].tuple, (std::vector<std::uint32_t>{43, 7, 3, 0, 0, 0, 1}));
  const auto operation = recorded.on(WordBus::operation);
  ASSERT_EQ(operation.size(), 1u);
  EXPECT_EQ(operation[0].tuple, (std::vector<std::uint32_t>{1, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0}));
}

}  // namespace
}  // namespace cairn::engine
