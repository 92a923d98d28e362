#include "prover/rv32/segmented_run.h"

#include "prover/rv32/segment_tree.h"

namespace cairn::rv32 {

using engine::Digest;

Result<SegmentedRun> SegmentedRun::start(const Image& image, ByteView input, const RunLimits& limits) {
  CAIRN_ASSIGN(Executor executor, Executor::start(image, input, limits));
  std::vector<ByteRun> runs = image_runs(image);
  const Bytes content = framed(input);
  const auto rom =
      std::find_if(runs.begin(), runs.end(), [](const ByteRun& run) { return run.address >= kRomBegin; });
  runs.insert(rom, {kInputBegin, content});
  MemoryTree tree(runs);
  const Digest id = image_id({tree.at(kLowPlace), tree.at(kRamPlace), tree.at(kRomPlace), image.entry});
  return SegmentedRun(std::move(executor), std::move(tree), id);
}

Segment SegmentedRun::next(const SegmentLimits& limits) {
  Segment segment = executor_.run_segment(limits, true);
  const bool ends_well = segment.ending == Ending::running || segment.ending == Ending::exited;
  if (segment.counts.cycles == 0 || !ends_well) return segment;
  segment.root_begin = tree_.root();
  segment.siblings = tree_.siblings(opened_leaves(segment));

  std::vector<ChunkWords> words;
  std::vector<LeafChange> changes;
  const auto before = register_chunks(segment.begin), after = register_chunks(segment.end);
  for (std::uint32_t i = 0; i < kRegisterChunks; ++i) {
    if (before[i] == after[i]) continue;
    changes.push_back({i, {}});
    words.push_back(after[i]);
  }
  for (const Chunk& chunk : segment.chunks) {
    const Bytes now = executor_.memory(chunk.address, kChunkBytes);
    if (std::equal(now.begin(), now.end(), chunk.bytes.begin())) continue;
    changes.push_back({chunk.address / kChunkBytes, {}});
    words.push_back(chunk_words(now));
  }
  const std::vector<Digest> digests = leaf_digests(words);
  for (std::size_t i = 0; i < digests.size(); ++i) changes[i].digest = digests[i];
  tree_.update(changes);
  segment.root_end = tree_.root();
  if (segment.ending == Ending::exited) segment.journal = executor_.journal();
  return segment;
}

}  // namespace cairn::rv32
