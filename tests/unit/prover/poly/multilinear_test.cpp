#include "prover/poly/multilinear.h"

#include <gtest/gtest.h>

#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

std::vector<Quintic> bits_of(std::size_t index, std::size_t n) {
  std::vector<Quintic> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = Quintic::from(KoalaBear::from((index >> (n - 1 - i)) & 1));
  return out;
}

TEST(Multilinear, EqIsOneOnEqualBitsOnly) {
  for (std::size_t a = 0; a < 8; ++a) {
    for (std::size_t b = 0; b < 8; ++b) {
      EXPECT_EQ(eq(bits_of(a, 3), bits_of(b, 3)), a == b ? Quintic::one() : Quintic::zero());
    }
  }
  EXPECT_EQ(eq({}, {}), Quintic::one());
}

TEST(Multilinear, EqTableHoldsEqOfEachIndex) {
  test::RandomElements random;
  for (std::size_t n = 0; n <= 6; ++n) {
    const std::vector<Quintic> point = random.exts(n);
    const std::vector<Quintic> table = eq_table(point);
    ASSERT_EQ(table.size(), std::size_t{1} << n);
    for (std::size_t i = 0; i < table.size(); ++i) {
      EXPECT_EQ(table[i], eq(bits_of(i, n), point));
      EXPECT_EQ(table[i], eq_at(i, point));
    }
  }
}

TEST(Multilinear, EvaluatesToItsValuesOnBits) {
  test::RandomElements random;
  const std::vector<KoalaBear> values = random.bases(16);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(evaluate(values, bits_of(i, 4)), Quintic::from(values[i]));
  }
}

TEST(Multilinear, IsLinearInEachVariable) {
  test::RandomElements random;
  const std::vector<Quintic> values = random.exts(32);
  for (std::size_t i = 0; i < 5; ++i) {
    std::vector<Quintic> at = random.exts(5), at0 = at, at1 = at;
    at0[i] = Quintic::zero();
    at1[i] = Quintic::one();
    const Quintic v0 = evaluate(values, at0), v1 = evaluate(values, at1);
    EXPECT_EQ(evaluate(values, at), v0 + at[i] * (v1 - v0));
  }
}

TEST(Multilinear, BaseValuesAreExtensionValues) {
  test::RandomElements random;
  const std::vector<KoalaBear> values = random.bases(64);
  std::vector<Quintic> lifted;
  for (const KoalaBear x : values) lifted.push_back(Quintic::from(x));
  const std::vector<Quintic> point = random.exts(6);
  EXPECT_EQ(evaluate(values, point), evaluate(lifted, point));
}

}  // namespace
}  // namespace cairn::engine
