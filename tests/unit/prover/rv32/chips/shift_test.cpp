#include "prover/rv32/chips/shift.h"

#include <random>

#include "prover/rv32/arithmetic.h"
#include "tests/unit/prover/rv32/chips/chip_rows.h"

namespace cairn::rv32 {
namespace {

using namespace test;

constexpr Op kByRegister[] = {Op::sll, Op::srl, Op::sra}, kByImmediate[] = {Op::slli, Op::srli, Op::srai};

std::uint32_t shifted(unsigned kind, std::uint32_t a, std::uint32_t b) {
  return kind == 0 ? shift_left(a, b) : kind == 1 ? shift_right(a, b) : shift_right_signed(a, b);
}
Step by_register(unsigned kind, std::uint32_t a, std::uint32_t b) {
  return step_of({kByRegister[kind], 7, 5, 6, 0}, a, b, shifted(kind, a, b));
}
Step by_immediate(unsigned kind, std::uint32_t a, std::uint32_t amount) {
  return step_of({kByImmediate[kind], 0, 31, 0, amount}, a, 0, shifted(kind, a, amount));
}

std::vector<Step> steps() {
  std::vector<Step> out;
  for (unsigned kind = 0; kind < 3; ++kind) {
    for (const auto& [a, b] : operands()) out.push_back(by_register(kind, a, b));
    for (const std::uint32_t a : engine::test::edge_words) {
      for (std::uint32_t amount = 0; amount < 32; ++amount) {
        out.push_back(by_immediate(kind, a, amount));
        out.push_back(
            by_register(kind, a, amount | 0xabcd'ffe0));  // what is above the five bits does not count
      }
    }
  }
  return out;
}

TEST(ShiftChip, OperationsAtTheirEdges) {
  for (const Case& c : kRegisterCases) {
    if (row_of(c.op).family == Family::shift)
      expect_row<ShiftChip>(step_of({c.op, 7, 5, 6, 0}, c.a, c.b, c.expected));
  }
  for (const Case& c : kImmediateCases) {
    if (row_of(c.op).family == Family::shift)
      expect_row<ShiftChip>(step_of({c.op, 7, 5, 0, c.b}, c.a, 0, c.expected));
  }
}

TEST(ShiftChip, EveryAmountOfEveryKindOfWord) {
  for (const Step& step : steps()) expect_row<ShiftChip>(step);
}

TEST(ShiftChip, EveryColumnIsDetermined) {
  const auto all = steps();
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) expect_determined<ShiftChip>(all[random() % all.size()]);
}

TEST(ShiftChip, NoOtherBitsAreAccepted) {
  for (unsigned kind = 0; kind < 3; ++kind) {
    for (const std::uint32_t a : {0x8123'4567u, 0x7fff'ffffu, 0xffff'ffffu}) {
      for (const std::uint32_t b : {0u, 7u, 8u, 13u, 31u, 32u, 0xffff'ffffu}) {
        auto row = filled<ShiftChip>(by_register(kind, a, b));
        EXPECT_EQ(accepted_bits<ShiftChip>(row, {&row.bit[0], &row.bit[1], &row.bit[2], &row.bytes[0],
                                                 &row.bytes[1], &row.bytes[2], &row.negative}),
                  1u);
      }
    }
  }
}

// An amount of another number of bits, with all that follows from it.
TEST(ShiftChip, AnotherAmountIsRefused) {
  for (unsigned kind = 0; kind < 3; ++kind) {
    for (std::uint32_t b = 0; b < 64; ++b) {
      for (std::uint32_t other = 0; other < 32; ++other) {
        if (other == b % 32) continue;
        auto row = filled<ShiftChip>(by_register(kind, 0x89ab'cdef, other));
        put(row.rs2.word, b);
        ASSERT_FALSE(is_accepted<ShiftChip>(row)) << b << " as " << other;
      }
    }
  }
}

// Bits of the amount that are none: by 8 to the left as e = 8, which would be times 9.
TEST(ShiftChip, TheAmountIsInBits) {
  const std::uint32_t a = 0x0089'abcd;
  std::size_t tried = 0;
  for (std::uint32_t s = 0; s < 32; ++s) {
    for (std::uint32_t others = 0; others < 16; ++others) {
      for (unsigned i = 0; i < 3; ++i) {
        auto row = filled<ShiftChip>(by_register(0, a, s));
        const std::uint32_t count = others >> 2;
        std::uint32_t weight = 1, e = 0;
        for (unsigned k = 0, at = 0; k < 3; ++k, weight *= 2) {
          row.bytes[k] = flag_of(count == k + 1);
          if (k == i) continue;
          row.bit[k] = number(others >> at++ & 1);
          e += weight * row.bit[k].canonical();
        }
        row.bit[i] = (number(s) - number(8 * count) - number(e)) * number(1u << i).inverse();
        if (row.bit[i].canonical() < 2) continue;
        row.factor = (KoalaBear::one() + row.bit[0]) * (KoalaBear::one() + row.bit[1] * number(3)) *
                     (KoalaBear::one() + row.bit[2] * number(15));
        const std::uint32_t factor = row.factor.canonical();
        if (factor > 255) continue;
        ++tried;
        const std::uint64_t product = std::uint64_t{a} * factor;
        for (unsigned k = 0; k < 5; ++k)
          row.u[k] = number(static_cast<std::uint32_t>(product >> (8 * k)) & 255);
        row.carry = number(low_half(a) * factor >> 16);
        EXPECT_FALSE(is_accepted<ShiftChip>(row)) << s << " " << factor;
      }
    }
  }
  EXPECT_GT(tried, 30u);
}

// Bytes that differ, made up for in the carry and the fifth byte, which are none then.
TEST(ShiftChip, AnotherProductIsRefused) {
  for (unsigned kind = 0; kind < 3; ++kind) {
    for (const unsigned byte : {0u, 1u, 2u, 3u}) {
      auto row = filled<ShiftChip>(by_register(kind, 0x0123'4567, 5));
      const KoalaBear at = number(1u << (8 * (byte % 2)));
      row.u[byte] += KoalaBear::one();
      if (byte < 2) row.carry -= at * kPerHalf;
      row.u[4] -= byte < 2 ? at * kPerHalf * kPerHalf : at * kPerHalf;
      EXPECT_FALSE(is_accepted<ShiftChip>(row)) << kind << " " << byte;
    }
  }
}

TEST(ShiftChip, FlagsAreBits) {
  expect_bits<ShiftChip>(by_register(2, 0x89ab'cdef, 13), [](auto& row) {
    return std::vector{&row.left, &row.logical, &row.arithmetic};
  });
  expect_bits<ShiftChip>(by_register(1, 0x89ab'cdef, 13),
                         [](auto& row) { return std::vector{&row.by_register}; });
  expect_bits<ShiftChip>(by_register(0, 0x89ab'cdef, 29), [](auto& row) {
    return std::vector{&row.bytes[0], &row.bytes[1], &row.bytes[2]};
  });
}

TEST(ShiftChip, PaddingHoldsAndCountsNothing) { expect_padding<ShiftChip>(); }
TEST(ShiftChip, CountsWhatItLooksUp) { expect_counted<ShiftChip>(steps()); }

}  // namespace
}  // namespace cairn::rv32
