// Memory of which a segment could touch parts: registers, data here and there, code; and much that it does
// not touch.
#pragma once

#include <algorithm>
#include <random>

#include "prover/rv32/memory_tree.h"
#include "prover/rv32/prove/tree_trace.h"

namespace cairn::rv32::test {

using Words = std::array<std::uint32_t, 8>;

inline Words random_words(std::mt19937& random) {
  Words words;
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random());
  return words;
}

/// What is touched.
struct Example {
  std::vector<TouchedChunk> chunks;
  std::vector<TouchedCode> code;
  MemoryTree tree;  ///< At the beginning.

  std::vector<std::uint32_t> leaves() const {
    std::vector<std::uint32_t> out;
    for (const TouchedChunk& chunk : chunks) out.push_back(chunk.index);
    for (const TouchedCode& chunk : code) out.push_back(kRomLeaf + chunk.index);
    return out;
  }
  std::vector<engine::Digest> siblings() const { return tree.siblings(leaves()); }
  TreeTrace trace() const { return TreeTrace::make(chunks, code, siblings()).value(); }
};

inline Example example(const std::vector<std::uint32_t>& data, const std::vector<std::uint32_t>& code,
                       unsigned seed = 1) {
  std::mt19937 random(seed);
  Example out;
  std::vector<LeafChange> leaves;
  for (const std::uint32_t index : data) {
    TouchedChunk chunk{index, random_words(random), {}, {}};
    chunk.after = chunk.before;
    for (std::size_t i = 0; i < 8 && random() % 3 != 0; ++i) {
      chunk.times[i] = static_cast<std::uint32_t>(1 + random() % 1000);
      if (random() % 2) chunk.after[i] = static_cast<std::uint32_t>(random());
    }
    out.chunks.push_back(chunk);
    leaves.push_back({index, leaf_digest(chunk.before)});
  }
  for (const std::uint32_t index : code) {
    out.code.push_back({index, random_words(random), static_cast<std::uint8_t>(random())});
    leaves.push_back({kRomLeaf + index, leaf_digest(out.code.back().words)});
  }
  // And some that is not touched.
  for (std::uint32_t i = 0; i < 20; ++i) {
    const std::uint32_t index = static_cast<std::uint32_t>(random()) & ((1u << kTreeDepth) - 1);
    const auto at = std::lower_bound(leaves.begin(), leaves.end(), index,
                                     [](const LeafChange& a, std::uint32_t b) { return a.index < b; });
    if (at == leaves.end() || at->index != index)
      leaves.insert(at, {index, leaf_digest(random_words(random))});
  }
  out.tree.update(leaves);
  return out;
}

inline Example usual_example() {
  return example({0, 1, 2, 3, 4, 0x1000'0000 / 32, 0x1000'0000 / 32 + 1, 0x1000'0040 / 32 + 7,
                  0x3000'0000 / 32, 0x3800'0000 / 32, kRomLeaf - 1},
                 {0x10000 / 32, 0x10000 / 32 + 1, 0x0ffe'ffe0 / 32});
}

}  // namespace cairn::rv32::test
