// The memory tree: its digests and its openings.
#include "prover/rv32/tree.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "prover/rv32/little_endian.h"
#include "tests/unit/prover/rv32/tree_example.h"

namespace cairn::rv32 {
namespace {

using namespace test;
using engine::Digest, engine::KoalaBear;

TEST(Tree, DigestsAreThoseOfTheDefinition) {
  const Bytes three = {1, 2, 3};
  const ByteRun run{0x1000'0002, three};
  Digest expected =
      engine::Poseidon2Hash::node({KoalaBear::zero(), KoalaBear::from(0x0201), KoalaBear::from(3)}, {});
  for (unsigned level = kTreeDepth; level > 0; --level) {
    const bool right = (0x1000'0000u / 32 >> (kTreeDepth - level) & 1) != 0;
    const Digest& other = zero_digest(level);
    expected =
        right ? engine::Poseidon2Hash::node(other, expected) : engine::Poseidon2Hash::node(expected, other);
  }
  EXPECT_EQ(subtree_digest({0, 0}, {&run, 1}), expected);
  EXPECT_EQ(MemoryTree({&run, 1}).root(), expected);
  EXPECT_EQ(subtree_digest({0, 0}, {}), zero_digest(0));
  EXPECT_EQ(MemoryTree().root(), zero_digest(0));
  EXPECT_EQ(root_of(MemoryTree({&run, 1}).tops()), expected);
}

TEST(Tree, RunsThatShareChunksAndCrossThemCountOnce) {
  std::mt19937 random(2);
  Bytes all(200);
  for (std::uint8_t& byte : all) byte = static_cast<std::uint8_t>(random());
  const ByteView view(all);
  const ByteRun whole[] = {{0x2000'0010, view}};
  const ByteRun pieces[] = {{0x2000'0010, view.first(3)},
                            {0x2000'0013, view.subspan(3, 1)},
                            {0x2000'0014, view.subspan(4, 90)},
                            {0x2000'0014 + 90, view.subspan(94)}};
  const Digest expected = MemoryTree(whole).root();
  EXPECT_EQ(MemoryTree(pieces).root(), expected);
  EXPECT_EQ(subtree_digest({0, 0}, whole), expected);
  EXPECT_EQ(subtree_digest({0, 0}, pieces), expected);
  EXPECT_EQ(subtree_digest(kRomPlace, whole), zero_digest(1)) << "outside";
}

TEST(Tree, UpdatesLeaveWhatANewTreeWouldBe) {
  std::mt19937 random(3);
  std::map<std::uint32_t, Words> contents;
  MemoryTree tree;
  for (int round = 0; round < 20; ++round) {
    std::map<std::uint32_t, Words> fresh;
    for (int i = 0; i < 30; ++i)
      fresh[static_cast<std::uint32_t>(random()) >> (i % 2 ? 6 : 24)] = random_words(random);
    std::vector<LeafChange> changes;
    for (const auto& [index, words] : fresh) {
      contents[index] = words;
      changes.push_back({index, leaf_digest(words)});
    }
    tree.update(changes);
    Bytes bytes;
    for (const auto& [index, words] : contents) {
      for (const std::uint32_t word : words) put_u32(bytes, word);
    }
    std::vector<ByteRun> runs;
    for (const auto& [index, words] : contents)
      runs.push_back({32 * index, ByteView(bytes).subspan(32 * runs.size(), 32)});
    ASSERT_EQ(tree.root(), subtree_digest({0, 0}, runs)) << round;
    ASSERT_EQ(root_of(tree.tops()), tree.root());
  }
}

TEST(Tree, OpeningsLeadFromTheRootBeforeToTheRootAfter) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::uint32_t> data, code;
    for (std::uint32_t i = 0; i < 40; ++i) data.push_back(static_cast<std::uint32_t>(random()) % kRomLeaf);
    std::sort(data.begin(), data.end());
    data.erase(std::unique(data.begin(), data.end()), data.end());
    if (seed % 2) code = {5, 6, 7, kRomLeaf - 1};
    Example at = example(data, code, seed);
    const auto leaves = at.leaves();
    const auto siblings = at.siblings();
    const TreeTrace trace = at.trace();
    EXPECT_EQ(trace.opened().root_before, at.tree.root());
    EXPECT_EQ(trace.opened().before, at.tree.tops());
    std::vector<LeafChange> changes;
    for (const TouchedChunk& chunk : at.chunks) changes.push_back({chunk.index, leaf_digest(chunk.after)});
    at.tree.update(changes);
    EXPECT_EQ(trace.opened().root_after, at.tree.root());
    EXPECT_EQ(trace.opened().after, at.tree.tops());
    EXPECT_NE(trace.opened().root_after, trace.opened().root_before);

    EXPECT_FALSE(TreeTrace::make(at.chunks, at.code, std::span(siblings).first(siblings.size() - 1)).ok());
    auto more = siblings;
    more.push_back(siblings[0]);
    EXPECT_FALSE(TreeTrace::make(at.chunks, at.code, more).ok());
  }
}

TEST(Tree, AWrongSiblingLeadsToAnotherRoot) {
  const Example at = usual_example();
  const auto honest = at.siblings();
  for (std::size_t i = 0; i < honest.size(); ++i) {
    auto siblings = honest;
    siblings[i][i % 8] += KoalaBear::one();
    const TreeTrace trace = TreeTrace::make(at.chunks, at.code, siblings).value();
    EXPECT_NE(trace.opened().root_before, at.tree.root()) << i;
    EXPECT_NE(trace.opened().root_after, at.trace().opened().root_after) << i;
  }
}

TEST(Tree, DigestsHaveOneEncoding) {
  Bytes bytes;
  put_digest(bytes, zero_digest(3));
  Digest digest{};
  ASSERT_TRUE(get_digest(bytes, digest));
  EXPECT_EQ(digest, zero_digest(3));
  for (std::size_t i = 0; i < 8; ++i) {
    Bytes high = bytes;
    high[4 * i + 3] = 0x7f;
    high[4 * i + 2] = 0;
    high[4 * i + 1] = 0;
    high[4 * i] = 1;
    EXPECT_FALSE(get_digest(high, digest)) << i;
  }
}

}  // namespace
}  // namespace cairn::rv32
