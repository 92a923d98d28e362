#include "prover/rv32/memory_tree.h"

#include "prover/hash/poseidon2_kernels.h"
#include "prover/rv32/opened_tree.h"

namespace cairn::rv32 {

using engine::Digest;

MemoryTree::MemoryTree() {
  levels_.resize(kTreeDepth + 1);
  for (unsigned level = 0; level <= kTreeDepth; ++level)
    levels_[level].resize(((1u << level) + (1u << kLogPage) - 1) >> kLogPage);
}

MemoryTree::MemoryTree(std::span<const ByteRun> runs) : MemoryTree() {
  std::vector<LeafChange> changes;
  std::vector<std::array<std::uint32_t, 8>> words;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].bytes.empty()) continue;
    const std::uint32_t last =
        static_cast<std::uint32_t>((runs[i].address + runs[i].bytes.size() - 1) / kChunkBytes);
    for (std::uint32_t index = runs[i].address / kChunkBytes; index <= last; ++index) {
      if (!changes.empty() && changes.back().index == index) continue;  // the run before reaches into it
      std::size_t end = i + 1;
      while (end < runs.size() && runs[end].address / kChunkBytes <= index) ++end;
      changes.push_back({index, {}});
      words.push_back(leaf_of(index, runs.subspan(i, end - i)));
    }
  }
  const std::vector<Digest> digests = leaf_digests(words);
  for (std::size_t i = 0; i < changes.size(); ++i) changes[i].digest = digests[i];
  update(changes);
}

const Digest& MemoryTree::at(TreePlace place) const {
  const Page& page = levels_[place.level][place.index >> kLogPage];
  return page ? page[place.index & ((1u << kLogPage) - 1)] : zero_digest(place.level);
}

Digest& MemoryTree::slot(TreePlace place) {
  Page& page = levels_[place.level][place.index >> kLogPage];
  if (!page) {
    page = std::make_unique_for_overwrite<Digest[]>(std::size_t{1} << kLogPage);
    std::fill_n(page.get(), std::size_t{1} << kLogPage, zero_digest(place.level));
  }
  return page[place.index & ((1u << kLogPage) - 1)];
}

TreeTops MemoryTree::tops() const {
  return {at(kLowPlace), at(kRamPlace), at(kJournalPlace), at(kInputPlace), at(kRomPlace)};
}

std::vector<Digest> MemoryTree::siblings(std::span<const std::uint32_t> leaves) const {
  struct Entry {
    std::uint32_t index;
  };
  std::vector<Entry> known;
  for (const std::uint32_t leaf : leaves) known.push_back({leaf});
  std::vector<Digest> out;
  const auto sibling = [&](unsigned level, std::uint32_t index) {
    out.push_back(at({level, index}));
    return Entry{index};
  };
  climb(std::move(known), sibling, [](unsigned, const std::vector<Entry>& pairs) {
    std::vector<Entry> parents;
    for (std::size_t i = 0; i < pairs.size(); i += 2) parents.push_back({pairs[i].index / 2});
    return parents;
  });
  return out;
}

void MemoryTree::update(std::span<const LeafChange> changes) {
  if (changes.empty()) return;
  for (const LeafChange& change : changes) slot({kTreeDepth, change.index}) = change.digest;
  const auto sibling = [&](unsigned level, std::uint32_t index) {
    return LeafChange{index, at({level, index})};
  };
  std::vector<Digest> children, digests;
  climb(std::vector<LeafChange>(changes.begin(), changes.end()), sibling,
        [&](unsigned level, const std::vector<LeafChange>& pairs) {
          children.clear();
          for (const LeafChange& child : pairs) children.push_back(child.digest);
          digests.resize(pairs.size() / 2);
          engine::hash_kernels().nodes(children.front().data(), digests.size(), digests.front().data());
          std::vector<LeafChange> parents;
          for (std::size_t i = 0; i < digests.size(); ++i) {
            parents.push_back({pairs[2 * i].index / 2, digests[i]});
            slot({level, parents.back().index}) = digests[i];
          }
          return parents;
        });
}

}  // namespace cairn::rv32
