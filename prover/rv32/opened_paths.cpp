#include "prover/rv32/opened_paths.h"

#include <array>

#include "prover/rv32/footprint.h"
#include "prover/rv32/segment_tree.h"
#include "prover/rv32/tree.h"

namespace cairn::rv32 {

void OpenedPaths::begin() {
  nodes_.clear();
  data_ = code_ = 0;
  for (std::uint32_t leaf = 0; leaf < kRegisterChunks; ++leaf) (void)open(leaf, UINT64_MAX);
  std::uint32_t index = kJournalPlace.index / 2;
  for (unsigned level = kJournalPlace.level; level-- > 0; index /= 2) nodes_.insert((1u << level) + index);
}

bool OpenedPaths::open(std::uint32_t leaf, std::uint64_t cells_max) {
  std::array<std::uint32_t, kTreeDepth> fresh;
  std::size_t count = 0;
  for (std::uint32_t node = ((1u << kTreeDepth) + leaf) / 2; node > 0 && !nodes_.contains(node); node /= 2)
    fresh[count++] = node;
  OpenedCounts then = counts();
  ++(leaf >= kRomLeaf ? then.code : then.data);
  then.nodes += count;
  if (tree_cells(then) > cells_max) return false;
  nodes_.insert(fresh.begin(), fresh.begin() + static_cast<std::ptrdiff_t>(count));
  data_ = then.data;
  code_ = then.code;
  return true;
}

}  // namespace cairn::rv32
