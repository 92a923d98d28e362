// Opening several leaves of one binary Merkle tree: what the verifier does. merkle_tree.h builds and opens.
//
// Leaf i is a row of `leaf_words` elements, i < 2^log_leaves. Which leaves are opened is drawn from the
// transcript; each is opened once, in increasing order of index. Behind them come the digests that cannot be
// computed from them: level by level from the leaves up, left to right within a level. There is exactly one
// such list.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

/// What was drawn, sorted, each once.
inline std::vector<std::uint32_t> opened_indices(std::span<const std::uint32_t> drawn) {
  std::vector<std::uint32_t> out(drawn.begin(), drawn.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// Calls sibling(level, index) for each digest that the openings of `indices` need, in the order of the list;
/// `level` 0 is the leaves. Requires sorted indices, each once, below 2^log_leaves.
template <class Sibling>
void for_each_sibling(unsigned log_leaves, std::span<const std::uint32_t> indices, Sibling&& sibling) {
  std::vector<std::uint32_t> known(indices.begin(), indices.end());
  for (unsigned level = 0; level < log_leaves; ++level) {
    std::size_t parents = 0;
    for (std::size_t i = 0; i < known.size(); ++parents) {
      const std::uint32_t node = known[i++];
      if (i < known.size() && known[i] == (node ^ 1)) {
        ++i;
      } else {
        sibling(level, node ^ 1);
      }
      known[parents] = node >> 1;
    }
    known.resize(parents);
  }
}

inline std::size_t sibling_count(unsigned log_leaves, std::span<const std::uint32_t> indices) {
  std::size_t count = 0;
  for_each_sibling(log_leaves, indices, [&](unsigned, std::uint32_t) { ++count; });
  return count;
}

/// Whether these leaves (one behind the other, in the order of `indices`) and siblings lead to `root`, with
/// nothing missing and nothing left over. Total: false for indices that are not sorted, repeated or too
/// large, and for wrong sizes.
template <class Hash>
bool verify_openings(const typename Hash::Digest& root, unsigned log_leaves, std::size_t leaf_words,
                     std::span<const std::uint32_t> indices, std::span<const KoalaBear> leaves,
                     std::span<const typename Hash::Digest> siblings) {
  struct Node {
    std::uint32_t index;
    typename Hash::Digest digest;
  };
  if (log_leaves > 31 || indices.empty() || leaf_words == 0 || leaves.size() / leaf_words != indices.size() ||
      leaves.size() % leaf_words != 0) {
    return false;
  }
  std::vector<Node> known;
  known.reserve(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if ((indices[i] >> log_leaves) != 0 || (i > 0 && indices[i] <= indices[i - 1])) return false;
    known.push_back({indices[i], Hash::leaf(leaves.subspan(i * leaf_words, leaf_words))});
  }
  std::size_t used = 0;
  for (unsigned level = 0; level < log_leaves; ++level) {
    std::size_t parents = 0;
    for (std::size_t i = 0; i < known.size(); ++parents) {
      const Node node = known[i++];
      const bool right = (node.index & 1) != 0;
      typename Hash::Digest other;
      if (i < known.size() && known[i].index == (node.index ^ 1)) {
        other = known[i++].digest;
      } else {
        if (used == siblings.size()) return false;
        other = siblings[used++];
      }
      known[parents] = {node.index >> 1,
                        right ? Hash::node(other, node.digest) : Hash::node(node.digest, other)};
    }
    known.resize(parents);
  }
  return used == siblings.size() && known.front().digest == root;
}

}  // namespace cairn::engine
