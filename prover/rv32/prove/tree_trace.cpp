#include "prover/rv32/prove/tree_trace.h"

#include <cstring>
#include <string_view>
#include <unordered_map>

#include "prover/chips/poseidon2_fill.h"
#include "prover/rv32/chips/chunk.h"
#include "prover/rv32/chips/code_chunk.h"
#include "prover/rv32/chips/node.h"

namespace cairn::rv32 {

using engine::Digest;

namespace {

template <class Row, class Fill>
void fill_rows(const engine::TableView& table, std::size_t rows, const Fill& fill) {
  CAIRN_ASSERT(rows <= table.height());
  Row row;
  for (std::size_t i = 0; i < rows; ++i) {
    fill(row, i);
    table.put(i, row);
  }
  if (rows == table.height()) return;
  table.put(rows, Row{});
  table.repeat_from(rows);
}

}  // namespace

Result<TreeTrace> TreeTrace::make(std::vector<TouchedChunk> chunks, std::vector<TouchedCode> code,
                                  std::span<const Digest> siblings) {
  TreeTrace out;
  out.chunks_ = std::move(chunks);
  out.code_ = std::move(code);
  std::vector<std::array<std::uint32_t, 8>> words;
  for (const TouchedChunk& chunk : out.chunks_) words.insert(words.end(), {chunk.before, chunk.after});
  for (const TouchedCode& chunk : out.code_) words.push_back(chunk.words);
  const std::vector<Digest> digests = leaf_digests(words);
  std::size_t at = 0;
  for (const TouchedChunk& chunk : out.chunks_) {
    CAIRN_ASSERT(chunk.index < kRomLeaf);
    out.leaves_.push_back({chunk.index, digests[at], digests[at + 1]});
    at += 2;
  }
  for (const TouchedCode& chunk : out.code_) {
    CAIRN_ASSERT(chunk.index < kRomLeaf);
    out.leaves_.push_back({kRomLeaf + chunk.index, digests[at], digests[at]});
    ++at;
  }
  CAIRN_ASSIGN(out.opened_, open_tree(out.leaves_, siblings));
  out.count_hashes();
  return out;
}

void TreeTrace::count_hashes() {
  // Keys are the bytes of the elements, which have one representation.
  std::unordered_map<std::string, std::size_t> rows;
  const auto use = [&](const Digest& left, const Digest& right) {
    std::string key(2 * sizeof(Digest), '\0');
    std::memcpy(key.data(), left.data(), sizeof left);
    std::memcpy(key.data() + sizeof left, right.data(), sizeof right);
    const auto [row, fresh] = rows.try_emplace(std::move(key), counts_.size());
    if (fresh) {
      inputs_.insert(inputs_.end(), left.begin(), left.end());
      inputs_.insert(inputs_.end(), right.begin(), right.end());
      counts_.push_back(KoalaBear::zero());
    }
    counts_[row->second] += KoalaBear::one();
  };
  for (const TouchedChunk& chunk : chunks_) {
    const auto before = leaf_halves(chunk.before), after = leaf_halves(chunk.after);
    use(before[0], before[1]);
    if (chunk.before != chunk.after) use(after[0], after[1]);
  }
  for (const TouchedCode& chunk : code_) {
    const auto halves = leaf_halves(chunk.words);
    use(halves[0], halves[1]);
  }
  for (const OpenedNode& node : opened_.nodes) {
    use(node.children[0].before, node.children[1].before);
    if (node.changed()) use(node.children[0].after, node.children[1].after);
  }
}

void TreeTrace::fill_chunks(const engine::TableView& table, Lookups& lookups) const {
  fill_rows<ChunkChip::Columns<KoalaBear>>(table, chunks_.size(), [&](auto& row, std::size_t i) {
    ChunkChip::fill(row, chunks_[i], leaves_[i].before, leaves_[i].after, lookups);
  });
}

void TreeTrace::fill_code_chunks(const engine::TableView& table, Lookups& lookups) const {
  fill_rows<CodeChunkChip::Columns<KoalaBear>>(table, code_.size(), [&](auto& row, std::size_t i) {
    CodeChunkChip::fill(row, code_[i], leaves_[chunks_.size() + i].before, lookups);
  });
}

void TreeTrace::fill_nodes(const engine::TableView& table) const {
  fill_rows<NodeChip::Columns<KoalaBear>>(
      table, nodes(), [&](auto& row, std::size_t i) { NodeChip::fill(row, opened_.nodes[i]); });
}

void TreeTrace::fill_hashes(const engine::TableView& table) const {
  engine::fill_permutations(table, inputs_, counts_);
}

}  // namespace cairn::rv32
