#include "prover/rv32/segment_tree.h"

namespace cairn::rv32 {

using engine::Digest;

std::array<ChunkWords, kRegisterChunks> register_chunks(const MachineState& state) {
  std::array<ChunkWords, kRegisterChunks> out{};
  for (std::size_t i = 0; i < state.x.size(); ++i) out[i / 8][i % 8] = state.x[i];
  out[kRegisterChunks - 1][0] = state.discarded;
  return out;
}

std::vector<std::uint32_t> opened_leaves(const Segment& segment) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < kRegisterChunks; ++i) out.push_back(i);
  for (const Chunk& chunk : segment.chunks) out.push_back(chunk.address / kChunkBytes);
  for (const CodeRun& run : segment.code) {
    for (std::uint32_t i = 0; i < run.words.size() / 8; ++i)
      out.push_back(kRomLeaf + run.address / kChunkBytes + i);
  }
  return out;
}

Result<OpenedTree> open_segment(const Segment& segment, const Executor& end) {
  std::vector<ChunkWords> before, after;
  for (const ChunkWords& words : register_chunks(segment.begin)) before.push_back(words);
  for (const ChunkWords& words : register_chunks(end.state())) after.push_back(words);
  for (const Chunk& chunk : segment.chunks) {
    before.push_back(chunk_words(chunk.bytes));
    after.push_back(chunk_words(end.memory(chunk.address, kChunkBytes)));
  }
  for (const CodeRun& run : segment.code) {
    for (std::size_t i = 0; i < run.words.size(); i += 8) {
      std::copy_n(run.words.begin() + static_cast<std::ptrdiff_t>(i), 8, before.emplace_back().begin());
      after.push_back(before.back());
    }
  }
  const std::vector<Digest> digests_before = leaf_digests(before), digests_after = leaf_digests(after);
  const std::vector<std::uint32_t> indices = opened_leaves(segment);
  std::vector<OpenedLeaf> leaves;
  for (std::size_t i = 0; i < indices.size(); ++i)
    leaves.push_back({indices[i], digests_before[i], digests_after[i]});
  return open_tree(leaves, segment.siblings);
}

}  // namespace cairn::rv32
