#include "prover/rv32/chips/divide.h"

#include <random>

#include "prover/rv32/arithmetic.h"
#include "tests/unit/prover/rv32/chips/chip_rows.h"

namespace cairn::rv32 {
namespace {

using namespace test;

constexpr Op kAll[] = {Op::div, Op::divu, Op::rem, Op::remu};

std::uint32_t result(Op op, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Op::div:
      return divide(a, b);
    case Op::divu:
      return divide_unsigned(a, b);
    case Op::rem:
      return remainder(a, b);
    default:
      return remainder_unsigned(a, b);
  }
}
Step step_for(Op op, std::uint32_t a, std::uint32_t b) {
  return step_of({op, 7, 5, 6, 0}, a, b, result(op, a, b));
}

std::vector<Step> steps(Op op) {
  std::vector<Step> out;
  for (const auto& [a, b] : operands()) out.push_back(step_for(op, a, b));
  for (const std::uint32_t a : engine::test::edge_words) {
    // Divisors that leave 0, 1 and |b| - 1, and quotients at the ends of their range.
    for (const std::uint32_t b :
         {0x8000u, 0xffff'8000u, 0x1'0001u, 0xfffe'ffffu, 0x8000'0002u, 0x7fff'fffeu, 3u, 0xffff'fffdu}) {
      out.push_back(step_for(op, a, b));
    }
  }
  return out;
}

/// Columns that are not determined by a, b, q and r written down: those that a false row may choose.
std::vector<KoalaBear*> choices(RowOf<DivideChip>& row) {
  return {&row.by_zero,   &row.sign_a,    &row.sign_b,       &row.sign_q,      &row.sign_r,
          &row.c_high[0], &row.c_high[1], &row.gap_carry[0], &row.gap_carry[1]};
}

TEST(DivideChip, OperationsAtTheirEdges) {
  std::size_t seen = 0;
  for (const Case& c : kRegisterCases) {
    if (row_of(c.op).family != Family::divide) continue;
    ++seen;
    expect_row<DivideChip>(step_of({c.op, 7, 5, 6, 0}, c.a, c.b, c.expected));
  }
  EXPECT_EQ(seen, 26u);
}

TEST(DivideChip, EveryKindOfWord) {
  for (const Op op : kAll) {
    for (const Step& step : steps(op)) expect_row<DivideChip>(step);
  }
}

TEST(DivideChip, EveryColumnIsDetermined) {
  std::mt19937 random(5);
  for (const Op op : kAll) {
    const auto all = steps(op);
    for (int i = 0; i < 60; ++i) expect_determined<DivideChip>(all[random() % all.size()]);
    for (const auto& [a, b] : {std::pair{kMin, kOnes},
                               {kMin, 0u},
                               {0u, 0u},
                               {5u, 0u},
                               {kOnes, 0u},
                               {kMin, kMin},
                               {kMin, 1u},
                               {7u, minus(7)}}) {
      expect_determined<DivideChip>(step_for(op, a, b));
    }
  }
}

/// Writes other words for quotient and remainder into an honest row; whether any choice of the rest is
/// accepted.
bool other_result_accepted(Op op, std::uint32_t a, std::uint32_t b, std::uint32_t q, std::uint32_t r) {
  auto row = filled<DivideChip>(step_for(op, a, b));
  put_bytes(row.q, q);
  put_bytes(row.r, r);
  return accepted_bits<DivideChip>(row, choices(row)) != 0;
}

constexpr std::pair<std::uint32_t, std::uint32_t> kOperands[] = {
    {20, 6},       {minus(20), 6},    {20, minus(6)}, {minus(20), minus(6)}, {kMin, kOnes}, {kMin, 1},
    {kMin, kMin},  {kMax, kMin},      {5, 0},         {minus(5), 0},         {0, 0},        {0, 3},
    {minus(6), 3}, {kOnes, 0x1'0001}, {3, 7},         {minus(3), 7},         {7, 7},        {kMin, 2},
    {kMin, 0},     {kOnes, kOnes},    {1, kOnes}};

TEST(DivideChip, ExactlyOneQuotientAndRemainder) {
  for (const Op op : kAll) {
    const bool is_signed = op == Op::div || op == Op::rem;
    for (const auto& [a, b] : kOperands) {
      const std::uint32_t q = is_signed ? divide(a, b) : divide_unsigned(a, b),
                          r = is_signed ? remainder(a, b) : remainder_unsigned(a, b);
      auto row = filled<DivideChip>(step_for(op, a, b));
      EXPECT_EQ(accepted_bits<DivideChip>(row, choices(row)), 1u) << a << " " << b;
      // The neighbours, which are too far from a or too large; and what holds mod 2^32 only.
      for (const auto& [other_q, other_r] : {std::pair{q - 1, r + b},
                                             {q + 1, r - b},
                                             {q + 2, r - 2 * b},
                                             {q, r + 1},
                                             {q + 1, r},
                                             {q, r - 1},
                                             {0u - q, r},
                                             {q, 0u - r},
                                             {0u, a},
                                             {kOnes, a + b},
                                             {1u, a - b},
                                             {q + 0x7f00'0001, r},
                                             {q, r + 0x7f00'0001},
                                             {q + 0x8000'0000, r},
                                             {q ^ 0xffff, r}}) {
        if (other_q == q && other_r == r) continue;
        EXPECT_FALSE(other_result_accepted(op, a, b, other_q, other_r))
            << row_of(op).mnemonic << " " << a << " " << b << ": " << other_q << " " << other_r;
      }
    }
  }
}

TEST(DivideChip, AnyOtherResultOfRandomWordsIsRefused) {
  std::mt19937 random(11);
  for (const Op op : kAll) {
    for (int i = 0; i < 60; ++i) {
      const std::uint32_t a = static_cast<std::uint32_t>(random()),
                          b = static_cast<std::uint32_t>(random()) >> random() % 32;
      const bool is_signed = op == Op::div || op == Op::rem;
      const std::uint32_t q = is_signed ? divide(a, b) : divide_unsigned(a, b),
                          r = is_signed ? remainder(a, b) : remainder_unsigned(a, b);
      const auto k = static_cast<std::uint32_t>(random() % 7) - 3;
      if (k == 0 || b == 0) continue;
      EXPECT_FALSE(other_result_accepted(op, a, b, q + k, r - k * b))
          << row_of(op).mnemonic << " " << a << " " << b << " " << k;
    }
  }
}

// b q + r = a + t p 2^8k: limb k is right mod p, and the carries are made to fit.
TEST(DivideChip, WhatIsRightModPIsRefused) {
  __extension__ using Wide = unsigned __int128;
  std::size_t tried = 0;
  for (unsigned k = 0; k < 5; ++k) {
    for (std::uint32_t t = 1; t < 4; ++t) {
      for (const std::uint32_t a : {0u, 1u, 0x12345u, kMax, kOnes}) {
        for (const std::uint32_t b : {1u, 0x100u, 0xffffu, 0x1'0000u, 0x1'0001u, 0x80'0000u, 0x7f00'0001u,
                                      kMin, 0xffff'0000u, kOnes}) {
          const Wide sum = a + (Wide{t} * KoalaBear::modulus << (8 * k)), q = sum / b;
          if (q >> 32 != 0) continue;
          ++tried;
          EXPECT_FALSE(other_result_accepted(Op::divu, a, b, static_cast<std::uint32_t>(q),
                                             static_cast<std::uint32_t>(sum % b)))
              << a << " " << b << " " << k << " " << t;
        }
      }
    }
  }
  EXPECT_GT(tried, 50u);
}

// 2^16 * 32512 is -1 mod p: with that as a sign, 0 / 2^15 would be 2^25.
TEST(DivideChip, ASignIsABit) {
  auto row = filled<DivideChip>(step_for(Op::div, 0, 1u << 15));
  ASSERT_TRUE(is_accepted<DivideChip>(row));
  row.sign_a = number(32512);
  row.sign_q = KoalaBear::one();
  put_bytes(row.q, 1u << 25);
  EXPECT_EQ(engine::test::record<DivideChip>(row).failed, std::vector<std::string>{"sign of rs1"});
  std::size_t accepted = 0;
  for (std::uint32_t high = 0; high < 4; ++high) {
    row.c_high[0] = number(high & 1);
    row.c_high[1] = number(high >> 1);
    accepted += others_have(engine::test::record<DivideChip>(row));
  }
  EXPECT_EQ(accepted, 1u) << "all lookups are those of a row";
}

// Quotient and remainder at once, by zero, where nearly all else holds.
TEST(DivideChip, ARowHasOneResult) {
  RowOf<DivideChip> row{};
  row.quotient = row.remainder = row.by_zero = KoalaBear::one();
  put_bytes(row.q, ~0u);
  EXPECT_EQ(engine::test::record<DivideChip>(row).failed, std::vector<std::string>{"quotient or remainder"});
  // Nor does one that has none look up something less than not at all.
  row.quotient = row.remainder = KoalaBear::zero();
  EXPECT_EQ(engine::test::record<DivideChip>(row).failed, std::vector<std::string>{"divisor is not zero"});
}

TEST(DivideChip, FlagsAreBits) {
  for (const Op op : kAll) {
    expect_bits<DivideChip>(step_for(op, 20, 6), [](auto& row) {
      return std::vector{&row.quotient, &row.remainder};
    });
    expect_bits<DivideChip>(step_for(op, 20, 6), [](auto& row) { return std::vector{&row.is_signed}; });
  }
}

TEST(DivideChip, PaddingHoldsAndCountsNothing) { expect_padding<DivideChip>(); }
TEST(DivideChip, CountsWhatItLooksUp) {
  for (const Op op : kAll) expect_counted<DivideChip>(steps(op));
}

}  // namespace
}  // namespace cairn::rv32
