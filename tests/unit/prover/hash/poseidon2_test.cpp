#include "prover/hash/poseidon2.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

using State = std::array<KoalaBear, 16>;

State state(const std::array<std::uint32_t, 16>& canonical) {
  State out;
  for (std::size_t i = 0; i < 16; ++i) out[i] = KoalaBear::from(canonical[i]);
  return out;
}

// Plonky3, test_default_koalabear_poseidon2_width_16.
TEST(Poseidon2, KnownAnswer) {
  State x = state({894848333, 1437655012, 1200606629, 1690012884, 71131202, 1749206695, 1717947831, 120589055,
                   19776022, 42382981, 1831865506, 724844064, 171220207, 1299207443, 227047920, 1783754913});
  permute(x);
  EXPECT_EQ(x, state({1934285469, 604889435, 133449501, 1026180808, 1830659359, 176667110, 1391183747,
                      351743874, 1238264085, 1292768839, 2023573270, 1201586780, 1360691759, 1230682461,
                      748270449, 651545025}));
}

TEST(Poseidon2, DiagonalIsWhatItSays) {
  const auto inverse_power = [](unsigned k) { return KoalaBear::from(2).pow(k).inverse(); };
  const KoalaBear expected[] = {
      KoalaBear::from(-2), KoalaBear::from(1), KoalaBear::from(2), inverse_power(1),
      KoalaBear::from(3),  KoalaBear::from(4), -inverse_power(1),  KoalaBear::from(-3),
      KoalaBear::from(-4), inverse_power(8),   inverse_power(3),   inverse_power(24),
      -inverse_power(8),   -inverse_power(3),  -inverse_power(4),  -inverse_power(24)};
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(KoalaBear::from(poseidon2::internal_diagonal[i]), expected[i]) << i;
  }
}

TEST(Poseidon2, ExternalLayerIsItsMatrix) {
  constexpr int m4[4][4] = {{2, 3, 1, 1}, {1, 2, 3, 1}, {1, 1, 2, 3}, {3, 1, 1, 2}};
  test::RandomElements random;
  KoalaBear x[16], expected[16] = {};
  for (KoalaBear& e : x) e = random.base();
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      expected[i] += x[j] * KoalaBear::from(m4[i % 4][j % 4] * (i / 4 == j / 4 ? 2 : 1));
    }
  }
  poseidon2::external_layer(x);
  EXPECT_TRUE(std::equal(x, x + 16, expected));
}

TEST(Poseidon2Hash, NodeIsThePermutationPlusItsInput) {
  test::RandomElements random;
  Digest left, right;
  for (KoalaBear& x : left) x = random.base();
  for (KoalaBear& x : right) x = random.base();
  State x;
  std::copy(left.begin(), left.end(), x.begin());
  std::copy(right.begin(), right.end(), x.begin() + 8);
  permute(x);
  const Digest node = Poseidon2Hash::node(left, right);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(node[i], x[i] + left[i]);
}

TEST(Poseidon2Hash, LeafCompressesFromTheRight) {
  test::RandomElements random;
  const std::vector<KoalaBear> words = random.bases(21);
  const auto block = [&](std::size_t i) {
    Digest out{};
    for (std::size_t j = 0; j < 8 && 8 * i + j < words.size(); ++j) out[j] = words[8 * i + j];
    return out;
  };
  Digest expected = Poseidon2Hash::node(block(0), Poseidon2Hash::node(block(1), block(2)));
  expected[0] += KoalaBear::from(21);
  EXPECT_EQ(Poseidon2Hash::leaf(words), expected);
}

TEST(Poseidon2Hash, NoLeafOfSixteenWordsIsTheNodeOfTheSameWords) {
  test::RandomElements random;
  const std::vector<KoalaBear> words = random.bases(16);
  Digest left, right;
  std::copy_n(words.begin(), 8, left.begin());
  std::copy_n(words.begin() + 8, 8, right.begin());
  EXPECT_NE(Poseidon2Hash::leaf(words), Poseidon2Hash::node(left, right));
}

TEST(Poseidon2Hash, ZerosAtTheEndOfALeafCount) {
  std::vector<KoalaBear> words(1, KoalaBear::one());
  std::vector<Digest> seen;
  for (int i = 0; i < 40; ++i) {
    const Digest digest = Poseidon2Hash::leaf(words);
    EXPECT_EQ(std::find(seen.begin(), seen.end(), digest), seen.end()) << words.size();
    seen.push_back(digest);
    words.push_back(KoalaBear::zero());
  }
}

}  // namespace
}  // namespace cairn::engine
