// The product kernels of each instruction set against the definitions, at sizes that leave every
// remainder, and at values that fill the sums of 64 bits.
#include "prover/pcs/product_kernels.h"

#include <gtest/gtest.h>

#include "prover/field/isa.h"
#include "prover/poly/ext_vector.h"
#include "tests/unit/prover/pcs/example.h"

namespace cairn::engine {
namespace {

class ProductKernelsTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (GetParam() > best_isa()) GTEST_SKIP() << "this CPU cannot run it";
  }
  static const ProductKernels& kernels() { return kernels_of_set(GetParam()); }

 private:
  static const ProductKernels& kernels_of_set(Isa set) {
    if (set == Isa::avx512) return product_kernels_avx512;
    return set == Isa::avx2 ? product_kernels_avx2 : product_kernels_scalar;
  }
};

BaseVector base_values(Random& random, std::size_t n, bool largest) {
  BaseVector out(n);
  for (KoalaBear& x : out) x = largest ? KoalaBear::from_raw(KoalaBear::modulus - 1) : random.base();
  return out;
}

ExtVector ext_values(Random& random, std::size_t n, bool largest) {
  ExtVector out(n);
  const KoalaBear most = KoalaBear::from_raw(KoalaBear::modulus - 1);
  for (std::size_t i = 0; i < n; ++i) {
    out.set(i, largest ? Quintic{{most, most, most, most, most}} : random.extension());
  }
  return out;
}

constexpr std::size_t sizes[] = {1, 2, 3, 8, 15, 16, 17, 31, 32, 33, 48, 63, 64, 100, 1024};

TEST_P(ProductKernelsTest, RoundsSumTheLowHalfAndTheDifferences) {
  Random random(3);
  for (bool largest : {false, true}) {
    for (std::size_t n : sizes) {
      const BaseVector base = base_values(random, 2 * n + 5, largest);
      const ExtVector p = ext_values(random, 2 * n, largest), w = ext_values(random, 2 * n, largest);
      ProductSums of_base, of_ext;
      for (std::size_t i = 0; i < n; ++i) {
        of_base.at_zero += w.get(i) * base[i];
        of_base.leading += (w.get(n + i) - w.get(i)) * (base[n + 5 + i] - base[i]);
        of_ext.at_zero += w.get(i) * p.get(i);
        of_ext.leading += (w.get(n + i) - w.get(i)) * (p.get(n + i) - p.get(i));
      }
      const ProductSums got_base = kernels().round_base(base.data(), n + 5, w.plane(0), w.stride(), n, n);
      EXPECT_EQ(got_base.at_zero, of_base.at_zero) << n;
      EXPECT_EQ(got_base.leading, of_base.leading) << n;
      const ProductSums got_ext = kernels().round_ext(p.plane(0), p.stride(), w.plane(0), w.stride(), n, n);
      EXPECT_EQ(got_ext.at_zero, of_ext.at_zero) << n;
      EXPECT_EQ(got_ext.leading, of_ext.leading) << n;
    }
  }
}

TEST_P(ProductKernelsTest, FoldRoundFoldsBothAndSumsWhatComesOut) {
  Random random(4);
  for (std::size_t n : sizes) {
    ExtVector p = ext_values(random, 4 * n, false), w = ext_values(random, 4 * n, false);
    const Quintic r = random.extension();
    const auto folded = [&](const ExtVector& x, std::size_t i) {
      return x.get(i) + r * (x.get(2 * n + i) - x.get(i));
    };
    std::vector<Quintic> p_folded, w_folded;
    for (std::size_t i = 0; i < 2 * n; ++i) {
      p_folded.push_back(folded(p, i));
      w_folded.push_back(folded(w, i));
    }
    ProductSums expected;
    for (std::size_t i = 0; i < n; ++i) {
      expected.at_zero += p_folded[i] * w_folded[i];
      expected.leading += (p_folded[n + i] - p_folded[i]) * (w_folded[n + i] - w_folded[i]);
    }
    const ProductSums got = kernels().fold_round(p.plane(0), p.stride(), w.plane(0), w.stride(), n, r, n);
    EXPECT_EQ(got.at_zero, expected.at_zero) << n;
    EXPECT_EQ(got.leading, expected.leading) << n;
    for (std::size_t i = 0; i < 2 * n; ++i) {
      ASSERT_EQ(p.get(i), p_folded[i]) << n;
      ASSERT_EQ(w.get(i), w_folded[i]) << n;
    }
  }
}

TEST_P(ProductKernelsTest, ProductsSumAsManyAsThereAre) {
  Random random(5);
  for (bool largest : {false, true}) {
    for (std::size_t count : {2U, 8U, 238U, 1000U}) {
      for (std::size_t n : {16U, 48U}) {
        const std::size_t step = n + 3;
        const ExtVector a = ext_values(random, count, largest);
        const BaseVector b = base_values(random, count * step, largest);
        const ExtVector before = ext_values(random, n, largest);
        for (bool add : {false, true}) {
          ExtVector out = before.copy();
          kernels().products(a.plane(0), a.stride(), b.data(), step, count, add, out.plane(0), out.stride(),
                             n);
          for (std::size_t i = 0; i < n; ++i) {
            Quintic sum = add ? before.get(i) : Quintic::zero();
            for (std::size_t q = 0; q < count; ++q) sum += a.get(q) * b[q * step + i];
            ASSERT_EQ(out.get(i), sum) << count << " " << i;
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, ProductKernelsTest, testing::Values(Isa::scalar, Isa::avx2, Isa::avx512),
                         [](const auto& each) { return std::string(isa_name(each.param)); });

}  // namespace
}  // namespace cairn::engine
