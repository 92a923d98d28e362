#include "prover/hash/merkle.h"

#include <gtest/gtest.h>

#include "prover/hash/merkle_tree.h"
#include "tests/unit/prover/isas.h"
#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

/// Not a hash, but small digests that show what was hashed: with a generic BatchHash.
struct ToyHash {
  using Digest = std::array<KoalaBear, 1>;
  static Digest node(const Digest& l, const Digest& r) {
    return {(l[0] + KoalaBear::from(5)).cube() + (r[0] + KoalaBear::from(9)).cube() * KoalaBear::from(7)};
  }
  static Digest leaf(std::span<const KoalaBear> words) {
    Digest out{KoalaBear::from(words.size())};
    for (const KoalaBear x : words) out = node(out, {x});
    return out;
  }
};

BaseMatrix random_matrix(std::size_t height, std::size_t width, std::size_t active) {
  test::RandomElements random;
  BaseMatrix out(height, width);
  for (std::size_t i = 0; i < height; ++i) {
    for (std::size_t j = 0; j < width; ++j) out.row(i)[j] = j < active ? random.base() : KoalaBear::zero();
  }
  return out;
}

std::vector<KoalaBear> rows_at(const BaseMatrix& matrix, std::span<const std::uint32_t> indices) {
  std::vector<KoalaBear> out;
  for (const std::uint32_t i : indices) out.insert(out.end(), matrix.row(i).begin(), matrix.row(i).end());
  return out;
}

template <class Hash>
typename Hash::Digest slow_root(const BaseMatrix& matrix, std::size_t words) {
  std::vector<typename Hash::Digest> level;
  for (std::size_t i = 0; i < matrix.height(); ++i) level.push_back(Hash::leaf(matrix.row(i).first(words)));
  for (; level.size() > 1; level.resize(level.size() / 2)) {
    for (std::size_t i = 0; i < level.size() / 2; ++i) level[i] = Hash::node(level[2 * i], level[2 * i + 1]);
  }
  return level[0];
}

TEST(MerkleTree, RootIsThatOfTheDefinition) {
  test::for_each_isa([] {
    for (const std::size_t height : {1u, 2u, 16u, 64u, 4096u}) {
      for (const auto& [width, active] : {std::pair{4u, 4u}, {16u, 16u}, {64u, 19u}}) {
        const BaseMatrix matrix = random_matrix(height, width, active);
        EXPECT_EQ(MerkleTree<Poseidon2Hash>(matrix, width, active).root(),
                  slow_root<Poseidon2Hash>(matrix, width));
      }
    }
  });
  const BaseMatrix matrix = random_matrix(32, 3, 3);
  EXPECT_EQ(MerkleTree<ToyHash>(matrix).root(), slow_root<ToyHash>(matrix, 3));
}

TEST(MerkleTree, LeavesAreTheFirstWordsOfRows) {
  test::for_each_isa([] {
    for (const auto& [words, active] : {std::pair{16u, 16u}, {40u, 40u}, {40u, 33u}, {20u, 20u}}) {
      const BaseMatrix matrix = random_matrix(64, 48, active);
      EXPECT_EQ(MerkleTree<Poseidon2Hash>(matrix, words, active).root(),
                slow_root<Poseidon2Hash>(matrix, words));
    }
  });
  const BaseMatrix matrix = random_matrix(32, 5, 5);
  EXPECT_EQ(MerkleTree<ToyHash>(matrix, 3, 3).root(), slow_root<ToyHash>(matrix, 3));
}

TEST(MerkleTree, RootDoesNotDependOnThreads) {
  const BaseMatrix matrix = random_matrix(8192, 16, 16);
  const Digest root = MerkleTree<Poseidon2Hash>(matrix).root();
  for (const unsigned threads : {1u, 2u, 4u}) {
    set_thread_count(threads);
    EXPECT_EQ(MerkleTree<Poseidon2Hash>(matrix).root(), root);
  }
  set_thread_count(0);
}

TEST(Merkle, EverySetOfLeavesOpensInOneWay) {
  const BaseMatrix matrix = random_matrix(8, 2, 2);
  const MerkleTree<ToyHash> tree(matrix);
  for (unsigned set = 1; set < 256; ++set) {
    std::vector<std::uint32_t> indices;
    for (std::uint32_t i = 0; i < 8; ++i) {
      if ((set >> i & 1) != 0) indices.push_back(i);
    }
    std::vector<ToyHash::Digest> siblings = tree.open(indices);
    EXPECT_EQ(siblings.size(), sibling_count(3, indices));
    const std::vector<KoalaBear> leaves = rows_at(matrix, indices);
    EXPECT_TRUE(verify_openings<ToyHash>(tree.root(), 3, 2, indices, leaves, siblings)) << set;

    siblings.push_back(siblings.empty() ? tree.root() : siblings.back());
    EXPECT_FALSE(verify_openings<ToyHash>(tree.root(), 3, 2, indices, leaves, siblings)) << "one more";
    siblings.pop_back();
    if (!siblings.empty()) {
      siblings.pop_back();
      EXPECT_FALSE(verify_openings<ToyHash>(tree.root(), 3, 2, indices, leaves, siblings)) << "one less";
    }
  }
}

TEST(Merkle, EveryAlteredWordIsRejected) {
  const BaseMatrix matrix = random_matrix(32, 8, 8);
  const MerkleTree<Poseidon2Hash> tree(matrix);
  const std::vector<std::uint32_t> indices = {3, 4, 5, 17, 30};
  std::vector<KoalaBear> leaves = rows_at(matrix, indices);
  std::vector<Digest> siblings = tree.open(indices);
  const auto verify = [&](std::span<const std::uint32_t> at) {
    return verify_openings<Poseidon2Hash>(tree.root(), 5, 8, at, leaves, siblings);
  };
  ASSERT_TRUE(verify(indices));
  const auto check = [&](KoalaBear& word) {
    word += KoalaBear::one();
    EXPECT_FALSE(verify(indices));
    word -= KoalaBear::one();
  };
  for (KoalaBear& word : leaves) check(word);
  for (Digest& digest : siblings) {
    for (KoalaBear& word : digest) check(word);
  }
  EXPECT_FALSE(verify(std::vector<std::uint32_t>{2, 4, 5, 17, 30})) << "another leaf";
  EXPECT_FALSE(verify(std::vector<std::uint32_t>{3, 5, 4, 17, 30})) << "not sorted";
  EXPECT_FALSE(verify(std::vector<std::uint32_t>{3, 4, 4, 17, 30})) << "repeated";
  EXPECT_FALSE(verify(std::vector<std::uint32_t>{3, 4, 5, 17, 62})) << "out of range";
  EXPECT_FALSE(verify(std::vector<std::uint32_t>{3, 4, 5, 17})) << "fewer than the leaves";
  EXPECT_FALSE(verify({})) << "none";
  leaves.pop_back();
  EXPECT_FALSE(verify(indices)) << "a short leaf";
}

// What would be a second list for the same leaves: each leads to the root, in another order or twice.
TEST(Merkle, LeavesOutOfOrderOrTwiceAreRejectedThoughTheyLeadToTheRoot) {
  const BaseMatrix matrix = random_matrix(32, 8, 8);
  const MerkleTree<Poseidon2Hash> tree(matrix);
  for (const auto& indices : {std::vector<std::uint32_t>{17, 3}, {5, 5}, {5, 4}}) {
    const std::vector<KoalaBear> leaves = rows_at(matrix, indices);
    const std::vector<Digest> siblings = tree.open(indices);
    EXPECT_FALSE(verify_openings<Poseidon2Hash>(tree.root(), 5, 8, indices, leaves, siblings)) << indices[0];
  }
}

TEST(Merkle, DrawnIndicesAreOpenedOnceInOrder) {
  EXPECT_EQ(opened_indices(std::vector<std::uint32_t>{5, 1, 5, 0, 1}), (std::vector<std::uint32_t>{0, 1, 5}));
  EXPECT_TRUE(opened_indices({}).empty());
}

}  // namespace
}  // namespace cairn::engine
