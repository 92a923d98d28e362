#include "prover/hash/poseidon2_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "prover/hash/poseidon2.h"
#include "tests/unit/prover/isas.h"
#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

/// Random elements with edges among them.
std::vector<KoalaBear> inputs(std::size_t n) {
  test::RandomElements random;
  const std::vector<KoalaBear> edges = test::edges();
  std::vector<KoalaBear> out = random.bases(n);
  for (KoalaBear& x : out) {
    if (random.bits() % 3 == 0) x = edges[random.bits() % edges.size()];
  }
  return out;
}

constexpr std::size_t counts[] = {0, 1, 7, 8, 15, 16, 17, 40, 100};

TEST(Poseidon2Kernels, PermuteAsTheScalarFunction) {
  test::for_each_isa([] {
    for (const std::size_t n : counts) {
      std::vector<KoalaBear> states = inputs(16 * n), expected = states;
      for (std::size_t i = 0; i < n; ++i) {
        std::array<KoalaBear, 16> state;
        std::copy_n(expected.begin() + static_cast<std::ptrdiff_t>(16 * i), 16, state.begin());
        permute(state);
        std::copy(state.begin(), state.end(), expected.begin() + static_cast<std::ptrdiff_t>(16 * i));
      }
      hash_kernels().permute(states.data(), n);
      ASSERT_EQ(states, expected) << n;
    }
  });
}

TEST(Poseidon2Kernels, HashNodesAsTheScalarFunction) {
  test::for_each_isa([] {
    for (const std::size_t n : counts) {
      const std::vector<KoalaBear> words = inputs(16 * n);
      std::vector<Digest> pairs(2 * n), digests(n), expected(n);
      for (std::size_t i = 0; i < 16 * n; ++i) pairs[i / 8][i % 8] = words[i];
      for (std::size_t i = 0; i < n; ++i) expected[i] = Poseidon2Hash::node(pairs[2 * i], pairs[2 * i + 1]);
      hash_kernels().nodes(words.data(), n, n == 0 ? nullptr : digests[0].data());
      ASSERT_EQ(digests, expected) << n;
    }
  });
}

TEST(Poseidon2Kernels, HashLeavesAsTheScalarFunctionHoweverManyWordsAreActive) {
  test::for_each_isa([] {
    for (const std::size_t width : {8u, 16u, 24u, 64u, 80u}) {
      for (std::size_t active = 0; active <= width; active += width > 24 ? 13 : 1) {
        for (const std::size_t n : {1u, 16u, 37u}) {
          std::vector<KoalaBear> rows = inputs(width * n);
          for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i % width >= active) rows[i] = KoalaBear::zero();
          }
          std::vector<Digest> digests(n), expected(n);
          for (std::size_t i = 0; i < n; ++i) {
            expected[i] = Poseidon2Hash::leaf(std::span(rows).subspan(i * width, width));
          }
          hash_kernels().leaves(rows.data(), width, width, active, n, digests[0].data());
          ASSERT_EQ(digests, expected) << width << ' ' << active << ' ' << n;
        }
      }
    }
  });
}

}  // namespace
}  // namespace cairn::engine
