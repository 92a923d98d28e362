#include "prover/prove/eq_prefix.h"

#include <gtest/gtest.h>

#include "prover/poly/multilinear.h"
#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

TEST(EqPrefix, IsTheTableOfTheCoordinatesThatAreLeft) {
  test::RandomElements random;
  const std::vector<Quintic> point = random.exts(15);
  EqPrefix eq(point, 9);
  for (std::size_t variables = point.size();; --variables) {
    ASSERT_EQ(eq.variables(), variables);
    const std::vector<Quintic> table = eq_table(std::span<const Quintic>(point).first(variables));
    Quintic sum = Quintic::zero();
    for (std::size_t y = 0; y < table.size(); ++y) {
      ASSERT_EQ(eq.at(y), table[y]) << variables << " " << y;
      if (y >= table.size() / 3) sum += table[y];
    }
    EXPECT_EQ(eq.sum(table.size() / 3, table.size()), sum);
    EXPECT_EQ(eq.sum(0, table.size()), Quintic::one());
    EXPECT_EQ(eq.sum(table.size() / 3, table.size() / 3), Quintic::zero());
    if (variables == 0) break;
    eq.drop();
  }
}

TEST(EqPrefix, BlocksCoverARangeOnceInWholeVectors) {
  test::RandomElements random;
  const std::vector<Quintic> point = random.exts(13);
  EqPrefix eq(point, 9);
  for (std::size_t variables = point.size(); variables > 0; --variables, eq.drop()) {
    const std::vector<Quintic> table = eq_table(std::span<const Quintic>(point).first(variables));
    const std::size_t size = table.size(), first = size > 64 ? size / 4 + 16 : 0;
    for (const auto& [begin, end] : {std::pair{std::size_t{0}, size}, std::pair{first, size - size / 8}}) {
      std::size_t at = begin;
      eq.for_each_block(begin, end,
                        [&](std::size_t from, std::size_t to, const ExtSpan& part, const Quintic& factor) {
                          EXPECT_EQ(from, at);
                          EXPECT_LE(to - from, 512u);
                          if (size >= 128) {
                            EXPECT_EQ((to - from) % 16, 0u);
                          }
                          for (std::size_t y = from; y < to; ++y)
                            ASSERT_EQ(factor * part.get(y - from), table[y]) << variables << " " << y;
                          at = to;
                        });
      EXPECT_EQ(at, end);
    }
  }
}

}  // namespace
}  // namespace cairn::engine
