// The Poseidon2-16 permutation, and the hash of Merkle trees made of it. Scalar, for verifiers and short
// inputs; poseidon2_kernels.h has the batched form.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "prover/hash/poseidon2_rounds.h"

namespace cairn::engine {

/// The permutation, in place.
void permute(std::array<KoalaBear, poseidon2::width>& state);

/// About 248 bits; collisions cost about 2^124 permutations.
using Digest = std::array<KoalaBear, 8>;

/// What a Merkle tree needs of a hash. `compress(l, r)` is the first half of permute(l || r) + (l || r):
/// collision resistant although the permutation can be inverted (Poseidon2, section 3.1, compression mode).
struct Poseidon2Hash {
  using Digest = engine::Digest;
  static constexpr std::size_t block_words = 8;

  /// compress(left, right).
  static Digest node(const Digest& left, const Digest& right);

  /// The words, zero-filled to a multiple of 8 and to at least 16, are compressed from the right:
  /// chain = the last 8 words; chain = compress(the 8 words before, chain) until none are left. Then the
  /// number of words before zero-filling is added to element 0, so that a leaf is never a node and leaves
  /// of different lengths differ. From the right, leaves that end in zeros share their first chain values.
  /// Requires 1 <= words.size() < p. Permutations: max(1, ceil(size / 8) - 1).
  static Digest leaf(std::span<const KoalaBear> words);

  /// What the two cost in permutations.
  static constexpr std::size_t node_permutations = 1;
  static constexpr std::size_t leaf_permutations(std::size_t words) {
    return words <= 16 ? 1 : (words + 7) / 8 - 1;
  }
};

}  // namespace cairn::engine
