#include "prover/poly/ntt.h"

#include <gtest/gtest.h>

#include "prover/parallel.h"
#include "prover/poly/multilinear.h"
#include "tests/unit/prover/isas.h"
#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

/// (a, a^2, a^4, …).
std::vector<Quintic> powers(KoalaBear a, unsigned m) {
  std::vector<Quintic> out;
  for (unsigned i = 0; i < m; ++i, a = a.square()) out.push_back(Quintic::from(a));
  return out;
}

TEST(Ntt, RowIIsTheRowOfPolynomialsAtPowersOfGToTheI) {
  test::for_each_isa([] {
    test::RandomElements random;
    for (unsigned m = 0; m <= 6; ++m) {
      for (unsigned r = 0; r <= 3; ++r) {
        for (const std::size_t width : {1u, 3u, 16u, 21u}) {
          std::vector<std::vector<KoalaBear>> values;
          std::vector<const KoalaBear*> columns;
          for (std::size_t j = 0; j + j / 4 < width; ++j) values.push_back(random.bases(std::size_t{1} << m));
          for (const auto& v : values) columns.push_back(v.data());
          const BaseMatrix out = encode(columns, width, m, r);
          ASSERT_EQ(out.height(), std::size_t{1} << (m + r));
          const KoalaBear g = KoalaBear::two_adic_generator(m + r);
          for (std::size_t i = 0; i < out.height(); ++i) {
            for (std::size_t j = 0; j < width; ++j) {
              const Quintic expected =
                  j < values.size() ? evaluate(values[j], powers(g.pow(i), m)) : Quintic::zero();
              ASSERT_EQ(Quintic::from(out.row(i)[j]), expected) << m << ' ' << r << ' ' << i << ' ' << j;
            }
          }
        }
      }
    }
  });
}

// Higher than one chunk that stays in the cache, and than one group of layers.
TEST(Ntt, TallMatricesAreTheSameOnEveryInstructionSetAndThreadCount) {
  test::RandomElements random;
  const unsigned m = 14, r = 1;
  std::vector<std::vector<KoalaBear>> values;
  std::vector<const KoalaBear*> columns;
  for (int j = 0; j < 20; ++j) values.push_back(random.bases(std::size_t{1} << m));
  for (const auto& v : values) columns.push_back(v.data());
  const BaseMatrix expected = encode(columns, 24, m, r);
  const KoalaBear g = KoalaBear::two_adic_generator(m + r);
  for (int n = 0; n < 50; ++n) {
    const std::size_t i = random.bits() % expected.height(), j = random.bits() % 20;
    EXPECT_EQ(Quintic::from(expected.row(i)[j]), evaluate(values[j], powers(g.pow(i), m)));
  }
  test::for_each_isa([&] {
    for (const unsigned threads : {1u, 2u, 4u}) {
      set_thread_count(threads);
      const BaseMatrix out = encode(columns, 24, m, r);
      EXPECT_TRUE(std::equal(out.data(), out.data() + out.height() * 24, expected.data()));
    }
  });
  set_thread_count(0);
}

TEST(Ntt, BlocksAreTheHighBits) {
  test::RandomElements random;
  const std::vector<KoalaBear> values = random.bases(1 << 7);
  const BaseMatrix out = encode_blocks(BaseVector::of(values), 2, 1, 4);
  ASSERT_EQ(out.height(), 64u);
  ASSERT_EQ(out.width(), 4u);
  const KoalaBear a = KoalaBear::two_adic_generator(6).pow(11);
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_EQ(Quintic::from(out.row(11)[j]), evaluate(std::span(values).subspan(32 * j, 32), powers(a, 5)));
  }
}

TEST(Ntt, BlocksThatAreNotActiveAreZero) {
  test::RandomElements random;
  std::vector<KoalaBear> values = random.bases(1 << 10);
  for (std::size_t i = 19 * 32; i < values.size(); ++i) values[i] = KoalaBear::zero();
  const BaseMatrix all = encode_blocks(BaseVector::of(values), 5, 1, 32);
  const BaseMatrix some = encode_blocks(BaseVector::of(values), 5, 1, 19);
  EXPECT_TRUE(std::equal(all.data(), all.data() + 64 * 32, some.data()));
}

TEST(Ntt, ExtensionBlocksAreCoordinateByCoordinate) {
  test::RandomElements random;
  const std::vector<Quintic> values = random.exts(1 << 6);
  const BaseMatrix out = encode_blocks(ExtVector::of(values), 2, 2);
  ASSERT_EQ(out.width(), 20u);
  const KoalaBear a = KoalaBear::two_adic_generator(6).pow(45);
  for (std::size_t j = 0; j < 4; ++j) {
    const Quintic expected = evaluate(std::span(values).subspan(16 * j, 16), powers(a, 4));
    for (std::size_t c = 0; c < 5; ++c) EXPECT_EQ(out.row(45)[4 * c + j], expected.c[c]);
  }
}

}  // namespace
}  // namespace cairn::engine
