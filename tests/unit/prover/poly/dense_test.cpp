#include "prover/poly/dense.h"

#include <gtest/gtest.h>

#include "prover/parallel.h"
#include "prover/poly/multilinear.h"
#include "tests/unit/prover/isas.h"
#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

constexpr std::size_t logs[] = {0, 1, 3, 4, 5, 9, 10, 11, 14};

/// Runs the body for every instruction set, with 1, 2 and 4 threads.
template <class Body>
void everywhere(Body&& body) {
  test::for_each_isa([&] {
    for (const unsigned threads : {1u, 2u, 4u}) {
      set_thread_count(threads);
      body();
    }
  });
  set_thread_count(0);
}

void expect_equal(const ExtVector& got, std::span<const Quintic> expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got.get(i), expected[i]) << i;
}

TEST(Dense, EqTablesAreTheScalarOnes) {
  everywhere([] {
    test::RandomElements random;
    for (const std::size_t n : logs) {
      const std::vector<Quintic> point = random.exts(n);
      const std::vector<Quintic> table = eq_table(point);
      expect_equal(dense_eq_table(point), table);

      const Quintic scale = random.ext();
      std::vector<Quintic> expected = random.exts(table.size() + 37);
      ExtVector sum = ExtVector::of(expected);
      add_eq_table(point, scale, sum, 21);
      for (std::size_t i = 0; i < table.size(); ++i) expected[21 + i] += scale * table[i];
      expect_equal(sum, expected);
    }
  });
}

TEST(Dense, EvaluationIsTheScalarOne) {
  everywhere([] {
    test::RandomElements random;
    for (const std::size_t n : logs) {
      const std::vector<Quintic> point = random.exts(n), exts = random.exts(std::size_t{1} << n);
      const std::vector<KoalaBear> bases = random.bases(std::size_t{1} << n);
      EXPECT_EQ(dense_evaluate(bases, point), evaluate(bases, point));
      EXPECT_EQ(dense_evaluate(ExtVector::of(exts), point), evaluate(exts, point));
    }
  });
}

TEST(Dense, DotsAreSumsOfProducts) {
  everywhere([] {
    test::RandomElements random;
    for (const std::size_t n : {0u, 1u, 15u, 16u, 33u, 5000u}) {
      const std::vector<Quintic> a = random.exts(n), b = random.exts(n);
      const std::vector<KoalaBear> s = random.bases(n);
      Quintic base = Quintic::zero(), ext = Quintic::zero();
      for (std::size_t i = 0; i < n; ++i) {
        base += b[i] * s[i];
        ext += a[i] * b[i];
      }
      EXPECT_EQ(dot(s, ExtVector::of(b)), base);
      EXPECT_EQ(dot(ExtVector::of(a), ExtVector::of(b)), ext);
    }
  });
}

TEST(Dense, FoldingBindsVariableZero) {
  everywhere([] {
    test::RandomElements random;
    for (const std::size_t n : logs) {
      if (n == 0) continue;
      const std::size_t half = std::size_t{1} << (n - 1);
      const Quintic r = random.ext();
      const std::vector<KoalaBear> bases = random.bases(2 * half);
      const std::vector<Quintic> exts = random.exts(2 * half);
      std::vector<Quintic> base_fold, ext_fold;
      for (std::size_t i = 0; i < half; ++i) {
        base_fold.push_back(r * (bases[half + i] - bases[i]) + bases[i]);
        ext_fold.push_back(exts[i] + r * (exts[half + i] - exts[i]));
      }
      expect_equal(fold(bases, r), base_fold);
      ExtVector in_place = ExtVector::of(exts);
      fold(in_place, r);
      expect_equal(in_place, ext_fold);

      std::vector<Quintic> point = random.exts(n);
      point[0] = r;
      EXPECT_EQ(evaluate(base_fold, std::span(point).subspan(1)), evaluate(bases, point));
    }
  });
}

}  // namespace
}  // namespace cairn::engine
