// Products of every kind of word, and of words whose products come near multiples of p.
#include <random>

#include "prover/rv32/arithmetic.h"
#include "prover/rv32/chips/multiply_high.h"
#include "tests/unit/prover/rv32/chips/chip_rows.h"

namespace cairn::rv32 {
namespace {

using namespace test;

std::uint32_t product(Op op, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Op::mulh:
      return multiply_high(a, b);
    case Op::mulhsu:
      return multiply_high_signed_unsigned(a, b);
    case Op::mulhu:
      return multiply_high_unsigned(a, b);
    default:
      return a * b;
  }
}
Step step_for(Op op, std::uint32_t a, std::uint32_t b) {
  return step_of({op, 7, 5, 6, 0}, a, b, product(op, a, b));
}

constexpr Op kHigh[] = {Op::mulh, Op::mulhsu, Op::mulhu};

std::vector<Step> steps(Op op) {
  std::vector<Step> out;
  for (const auto& [a, b] : operands()) out.push_back(step_for(op, a, b));
  // Halves whose product exceeds p, and is p + 1 and the like.
  for (const std::uint32_t a : {46'160u, 46'161u, 0xb450'b451u, 0xffff'0001u, 0xffff'8000u, 0x8000'ffffu}) {
    for (const std::uint32_t b : {46'160u, 46'159u, 0xb451'b450u, 0xffff'ffffu, 0x8000'8000u, 0x7fff'7fffu})
      out.push_back(step_for(op, a, b));
  }
  return out;
}

TEST(MultiplyChip, OperationsAtTheirEdges) {
  std::size_t seen = 0;
  for (const Case& c : kRegisterCases) {
    const Step step = step_of({c.op, 7, 5, 6, 0}, c.a, c.b, c.expected);
    if (row_of(c.op).family == Family::multiply) ++seen, expect_row<MultiplyChip>(step);
    if (row_of(c.op).family == Family::multiply_high) ++seen, expect_row<MultiplyHighChip>(step);
  }
  EXPECT_EQ(seen, 23u);
}

TEST(MultiplyChip, EveryKindOfWord) {
  for (const Step& step : steps(Op::mul)) expect_row<MultiplyChip>(step);
}
TEST(MultiplyHighChip, EveryKindOfWord) {
  for (const Op op : kHigh) {
    for (const Step& step : steps(op)) expect_row<MultiplyHighChip>(step);
  }
}

TEST(MultiplyChip, EveryColumnIsDetermined) {
  const auto all = steps(Op::mul);
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) expect_determined<MultiplyChip>(all[random() % all.size()]);
}
TEST(MultiplyHighChip, EveryColumnIsDetermined) {
  std::mt19937 random(6);
  for (const Op op : kHigh) {
    const auto all = steps(op);
    for (int i = 0; i < 100; ++i) expect_determined<MultiplyHighChip>(all[random() % all.size()]);
  }
}

TEST(MultiplyChip, NoOtherBitsAreAccepted) {
  for (const Step& step : steps(Op::mul)) {
    auto row = filled<MultiplyChip>(step);
    ASSERT_EQ(accepted_bits<MultiplyChip>(row, {&row.high_bit[0], &row.high_bit[1]}), 1u) << describe(step);
  }
}
TEST(MultiplyHighChip, NoOtherSignsAndBitsAreAccepted) {
  for (const Op op : kHigh) {
    for (const auto& [a, b] : {std::pair{kMin, kMin},
                               {kMin, kOnes},
                               {kOnes, kOnes},
                               {kMax, kOnes},
                               {1u, kOnes},
                               {kOnes, 1u},
                               {0u, kOnes},
                               {kMax, kMax},
                               {kMin, kMax},
                               {0x8000'0001u, 3u},
                               {0u, 0u}}) {
      auto row = filled<MultiplyHighChip>(step_for(op, a, b));
      EXPECT_EQ(accepted_bits<MultiplyHighChip>(row, {&row.sign_a, &row.sign_b, &row.high_bit[0],
                                                      &row.high_bit[1], &row.high_bit[2], &row.negative}),
                1u);
    }
  }
}

// The product as another row would write it: bytes of a product that differs, with any carries.
TEST(MultiplyChip, AnotherProductIsRefused) {
  std::mt19937 random(8);
  for (int i = 0; i < 300; ++i) {
    const auto a = static_cast<std::uint32_t>(random()), b = static_cast<std::uint32_t>(random());
    auto row = filled<MultiplyChip>(step_for(Op::mul, a, b));
    for (const std::uint32_t error :
         {1u, 0x100u, 0x1'0000u, 0x0100'0000u, 0x8000'0000u, 0x7f00'0001u, 0x80ff'ffffu, kOnes}) {
      put_bytes(row.r, a * b + error);
      ASSERT_EQ(accepted_bits<MultiplyChip>(row, {&row.high_bit[0], &row.high_bit[1]}), 0u)
          << a << " " << b << " " << error;
    }
  }
}
TEST(MultiplyHighChip, AnotherProductIsRefused) {
  std::mt19937 random(9);
  for (const Op op : kHigh) {
    for (int i = 0; i < 40; ++i) {
      const auto a = static_cast<std::uint32_t>(random()), b = static_cast<std::uint32_t>(random());
      auto row = filled<MultiplyHighChip>(step_for(op, a, b));
      const std::uint64_t honest = std::uint64_t{product(op, a, b)} << 32 | a * b;
      for (const std::uint64_t error :
           {std::uint64_t{1}, std::uint64_t{1} << 32, std::uint64_t{1} << 40, std::uint64_t{0x7f00'0001},
            std::uint64_t{0x7f00'0001} << 8, std::uint64_t{0x7f00'0001} << 32, ~std::uint64_t{0} << 32}) {
        for (unsigned k = 0; k < 6; ++k) row.r[k] = number((honest + error) >> (8 * k) & 255);
        ASSERT_EQ(accepted_bits<MultiplyHighChip>(row, {&row.sign_a, &row.sign_b, &row.high_bit[0],
                                                        &row.high_bit[1], &row.high_bit[2], &row.negative}),
                  0u)
            << a << " " << b << " " << error;
      }
    }
  }
}

// The signs of one operation in a row of another.
TEST(MultiplyHighChip, TheSignsAreThoseOfTheOperation) {
  for (const Op op : kHigh) {
    for (const Op other : kHigh) {
      if (op == other) continue;
      auto row = filled<MultiplyHighChip>(step_for(op, 0xffff'fff0, 0xffff'0003));
      row.mulh = flag_of(other == Op::mulh);
      row.mulhsu = flag_of(other == Op::mulhsu);
      row.mulhu = flag_of(other == Op::mulhu);
      EXPECT_FALSE(is_accepted<MultiplyHighChip>(row));
    }
  }
}

TEST(MultiplyHighChip, FlagsAreBits) {
  expect_bits<MultiplyChip>(step_for(Op::mul, 3, 5), [](auto& row) { return std::vector{&row.real}; });
  for (const Op op : kHigh) {
    expect_bits<MultiplyHighChip>(step_for(op, 3, 5), [](auto& row) {
      return std::vector{&row.mulh, &row.mulhsu, &row.mulhu};
    });
  }
}

TEST(MultiplyChip, PaddingHoldsAndCountsNothing) {
  expect_padding<MultiplyChip>();
  expect_padding<MultiplyHighChip>();
}
TEST(MultiplyChip, CountsWhatItLooksUp) {
  expect_counted<MultiplyChip>(steps(Op::mul));
  for (const Op op : kHigh) expect_counted<MultiplyHighChip>(steps(op));
}

}  // namespace
}  // namespace cairn::rv32
