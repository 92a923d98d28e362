// The part of the memory tree that one segment opens: the paths from what it touches to the root, at its
// beginning and at its end.
#pragma once

#include <span>
#include <vector>

#include "prover/rv32/tree.h"

namespace cairn::rv32 {

/// digests[i] = leaf of words[i], many at once.
std::vector<engine::Digest> leaf_digests(std::span<const std::array<std::uint32_t, 8>> words);

struct OpenedLeaf {
  std::uint32_t index = 0;
  engine::Digest before{}, after{};
};

struct OpenedNode {
  struct Child {
    engine::Digest before{}, after{};
    bool touched = false;  ///< It is opened itself.
  };
  unsigned level = 0;
  std::uint32_t index = 0;
  Child children[2];
  engine::Digest before{}, after{};

  bool changed() const {
    return children[0].before != children[0].after || children[1].before != children[1].after;
  }
};

struct OpenedTree {
  std::vector<OpenedNode> nodes;  ///< Level by level from the leaves up, from the left in each.
  engine::Digest root_before{}, root_after{};
  TreeTops before, after;
};

/// `siblings`: the digests that cannot be computed from the leaves, in the order of climb(). Requires leaves
/// that are sorted, each once, below 2^26, and one at least (asserted). Errors: invalid_input, when there are
/// more or fewer siblings than it takes.
Result<OpenedTree> open_tree(std::span<const OpenedLeaf> leaves, std::span<const engine::Digest> siblings);

}  // namespace cairn::rv32
