#include "prover/field/quintic.h"

#include <gtest/gtest.h>

#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

std::vector<Quintic> samples() {
  test::RandomElements random;
  std::vector<Quintic> out = {Quintic::zero(), Quintic::one(), -Quintic::one()};
  for (const KoalaBear x : test::edges()) {
    out.push_back({{x, x, x, x, x}});  // the largest sums of products
    out.push_back({{random.base(), x, {}, x, random.base()}});
  }
  for (int i = 0; i < 20; ++i) out.push_back(random.ext());
  return out;
}

/// Long multiplication, then reduction from the top.
Quintic product(const Quintic& a, const Quintic& b) {
  KoalaBear d[9] = {};
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) d[i + j] += a.c[i] * b.c[j];
  }
  for (std::size_t k = 8; k >= 5; --k) {  // X^k = X^(k-5) - X^(k-3)
    d[k - 5] += d[k];
    d[k - 3] -= d[k];
  }
  return {{d[0], d[1], d[2], d[3], d[4]}};
}

TEST(Quintic, MultipliesModuloItsPolynomial) {
  for (const Quintic& a : samples()) {
    for (const Quintic& b : samples()) {
      ASSERT_EQ(a * b, product(a, b));
      ASSERT_EQ(a * b, b * a);
    }
  }
  const Quintic x = {{KoalaBear::zero(), KoalaBear::one(), {}, {}, {}}};
  EXPECT_EQ(x.pow(5) + x.pow(2), Quintic::one());
}

TEST(Quintic, IsACommutativeRingOverTheBase) {
  test::RandomElements random;
  for (const Quintic& a : samples()) {
    const Quintic b = random.ext(), d = random.ext();
    const KoalaBear s = random.base();
    EXPECT_EQ(a * (b + d), a * b + a * d);
    EXPECT_EQ((a * b) * d, a * (b * d));
    EXPECT_EQ(a - b + b, a);
    EXPECT_EQ(a + -a, Quintic::zero());
    EXPECT_EQ(a * s, a * Quintic::from(s));
    EXPECT_EQ(a + s, a + Quintic::from(s));
    EXPECT_EQ(a - s, a - Quintic::from(s));
    EXPECT_EQ(s - a, Quintic::from(s) - a);
    EXPECT_EQ(a.halve().doubled(), a);
    EXPECT_EQ(a != b, !(a == b));
  }
}

TEST(Quintic, FrobeniusIsThePthPower) {
  for (const Quintic& a : samples()) {
    EXPECT_EQ(a.frobenius(), a.pow(KoalaBear::modulus));
    EXPECT_EQ(a.frobenius().frobenius().frobenius().frobenius().frobenius(), a);
  }
}

TEST(Quintic, InverseOfZeroIsZero) {
  for (const Quintic& a : samples()) {
    EXPECT_EQ(a * a.inverse(), a.is_zero() ? Quintic::zero() : Quintic::one());
  }
  EXPECT_EQ(Quintic::zero().inverse(), Quintic::zero());
}

// 5 is prime, so X^(p^5) = X and X^p != X show that X^5 + X^2 - 1 has no factor of smaller degree.
TEST(Quintic, ItsPolynomialIsIrreducible) {
  const Quintic x = {{KoalaBear::zero(), KoalaBear::one(), {}, {}, {}}};
  Quintic y = x;
  for (int i = 0; i < 5; ++i) y = y.pow(KoalaBear::modulus);
  EXPECT_EQ(y, x);
  EXPECT_NE(x.pow(KoalaBear::modulus), x);
}

}  // namespace
}  // namespace cairn::engine
