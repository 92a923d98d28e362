#include "stages/join_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>

namespace cairn::stages {
namespace {

using Key = std::pair<std::uint32_t, std::uint32_t>;
Key key(Join join) { return {join.level, join.index}; }

std::uint32_t ceil_log2(std::uint32_t n) {
  std::uint32_t depth = 0;
  while ((1ull << depth) < n) ++depth;
  return depth;
}

TEST(JoinTree, OfFiveLeavesIsTheOneInTheHeader) {
  const JoinTree tree(5);
  EXPECT_EQ(tree.joins(), (std::vector<Join>{{3, 0}, {2, 0}, {1, 0}, {1, 1}}));
  EXPECT_EQ(tree.above_leaf(0), (JoinInput{{1, 0}, 0}));
  EXPECT_EQ(tree.above_leaf(3), (JoinInput{{1, 1}, 1}));
  EXPECT_EQ(tree.above_leaf(4), (JoinInput{{3, 0}, 1}));
  EXPECT_EQ(tree.above({1, 1}), (JoinInput{{2, 0}, 1}));
  EXPECT_EQ(tree.above({2, 0}), (JoinInput{{3, 0}, 0}));
  EXPECT_EQ(tree.above({3, 0}), std::nullopt);
}

TEST(JoinTree, OfOneLeafHasNoJoin) {
  const JoinTree tree(1);
  EXPECT_TRUE(tree.joins().empty());
  EXPECT_EQ(tree.above_leaf(0), std::nullopt);
}

TEST(JoinTree, EveryJoinComesAfterTheOneItFeeds) {
  for (std::uint32_t n = 1; n <= 1024; ++n) {
    const JoinTree tree(n);
    std::map<Key, bool> seen;
    for (const Join& join : tree.joins()) {
      const auto above = tree.above(join);
      EXPECT_EQ(above.has_value(), !seen.empty()) << "only the first is the root";
      EXPECT_TRUE(!above || seen.contains(key(above->join)));
      EXPECT_TRUE(seen.emplace(key(join), true).second);
    }
    EXPECT_EQ(seen.size(), n - 1);
  }
}

/// Values of the tree evaluated by joins that are intervals of leaves [first, last].
TEST(JoinTree, JoinsNeighboursInOrderAndInLogarithmicDepth) {
  for (std::uint32_t n = 1; n <= 1024; ++n) {
    const JoinTree tree(n);
    struct Value {
      std::uint32_t first, last, depth;
    };
    std::map<Key, std::map<std::uint32_t, Value>> inputs;
    std::optional<Value> result;
    const auto deliver = [&](const std::optional<JoinInput>& above, Value value) {
      if (!above) {
        ASSERT_FALSE(result.has_value());
        result = value;
        return;
      }
      ASSERT_LE(above->slot, 1u);
      ASSERT_TRUE(inputs[key(above->join)].emplace(above->slot, value).second);
    };
    for (std::uint32_t leaf = 0; leaf < n; ++leaf) deliver(tree.above_leaf(leaf), {leaf, leaf, 0});
    auto joins = tree.joins();
    for (auto join = joins.rbegin(); join != joins.rend(); ++join) {
      const auto& in = inputs[key(*join)];
      ASSERT_EQ(in.size(), 2u);
      const Value left = in.at(0), right = in.at(1);
      ASSERT_EQ(left.last + 1, right.first);
      deliver(tree.above(*join), {left.first, right.last, std::max(left.depth, right.depth) + 1});
    }
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->first, 0u);
    EXPECT_EQ(result->last, n - 1);
    EXPECT_EQ(result->depth, ceil_log2(n));
  }
}

}  // namespace
}  // namespace cairn::stages
