// The tree that joins n values in order, two neighbours at a time. Its shape is a pure function
// of n. The join (L, i) covers the leaves [i·2^L, (i+1)·2^L) below n. It exists when its right half
// has a leaf; otherwise the value of its left half goes straight up. So no join waits for a single
// input, each value has one way to the root, and the depth is ceil(log2 n).
//
//   level 3            o
//                   ┌──┴───┐
//   level 2         o      │
//                ┌──┴──┐   │
//   level 1      o     o   │
//               ┌┴┐   ┌┴┐  │
//   leaves      0 1   2 3  4
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace cairn::stages {

/// A node with two inputs: the `index`-th of its level from the left; level 1 is next to the
/// leaves.
struct Join {
  std::uint32_t level = 0;
  std::uint32_t index = 0;
  bool operator==(const Join&) const = default;
};

/// Where a value goes: input `slot` of `join`, 0 for the left and 1 for the right.
struct JoinInput {
  Join join;
  std::uint32_t slot = 0;
  bool operator==(const JoinInput&) const = default;
};

class JoinTree {
 public:
  /// Requires 1 ≤ leaves ≤ 2^30 (asserted).
  explicit JoinTree(std::uint32_t leaves);

  std::uint32_t leaves() const { return leaves_; }
  /// All leaves − 1 joins, from the root down: each after the one that it goes into.
  std::vector<Join> joins() const;
  /// The join above; nullopt for the root, which is leaf 0 when there is only one leaf.
  std::optional<JoinInput> above_leaf(std::uint32_t leaf) const { return above({0, leaf}); }
  std::optional<JoinInput> above(Join value) const;

 private:
  bool exists(Join join) const;

  std::uint32_t leaves_;
  std::uint32_t depth_;
};

}  // namespace cairn::stages
