#include "prover/poly/ext_vector.h"

#include <gtest/gtest.h>

#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

bool aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

TEST(ExtVector, PlanesAreAlignedAndApart) {
  test::RandomElements random;
  for (const std::size_t size : {1u, 15u, 16u, 17u, 1000u}) {
    const std::vector<Quintic> values = random.exts(size);
    const ExtVector v = ExtVector::of(values);
    ASSERT_EQ(v.size(), size);
    for (std::size_t k = 0; k < 5; ++k) {
      EXPECT_TRUE(aligned(v.plane(k)));
      for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(v.plane(k)[i], values[i].c[k]);
    }
    const ExtVector copy = v.copy();
    for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(copy.get(i), values[i]);
  }
}

TEST(ExtVector, TruncationKeepsTheBeginning) {
  test::RandomElements random;
  const std::vector<Quintic> values = random.exts(40);
  ExtVector v = ExtVector::of(values);
  v.truncate(20);
  EXPECT_EQ(v.size(), 20u);
  EXPECT_EQ(v.copy().get(19), values[19]);
}

TEST(BaseVector, IsAlignedAtEverySizeAndZeroedOnDemand) {
  for (const std::size_t size : {0u, 1u, 17u, 1u << 20, (1u << 20) + 1}) {
    BaseVector v = BaseVector::zeros(size);
    EXPECT_TRUE(aligned(v.data()));
    for (const KoalaBear x : v) ASSERT_TRUE(x.is_zero());
  }
}

}  // namespace
}  // namespace cairn::engine
