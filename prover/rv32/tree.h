// The memory tree: one Merkle tree over 2^31 bytes, in which the roots of a run stand for all of its memory.
//
// Leaves are chunks of 32 bytes; leaf i is at byte address 32 i. A leaf's digest is compress() of its sixteen
// 16-bit values, little endian, eight on either side; a node's is compress() of its children's. The root is
// level 0, leaves are level 26. Which levels there are is fixed, so leaves need no mark that tells them from
// nodes.
//
//   root ─┬─ data ─┬─ low    [0, 2^29): registers in the first chunks, code and constants, RAM
//         │        └─ high ─┬─ ram      [2^29, 3 * 2^28)
//         │                 └─ io ─┬─ journal  [0x30000000, 0x38000000)
//         │                        └─ input    [0x38000000, 0x40000000)
//         └─ rom   [2^30, 2^31): the instructions at 2^30 + their address, zero where no code is
//
// Words 0 … 31 of memory are x0 … x31, word 32 takes what is written to x0: see chips/bus.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/bytes.h"
#include "prover/hash/poseidon2.h"
#include "prover/rv32/address_space.h"

namespace cairn::rv32 {

inline constexpr unsigned kTreeDepth = 26;
/// The leaf of the code at pc 0.
inline constexpr std::uint32_t kRomLeaf = 1u << 25;
inline constexpr std::uint32_t kRomBegin = 1u << 30;

struct TreePlace {
  unsigned level;
  std::uint32_t index;
};
inline constexpr TreePlace kLowPlace{2, 0}, kRamPlace{3, 2}, kJournalPlace{4, 6}, kInputPlace{4, 7},
    kRomPlace{1, 1};

/// The digests under a root that have names.
struct TreeTops {
  engine::Digest low{}, ram{}, journal{}, input{}, rom{};

  friend bool operator==(const TreeTops&, const TreeTops&) = default;
};
engine::Digest root_of(const TreeTops& tops);

/// Of a leaf, by its words; and of bytes at a multiple of 32. Requires kChunkBytes bytes (asserted).
std::array<engine::Digest, 2> leaf_halves(const std::array<std::uint32_t, 8>& words);
engine::Digest leaf_digest(const std::array<std::uint32_t, 8>& words);
std::array<std::uint32_t, 8> chunk_words(ByteView bytes);

/// The node at `level` over nothing but zeros.
const engine::Digest& zero_digest(unsigned level);

/// Bytes at an address of the tree.
struct ByteRun {
  std::uint32_t address = 0;
  ByteView bytes;
};
/// The digest of a subtree in which there are these bytes and zeros. Runs that reach into it count as far as
/// they do. Requires runs in the order of their addresses, disjoint, that end at or below 2^31. Time: of the
/// chunks that are not zero, and the depth.
engine::Digest subtree_digest(TreePlace place, std::span<const ByteRun> runs);
/// The leaf of such a subtree.
std::array<std::uint32_t, 8> leaf_of(std::uint32_t index, std::span<const ByteRun> runs);

/// 32 bytes, eight numbers of 4 bytes, little endian, each below p.
void put_digest(Bytes& out, const engine::Digest& digest);
inline constexpr std::size_t kTreeDigestBytes = 32;
/// False when an element is p or more. Requires 32 bytes (asserted).
bool get_digest(ByteView bytes, engine::Digest& digest);

/// Climbs from `known` nodes of level 26, sorted, each once, to the root. Per level, from the left: a node
/// whose neighbour is not known is paired with sibling(level, index); then known = merge(level - 1, pairs),
/// one for each two. journal and input are always known: where neither is, sibling(4, 6) and sibling(4, 7)
/// are asked first. Entry has `index`. Requires known not to be empty.
template <class Entry, class Sibling, class Merge>
Entry climb(std::vector<Entry> known, Sibling&& sibling, Merge&& merge) {
  std::vector<Entry> pairs;
  for (unsigned level = kTreeDepth; level > 0; --level) {
    if (level == kJournalPlace.level) {
      const auto at = std::find_if(known.begin(), known.end(),
                                   [](const Entry& e) { return e.index >= kJournalPlace.index; });
      if (at == known.end() || at->index > kInputPlace.index) {
        Entry both[2] = {sibling(level, kJournalPlace.index), sibling(level, kInputPlace.index)};
        known.insert(at, both, both + 2);
      }
    }
    pairs.clear();
    for (std::size_t i = 0; i < known.size();) {
      const std::uint32_t index = known[i].index;
      const bool right = (index & 1) != 0;
      const bool both = i + 1 < known.size() && known[i + 1].index == (index ^ 1);
      if (right) pairs.push_back(sibling(level, index ^ 1));
      pairs.push_back(known[i++]);
      if (both) {
        pairs.push_back(known[i++]);
      } else if (!right) {
        pairs.push_back(sibling(level, index ^ 1));
      }
    }
    known = merge(level - 1, pairs);
  }
  return known.front();
}

}  // namespace cairn::rv32
