#include "prover/field/koala_bear.h"

#include <gtest/gtest.h>

#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

constexpr std::uint64_t p = KoalaBear::modulus;

std::vector<KoalaBear> samples() {
  std::vector<KoalaBear> out = test::edges();
  test::RandomElements random;
  for (int i = 0; i < 40; ++i) out.push_back(random.base());
  return out;
}

TEST(KoalaBear, AgreesWithIntegersModuloP) {
  for (const KoalaBear a : samples()) {
    for (const KoalaBear b : samples()) {
      const std::uint64_t x = a.canonical(), y = b.canonical();
      EXPECT_EQ((a + b).canonical(), (x + y) % p);
      EXPECT_EQ((a - b).canonical(), (x + p - y) % p);
      EXPECT_EQ((a * b).canonical(), x * y % p);
      EXPECT_LT((a * b).raw(), p);
      EXPECT_LT((a - b).raw(), p);
    }
    EXPECT_EQ((-a).canonical(), (p - a.canonical()) % p);
    EXPECT_EQ(a.halve() + a.halve(), a);
    EXPECT_EQ(a.cube(), a.pow(3));
    EXPECT_EQ(a.pow(p), a);
    EXPECT_EQ(a.pow(0), KoalaBear::one());
    EXPECT_EQ(KoalaBear::from(a.canonical()), a);
    EXPECT_EQ(KoalaBear::from_raw(a.raw()), a);
  }
}

TEST(KoalaBear, TakesAnyInteger) {
  for (const std::uint32_t x :
       {0u, 1u, 0x7f000000u, 0x7f000001u, 0x7f000002u, 0x80000000u, 0xfe000001u, 0xfe000002u, 0xffffffffu}) {
    EXPECT_EQ(KoalaBear::from(x).canonical(), x % p);
    EXPECT_LT(KoalaBear::from(x).raw(), p);
    EXPECT_EQ(KoalaBear::is_canonical(x), x < p);
  }
  EXPECT_EQ(KoalaBear::from(~std::uint64_t{0}).canonical(), ~std::uint64_t{0} % p);
  EXPECT_EQ(KoalaBear::from(-1).canonical(), p - 1);
  EXPECT_EQ(KoalaBear::from(INT32_MIN).canonical(), (3 * p - (std::uint64_t{1} << 31)) % p);
}

TEST(KoalaBear, InverseOfZeroIsZero) {
  for (const KoalaBear a : samples()) {
    EXPECT_EQ(a * a.inverse(), a.is_zero() ? KoalaBear::zero() : KoalaBear::one());
  }
  EXPECT_EQ(KoalaBear::zero().inverse(), KoalaBear::zero());
}

TEST(KoalaBear, ReducesUpToItsBound) {
  const std::uint64_t bound = p << 32;
  for (const std::uint64_t x :
       {std::uint64_t{0}, std::uint64_t{1}, p - 1, p, bound - 1, bound - p, bound / 2}) {
    const std::uint32_t y = KoalaBear::reduce(x);
    EXPECT_LT(y, p);
    EXPECT_EQ((std::uint64_t{y} << 32) % p, x % p);
  }
}

// zkvm facts: p - 1 = 127 * 2^24, generator 3.
TEST(KoalaBear, TwoAdicGeneratorsHaveTheirOrders) {
  EXPECT_EQ(KoalaBear::two_adic_generator(24), KoalaBear::from(3).pow(127));
  for (unsigned k = 1; k <= KoalaBear::two_adicity; ++k) {
    const KoalaBear g = KoalaBear::two_adic_generator(k);
    EXPECT_EQ(g.pow(std::uint64_t{1} << (k - 1)), -KoalaBear::one()) << k;
    EXPECT_EQ(g.square(), KoalaBear::two_adic_generator(k - 1));
  }
  EXPECT_EQ(KoalaBear::two_adic_generator(0), KoalaBear::one());
}

// Plonky3, koala_bear.rs.
TEST(KoalaBear, KnownProduct) {
  EXPECT_EQ((KoalaBear::from(0x34167c58) * KoalaBear::from(0x61f3207b)).canonical(), 0x54b46b81u);
  static_assert(KoalaBear::from(3u).pow(KoalaBear::modulus - 1) == KoalaBear::one());
}

}  // namespace
}  // namespace cairn::engine
