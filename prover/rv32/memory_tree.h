// The memory tree of a running program: kept up to date segment by segment, at the price of the chunks that
// change.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "prover/rv32/tree.h"

namespace cairn::rv32 {

struct LeafChange {
  std::uint32_t index = 0;
  engine::Digest digest{};
};

/// Memory: 64 bytes for each chunk that is not zero, in pages of 8 KiB, and 4 MiB. Not thread-safe; movable.
class MemoryTree {
 public:
  /// All zero.
  MemoryTree();
  /// These bytes, and zeros. Runs as subtree_digest() wants them.
  explicit MemoryTree(std::span<const ByteRun> runs);

  const engine::Digest& at(TreePlace place) const;
  const engine::Digest& root() const { return at({0, 0}); }
  TreeTops tops() const;
  /// What open_tree() needs besides these leaves. Requires them sorted, each once, below 2^26, and one at
  /// least.
  std::vector<engine::Digest> siblings(std::span<const std::uint32_t> leaves) const;
  /// Requires changes sorted by index, each once, below 2^26.
  void update(std::span<const LeafChange> changes);

 private:
  static constexpr unsigned kLogPage = 8;
  using Page = std::unique_ptr<engine::Digest[]>;
  engine::Digest& slot(TreePlace place);

  std::vector<std::vector<Page>> levels_;  ///< A page that is not there has the level's zero digests.
};

}  // namespace cairn::rv32
