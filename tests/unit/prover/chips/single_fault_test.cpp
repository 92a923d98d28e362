// For each constraint and each lookup a row in which nothing else is wrong: several columns are changed
// together, so that all others hold. Without it the row would be accepted.
//
// Not here: constraints that others imply. The carries out of bytes 0 to 2 of Alu are 0 or 1 because 256 of
// them are a sum of bytes; its signs, and those of Shift, because 128 of them are a byte & 128.
#include <gtest/gtest.h>

#include <array>

#include "prover/chips/alu.h"
#include "prover/chips/memory.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/chips/shift.h"
#include "prover/chips/step.h"
#include "tests/unit/prover/chips/row_recorder.h"

namespace cairn::engine {
namespace {

using Names = std::vector<std::string>;
constexpr KoalaBear one = KoalaBear::one();

/// Constraints that fail, and "lookup" for each that asks for what is not there.
template <class Chip>
Names faults(const typename Chip::template Columns<KoalaBear>& row, std::vector<KoalaBear> structured = {},
             std::vector<KoalaBear> public_values = {}) {
  const test::RowRecorder recorded = test::record<Chip>(row, std::move(structured), std::move(public_values));
  Names out = recorded.failed;
  for (const test::Term& term : recorded.terms) {
    test::RowRecorder alone;
    alone.terms = {term};
    if (!alone.bytes_hold()) out.emplace_back("lookup");
  }
  return out;
}

Alu::Columns<KoalaBear> alu(Operation op, std::uint32_t a, std::uint32_t b) {
  ByteLookups lookups;
  Alu::Columns<KoalaBear> row;
  Alu::fill(row, op, a, b, lookups);
  EXPECT_EQ(faults<Alu>(row), Names());
  return row;
}

TEST(Alu, EachFlagIsNeededToBeABit) {
  for (std::size_t i = 0; i < 7; ++i) {
    auto row = alu(Operation::add, 0, 0);
    KoalaBear* const flags[] = {&row.is_add, &row.is_sub, &row.is_and, &row.is_or,
                                &row.is_xor, &row.is_slt, &row.is_sltu};
    row.is_add = KoalaBear::zero();
    *flags[i] = -one;  // and two others: one operation in sum
    *flags[(i + 1) % 7] = *flags[(i + 2) % 7] = one;
    EXPECT_EQ(faults<Alu>(row), Names{"operation"}) << i;
  }
  auto row = alu(Operation::add, 0, 0);
  row.is_and = one;
  EXPECT_EQ(faults<Alu>(row), Names{"one operation"});
}

TEST(Alu, EachByteOfASumIsNeeded) {
  for (unsigned i = 0; i < 4; ++i) {
    auto row = alu(Operation::add, 0x11111111, 0x22222222);
    row.d[i] += one;
    EXPECT_EQ(faults<Alu>(row), Names{"sum"}) << i;
  }
  auto row = alu(Operation::add, 0x11111111, 0x22222222);
  row.d[3] += one;  // paid by the last carry
  row.carry[3] -= number(256).inverse();
  EXPECT_EQ(faults<Alu>(row), Names{"carry"});
  for (const unsigned i : {0u, 2u}) {  // a byte of 256 more, and the carry left out
    row = alu(Operation::add, 0x00ff00ff, 0x10ff10ff);
    row.d[i] += number(256);
    row.carry[i] = KoalaBear::zero();
    row.d[i + 1] -= one;
    EXPECT_EQ(faults<Alu>(row), Names{"lookup"}) << i;
  }
}

TEST(Alu, EachSignIsNeeded) {
  for (const bool first : {false, true}) {
    auto row = alu(Operation::slt, 0x80000000, 7);
    KoalaBear& sign = first ? row.sign_a : row.sign_b;
    sign = one - sign;
    row.differ = one - row.differ;
    EXPECT_EQ(faults<Alu>(row), Names{"lookup"}) << first;
    row = alu(Operation::slt, 0x80000000, 7);
    row.differ = one - row.differ;
    EXPECT_EQ(faults<Alu>(row), Names{"differ"});
  }
}

Shift::Columns<KoalaBear> shift(std::uint32_t b) {
  ByteLookups lookups;
  Shift::Columns<KoalaBear> row;
  Shift::fill(row, Operation::sll, 0, b, lookups);
  EXPECT_EQ(faults<Shift>(row), Names());
  return row;
}

TEST(Shift, EachFlagIsNeededToBeABit) {
  for (std::size_t i = 0; i < 3; ++i) {
    auto row = shift(4);  // the factor is 16 in both directions
    row.is_sll = row.is_srl = row.is_sra = one;
    *std::array{&row.is_sll, &row.is_srl, &row.is_sra}[i] = -one;
    EXPECT_EQ(faults<Shift>(row), Names{"operation"}) << i;
  }
  auto row = shift(12);
  row.is_srl = row.bytes[0] = one;
  EXPECT_EQ(faults<Shift>(row), Names{"one operation"});
  row = shift(8);
  row.bytes[0] = one;
  EXPECT_EQ(faults<Shift>(row), Names{"one count of bytes"});
}

TEST(Shift, EachPartOfTheAmountIsNeeded) {
  struct Hot {
    std::uint32_t b;
    int bytes[4];
  };
  for (const Hot& hot :
       {Hot{24, {-1, 1, 1, 0}}, {8, {1, -1, 1, 0}}, {16, {0, 1, -1, 1}}, {0, {0, 1, 1, -1}}}) {
    auto row = shift(hot.b);
    for (std::size_t i = 0; i < 4; ++i)
      row.bytes[i] = hot.bytes[i] < 0 ? -one : number(static_cast<std::uint32_t>(hot.bytes[i]));
    EXPECT_EQ(faults<Shift>(row), Names{"bytes"}) << hot.b;
  }
  const std::uint32_t powers[] = {3, 7, 31};
  for (unsigned i = 0; i < 3; ++i) {
    auto row = shift(0);
    row.bit[i] = number(2);
    put_word(row.b, 2u << i);
    row.power = row.factor = number(powers[i]);
    EXPECT_EQ(faults<Shift>(row), Names{"bit"}) << i;
  }
  auto row = shift(1);
  row.power = row.factor = number(4);
  EXPECT_EQ(faults<Shift>(row), Names{"power"});
  row = shift(0);
  put_word(row.b, 5);  // not the amount of the bits
  EXPECT_EQ(faults<Shift>(row), Names{"lookup"});
}

TEST(Shift, EachProductIsNeeded) {
  for (unsigned i = 0; i < 4; ++i) {
    auto row = shift(0);
    row.low[i] = row.u[i] = one;
    EXPECT_EQ(faults<Shift>(row), Names{"product"}) << i;
    row = shift(0);
    row.low[i] = row.u[i] = number(256);  // with high, it is 0
    row.high[i] = -one;
    if (i < 3) row.u[i + 1] = -one;
    EXPECT_EQ(faults<Shift>(row), Names{"lookup"}) << i;
    row = shift(0);
    row.u[i] = one;
    EXPECT_EQ(faults<Shift>(row), Names{"shifted bits"}) << i;
  }
  auto row = shift(0);
  row.factor = number(2);
  EXPECT_EQ(faults<Shift>(row), Names{"factor to the left"});
  row = shift(4);
  row.is_sll = KoalaBear::zero();
  row.is_srl = one;
  EXPECT_EQ(faults<Shift>(row), Names());
  row.factor = number(15);
  EXPECT_EQ(faults<Shift>(row), Names{"factor to the right"});
  row = shift(0);
  row.negative = one;
  row.u[3] = number(255);  // 256 - factor
  EXPECT_EQ(faults<Shift>(row), Names{"negative"});
  row = shift(0);
  row.sign_a = one;
  EXPECT_EQ(faults<Shift>(row), Names{"lookup"});
}

Memory::Columns<KoalaBear> access() {
  Memory::Columns<KoalaBear> row = {};
  row.real = one;
  row.time = number(1);
  EXPECT_EQ(faults<Memory>(row), Names());
  return row;
}

TEST(Memory, EachConstraintIsNeeded) {
  auto row = access();
  row.real = number(2);
  EXPECT_EQ(faults<Memory>(row), Names{"real"});
  row = access();
  row.write = number(2);
  EXPECT_EQ(faults<Memory>(row), Names{"write"});
  for (unsigned i = 0; i < 4; ++i) {
    row = access();
    row.value[i] = one;
    EXPECT_EQ(faults<Memory>(row), Names{"a read changes nothing"});
  }
  row = access();
  row.time = number(2);
  EXPECT_EQ(faults<Memory>(row), Names{"time rises"});
  row = access();
  row.gap[0] = number(256);
  row.gap[1] = -one;
  EXPECT_EQ(faults<Memory>(row), Names{"lookup"});
  row = access();
  row.previous_time = one;  // at the same time: the gap is -1
  row.gap[2] = -number(65536).inverse();
  EXPECT_EQ(faults<Memory>(row), Names{"lookup"});
}

TEST(Boundary, EachConstraintIsNeeded) {
  const std::vector<KoalaBear> first_row = {number(0), number(1)}, result(4, number(0));
  for (unsigned i = 0; i < 4; ++i) {
    Boundary::Columns<KoalaBear> row = {};
    row.final[i] = one;
    EXPECT_EQ(faults<Boundary>(row, first_row, result), Names{"result"}) << i;
    row = {};
    row.initial[i] = number(256);
    EXPECT_EQ(faults<Boundary>(row, first_row, result), Names{"lookup"}) << i;
  }
}

TEST(Step, RealIsAFlag) {
  Step::Columns<KoalaBear> row = {};
  row.real = number(2);
  EXPECT_EQ(faults<Step>(row, {number(0)}), Names{"real"});
}

using Permutation = Poseidon2Machine::Chip<0>;

/// The row of `input` in which column `changed` is not what it must be, and all later ones are what follows
/// from it.
Permutation::Columns<KoalaBear> permutation(std::uint32_t input, std::size_t changed) {
  Permutation::Columns<KoalaBear> row = {};
  KoalaBear state[poseidon2::width];
  for (std::size_t i = 0; i < poseidon2::width; ++i)
    state[i] = row.input[i] = number(input + static_cast<std::uint32_t>(i));
  std::size_t column = 1 + poseidon2::width;
  const auto write = [&](KoalaBear& cell, KoalaBear& value) {
    cell = value += column++ == changed ? one : KoalaBear::zero();
  };
  const auto full_round = [&](const KoalaBear(&constants)[poseidon2::width],
                              KoalaBear(&cells)[poseidon2::width]) {
    for (std::size_t i = 0; i < poseidon2::width; ++i) state[i] = (state[i] + constants[i]).cube();
    poseidon2::external_layer(state);
    for (std::size_t i = 0; i < poseidon2::width; ++i) write(cells[i], state[i]);
  };
  poseidon2::external_layer(state);
  for (std::size_t r = 0; r < poseidon2::half_full_rounds; ++r)
    full_round(poseidon2::table().initial[r], row.initial[r]);
  for (std::size_t r = 0; r < poseidon2::partial_rounds; ++r) {
    state[0] = (state[0] + poseidon2::table().partial[r]).cube();
    write(row.partial[r], state[0]);
    poseidon2::internal_layer(state);
  }
  for (std::size_t r = 0; r < poseidon2::half_full_rounds; ++r)
    full_round(poseidon2::table().final[r], row.final[r]);
  return row;
}

TEST(Poseidon2Chip, EachConstraintIsNeeded) {
  EXPECT_EQ(faults<Permutation>(permutation(7, 0)), Names());
  for (std::size_t column = 1 + poseidon2::width; column < chip_width<Permutation>; ++column) {
    EXPECT_EQ(faults<Permutation>(permutation(7, column)).size(), 1u) << column;
  }
}

}  // namespace
}  // namespace cairn::engine
