#include "prover/rv32/opened_tree.h"

#include "prover/hash/poseidon2_kernels.h"

namespace cairn::rv32 {

using engine::Digest;

namespace {

struct Entry {
  std::uint32_t index = 0;
  OpenedNode::Child digests;
};

/// Hashes all nodes at once: first those of the beginning, then those of the end that are others.
void hash_nodes(std::span<OpenedNode> nodes) {
  std::vector<Digest> pairs;
  pairs.reserve(4 * nodes.size());
  for (const OpenedNode& node : nodes)
    pairs.insert(pairs.end(), {node.children[0].before, node.children[1].before});
  for (const OpenedNode& node : nodes) {
    if (node.changed()) pairs.insert(pairs.end(), {node.children[0].after, node.children[1].after});
  }
  std::vector<Digest> digests(pairs.size() / 2);
  engine::hash_kernels().nodes(pairs.front().data(), digests.size(), digests.front().data());
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].before = nodes[i].after = digests[i];
  auto changed = digests.begin() + static_cast<std::ptrdiff_t>(nodes.size());
  for (OpenedNode& node : nodes) {
    if (node.changed()) node.after = *changed++;
  }
}

void take_tops(const OpenedNode& node, OpenedTree& tree) {
  const auto take = [&](TreePlace place, Digest TreeTops::*top) {
    if (node.level + 1 != place.level || node.index != place.index / 2) return;
    tree.before.*top = node.children[place.index & 1].before;
    tree.after.*top = node.children[place.index & 1].after;
  };
  take(kLowPlace, &TreeTops::low);
  take(kRamPlace, &TreeTops::ram);
  take(kJournalPlace, &TreeTops::journal);
  take(kInputPlace, &TreeTops::input);
  take(kRomPlace, &TreeTops::rom);
}

}  // namespace

std::vector<Digest> leaf_digests(std::span<const std::array<std::uint32_t, 8>> words) {
  if (words.empty()) return {};
  std::vector<Digest> halves, digests(words.size());
  halves.reserve(2 * words.size());
  for (const auto& leaf : words) {
    const auto pair = leaf_halves(leaf);
    halves.insert(halves.end(), pair.begin(), pair.end());
  }
  engine::hash_kernels().nodes(halves.front().data(), words.size(), digests.front().data());
  return digests;
}

Result<OpenedTree> open_tree(std::span<const OpenedLeaf> leaves, std::span<const Digest> siblings) {
  CAIRN_ASSERT(!leaves.empty() && leaves.back().index >> kTreeDepth == 0);
  OpenedTree out;
  std::vector<Entry> known;
  for (const OpenedLeaf& leaf : leaves) {
    CAIRN_ASSERT(known.empty() || known.back().index < leaf.index);
    known.push_back({leaf.index, {leaf.before, leaf.after, true}});
  }
  std::size_t used = 0;
  const auto sibling = [&](unsigned, std::uint32_t index) {
    const Digest digest = used < siblings.size() ? siblings[used] : Digest{};
    ++used;
    return Entry{index, {digest, digest, false}};
  };
  const Entry root = climb(std::move(known), sibling, [&](unsigned level, const std::vector<Entry>& pairs) {
    const std::size_t first = out.nodes.size();
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      out.nodes.push_back({level, pairs[i].index / 2, {pairs[i].digests, pairs[i + 1].digests}, {}, {}});
    }
    const auto fresh = std::span(out.nodes).subspan(first);
    hash_nodes(fresh);
    std::vector<Entry> parents;
    for (const OpenedNode& node : fresh) {
      parents.push_back({node.index, {node.before, node.after, true}});
      take_tops(node, out);
    }
    return parents;
  });
  if (used != siblings.size()) {
    return Error{Code::invalid_input, "the opening of memory has " + std::to_string(siblings.size()) +
                                          " siblings instead of " + std::to_string(used)};
  }
  out.root_before = root.digests.before;
  out.root_after = root.digests.after;
  return out;
}

}  // namespace cairn::rv32
