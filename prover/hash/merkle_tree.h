// Building and opening Merkle trees over the rows of a matrix, with several threads. merkle.h has the form of
// an opening and verifies it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/result.h"
#include "prover/hash/merkle.h"
#include "prover/hash/poseidon2.h"
#include "prover/hash/poseidon2_kernels.h"
#include "prover/memory.h"
#include "prover/parallel.h"
#include "prover/poly/base_matrix.h"

namespace cairn::engine {

/// Hashing many rows or pairs of digests. A hash with a batched form has a specialisation.
template <class Hash>
struct BatchHash {
  using Digest = typename Hash::Digest;
  /// digests[i] = leaf of the first `words` elements of row begin + i, for i < count. Those from `active` on
  /// are zero.
  static void leaves(const BaseMatrix& matrix, std::size_t words, std::size_t, std::size_t begin,
                     std::size_t count, Digest* digests) {
    for (std::size_t i = 0; i < count; ++i) digests[i] = Hash::leaf(matrix.row(begin + i).first(words));
  }
  /// digests[i] = node of pairs[2 i] and pairs[2 i + 1], for i < count.
  static void nodes(const Digest* pairs, std::size_t count, Digest* digests) {
    for (std::size_t i = 0; i < count; ++i) digests[i] = Hash::node(pairs[2 * i], pairs[2 * i + 1]);
  }
};

template <>
struct BatchHash<Poseidon2Hash> {
  static void leaves(const BaseMatrix& matrix, std::size_t words, std::size_t active, std::size_t begin,
                     std::size_t count, Digest* digests) {
    if (words % 8 == 0) {
      hash_kernels().leaves(matrix.row(begin).data(), matrix.width(), words, active, count, digests->data());
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        digests[i] = Poseidon2Hash::leaf(matrix.row(begin + i).first(words));
      }
    }
  }
  static void nodes(const Digest* pairs, std::size_t count, Digest* digests) {
    hash_kernels().nodes(pairs->data(), count, digests->data());
  }
};

template <class Hash>
class MerkleTree {
 public:
  using Digest = typename Hash::Digest;

  MerkleTree() = default;
  /// The tree whose leaf i is the first `words` elements of row i. Of these, those from `active` on must be
  /// zero (they are still part of the leaf). Requires a height that is a power of two, active <= words <=
  /// width, words > 0.
  MerkleTree(const BaseMatrix& matrix, std::size_t words, std::size_t active) {
    const std::size_t height = matrix.height();
    CAIRN_ASSERT(height > 0 && (height & (height - 1)) == 0 && words > 0 && active <= words &&
                 words <= matrix.width());
    for (std::size_t n = height; n > 0; n /= 2) levels_.push_back(allocate_buffer<Digest>(n));
    // Each task hashes some rows and the whole subtree above them while it is in the cache.
    const std::size_t grain = std::min<std::size_t>(height, 1024);
    parallel_for(height, grain, [&](std::size_t begin, std::size_t) {
      BatchHash<Hash>::leaves(matrix, words, active, begin, grain, levels_[0].get() + begin);
      hash_up(begin, grain, 0);
    });
    unsigned level = 0;
    for (std::size_t n = grain; n > 1; n /= 2) ++level;
    hash_up(0, height / grain, level);
  }
  /// Of whole rows.
  explicit MerkleTree(const BaseMatrix& matrix) : MerkleTree(matrix, matrix.width(), matrix.width()) {}

  unsigned log_leaves() const { return static_cast<unsigned>(levels_.size()) - 1; }
  const Digest& root() const { return levels_.back()[0]; }
  /// The digests that open `indices`, in the order of merkle.h. Requires sorted indices, each once, in range.
  std::vector<Digest> open(std::span<const std::uint32_t> indices) const {
    std::vector<Digest> out;
    for_each_sibling(log_leaves(), indices,
                     [&](unsigned level, std::uint32_t index) { out.push_back(levels_[level][index]); });
    return out;
  }

 private:
  /// From `count` digests of `level` that begin at `begin` up to their one ancestor.
  void hash_up(std::size_t begin, std::size_t count, unsigned level) {
    for (; count > 1; ++level) {
      BatchHash<Hash>::nodes(levels_[level].get() + begin, count / 2, levels_[level + 1].get() + begin / 2);
      begin /= 2;
      count /= 2;
    }
  }

  std::vector<Buffer<Digest>> levels_;  ///< leaves first
};

}  // namespace cairn::engine
