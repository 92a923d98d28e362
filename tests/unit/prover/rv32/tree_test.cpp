// The memory tree: its digests, its openings, and that its tables admit nothing else.
#include "prover/rv32/tree.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "prover/air/check_trace.h"
#include "prover/rv32/chips/chunk.h"
#include "prover/rv32/chips/code_chunk.h"
#include "prover/rv32/chips/hash.h"
#include "prover/rv32/chips/node.h"
#include "prover/rv32/little_endian.h"
#include "prover/rv32/memory_tree.h"
#include "prover/rv32/prove/tree_trace.h"

namespace cairn::rv32 {
namespace {

using engine::BusBalance, engine::Digest, engine::Fault, engine::KoalaBear, engine::TableView;

using Words = std::array<std::uint32_t, 8>;

Words random_words(std::mt19937& random) {
  Words words;
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random());
  return words;
}

/// What a segment could touch: registers, data here and there, code.
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
  std::vector<Digest> siblings() const { return tree.siblings(leaves()); }
  TreeTrace trace() const { return TreeTrace::make(chunks, code, siblings()).value(); }
};

Example example(const std::vector<std::uint32_t>& data, const std::vector<std::uint32_t>& code, unsigned seed = 1) {
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
    const auto at = std::lower_bound(leaves.begin(), leaves.end(), index, [](const LeafChange& a, std::uint32_t b) { return a.index < b; });
    if (at == leaves.end() || at->index != index) leaves.insert(at, {index, leaf_digest(random_words(random))});
  }
  out.tree.update(leaves);
  return out;
}

Example usual_example() {
  return example({0, 1, 2, 3, 4, 0x1000'0000 / 32, 0x1000'0000 / 32 + 1, 0x1000'0040 / 32 + 7, 0x3000'0000 / 32, 0x3800'0000 / 32, kRomLeaf - 1},
                 {0x10000 / 32, 0x10000 / 32 + 1, 0x0ffe'ffe0 / 32});
}

/// The four tables, which tests may change, and a judgement of them.
class Tables {
 public:
  explicit Tables(const Example& example, const TreeTrace& trace) : chunks_(example.chunks), code_(example.code), trace_(trace) {
    add<ChunkChip>(trace.chunks());
    add<CodeChunkChip>(trace.code_chunks());
    add<NodeChip>(trace.nodes());
    add<HashChip>(trace.hashes());
    trace.fill_chunks(view(0), lookups);
    trace.fill_code_chunks(view(1), lookups);
    trace.fill_nodes(view(2));
    trace.fill_hashes(view(3));
  }
  explicit Tables(const Example& example) : Tables(example, example.trace()) {}

  TableView view(std::size_t table) { return {cells_[table].data(), widths_[table], logs_[table]}; }

  /// What is wrong, once everything outside the four tables does what it should; empty when nothing is.
  std::vector<std::string> faults(const Digest& before, const Digest& after) {
    std::vector<Fault> found;
    BusBalance balance;
    engine::check_table_rows<ChunkChip>(view(0), nullptr, balance, found);
    engine::check_table_rows<CodeChunkChip>(view(1), nullptr, balance, found);
    engine::check_table_rows<NodeChip>(view(2), nullptr, balance, found);
    engine::check_table_rows<HashChip>(view(3), nullptr, balance, found);
    std::vector<std::uint32_t> root = {0, 0};
    for (const Digest& digest : {before, after}) {
      for (const KoalaBear x : digest) root.push_back(x.canonical());
    }
    balance[{BusOf::node, root}] += KoalaBear::one();
    for (const TouchedChunk& chunk : chunks_) {
      for (std::uint32_t i = 0; i < 8; ++i) {
        if (chunk.times[i] == 0) continue;
        const std::uint32_t address = 32 * chunk.index + 4 * i;
        balance[{BusOf::memory, {address, chunk.before[i] & 0xffff, chunk.before[i] >> 16, 0}}] -= KoalaBear::one();
        balance[{BusOf::memory, {address, chunk.after[i] & 0xffff, chunk.after[i] >> 16, chunk.times[i]}}] += KoalaBear::one();
      }
    }
    for (const TouchedCode& chunk : code_) {
      for (std::uint32_t i = 0; i < 8; ++i) {
        if ((chunk.used >> i & 1) == 0) continue;
        balance[{BusOf::code, {32 * chunk.index + 4 * i, chunk.words[i] & 0xffff, chunk.words[i] >> 16}}] -= KoalaBear::one();
      }
    }
    for (std::uint32_t x = 0; x < Lookups::kHalves; ++x) {
      if (lookups.halves()[x] != 0) balance[{BusOf::half, {x}}] -= KoalaBear::from(lookups.halves()[x]);
    }
    std::vector<std::string> out;
    for (const Fault& fault : found) out.push_back(to_string(fault));
    for (const auto& [tuple, left] : balance) {
      if (!left.is_zero()) out.push_back(std::string(rv32_buses[tuple.first].name) + " does not balance");
    }
    return out;
  }
  std::vector<std::string> faults() { return faults(trace_.opened().root_before, trace_.opened().root_after); }

  Lookups lookups;

 private:
  template <class Chip>
  void add(std::size_t rows) {
    unsigned log_height = 4;
    while ((std::size_t{1} << log_height) < rows + 2) ++log_height;
    cells_.emplace_back(engine::chip_width<Chip> << log_height);
    widths_.push_back(static_cast<std::uint32_t>(engine::chip_width<Chip>));
    logs_.push_back(log_height);
  }

  std::vector<TouchedChunk> chunks_;
  std::vector<TouchedCode> code_;
  TreeTrace trace_;
  std::vector<std::vector<KoalaBear>> cells_;
  std::vector<std::uint32_t> widths_;
  std::vector<unsigned> logs_;
};

TEST(Tree, DigestsAreThoseOfTheDefinition) {
  const Bytes three = {1, 2, 3};
  const ByteRun run{0x1000'0002, three};
  Digest expected = engine::Poseidon2Hash::node({KoalaBear::zero(), KoalaBear::from(0x0201), KoalaBear::from(3)}, {});
  for (unsigned level = kTreeDepth; level > 0; --level) {
    const bool right = (0x1000'0000u / 32 >> (kTreeDepth - level) & 1) != 0;
    const Digest& other = zero_digest(level);
    expected = right ? engine::Poseidon2Hash::node(other, expected) : engine::Poseidon2Hash::node(expected, other);
  }
  EXPECT_EQ(subtree_digest({0, 0}, {&run, 1}), expected);
  EXPECT_EQ(MemoryTree({&run, 1}).root(), expected);
  EXPECT_EQ(subtree_digest({0, 0}, {}), zero_digest(0));
  EXPECT_EQ(MemoryTree().root(), zero_digest(0));
  EXPECT_EQ(root_of(MemoryTree({&run, 1}).tops()), expected);
}

TEST(Tree, RunsThatShareChunksAndCrossThemCountOnce) {
  std::mt19937 random(2);
  Bytes all(200);
  for (std::uint8_t& byte : all) byte = static_cast<std::uint8_t>(random());
  const ByteView view(all);
  const ByteRun whole[] = {{0x2000'0010, view}};
  const ByteRun pieces[] = {{0x2000'0010, view.first(3)}, {0x2000'0013, view.subspan(3, 1)}, {0x2000'0014, view.subspan(4, 90)},
                            {0x2000'0014 + 90, view.subspan(94)}};
  const Digest expected = MemoryTree(whole).root();
  EXPECT_EQ(MemoryTree(pieces).root(), expected);
  EXPECT_EQ(subtree_digest({0, 0}, whole), expected);
  EXPECT_EQ(subtree_digest({0, 0}, pieces), expected);
  EXPECT_EQ(subtree_digest(kRomPlace, whole), zero_digest(1)) << "outside";
}

TEST(Tree, UpdatesLeaveWhatANewTreeWouldBe) {
  std::mt19937 random(3);
  std::map<std::uint32_t, Words> contents;
  MemoryTree tree;
  for (int round = 0; round < 20; ++round) {
    std::map<std::uint32_t, Words> fresh;
    for (int i = 0; i < 30; ++i) fresh[static_cast<std::uint32_t>(random()) >> (i % 2 ? 6 : 24)] = random_words(random);
    std::vector<LeafChange> changes;
    for (const auto& [index, words] : fresh) {
      contents[index] = words;
      changes.push_back({index, leaf_digest(words)});
    }
    tree.update(changes);
    Bytes bytes;
    for (const auto& [index, words] : contents) {
      for (const std::uint32_t word : words) put_u32(bytes, word);
    }
    std::vector<ByteRun> runs;
    for (const auto& [index, words] : contents) runs.push_back({32 * index, ByteView(bytes).subspan(32 * runs.size(), 32)});
    ASSERT_EQ(tree.root(), subtree_digest({0, 0}, runs)) << round;
    ASSERT_EQ(root_of(tree.tops()), tree.root());
  }
}

TEST(Tree, OpeningsLeadFromTheRootBeforeToTheRootAfter) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::uint32_t> data, code;
    for (std::uint32_t i = 0; i < 40; ++i) data.push_back(static_cast<std::uint32_t>(random()) % kRomLeaf);
    std::sort(data.begin(), data.end());
    data.erase(std::unique(data.begin(), data.end()), data.end());
    if (seed % 2) code = {5, 6, 7, kRomLeaf - 1};
    Example at = example(data, code, seed);
    const auto leaves = at.leaves();
    const auto siblings = at.siblings();
    const TreeTrace trace = at.trace();
    EXPECT_EQ(trace.opened().root_before, at.tree.root());
    EXPECT_EQ(trace.opened().before, at.tree.tops());
    std::vector<LeafChange> changes;
    for (const TouchedChunk& chunk : at.chunks) changes.push_back({chunk.index, leaf_digest(chunk.after)});
    at.tree.update(changes);
    EXPECT_EQ(trace.opened().root_after, at.tree.root());
    EXPECT_EQ(trace.opened().after, at.tree.tops());
    EXPECT_NE(trace.opened().root_after, trace.opened().root_before);

    EXPECT_FALSE(TreeTrace::make(at.chunks, at.code, std::span(siblings).first(siblings.size() - 1)).ok());
    auto more = siblings;
    more.push_back(siblings[0]);
    EXPECT_FALSE(TreeTrace::make(at.chunks, at.code, more).ok());
  }
}

TEST(Tree, AWrongSiblingLeadsToAnotherRoot) {
  const Example at = usual_example();
  const auto honest = at.siblings();
  for (std::size_t i = 0; i < honest.size(); ++i) {
    auto siblings = honest;
    siblings[i][i % 8] += KoalaBear::one();
    const TreeTrace trace = TreeTrace::make(at.chunks, at.code, siblings).value();
    EXPECT_NE(trace.opened().root_before, at.tree.root()) << i;
    EXPECT_NE(trace.opened().root_after, at.trace().opened().root_after) << i;
  }
}

TEST(Tree, DigestsHaveOneEncoding) {
  Bytes bytes;
  put_digest(bytes, zero_digest(3));
  Digest digest{};
  ASSERT_TRUE(get_digest(bytes, digest));
  EXPECT_EQ(digest, zero_digest(3));
  for (std::size_t i = 0; i < 8; ++i) {
    Bytes high = bytes;
    high[4 * i + 3] = 0x7f;
    high[4 * i + 2] = 0;
    high[4 * i + 1] = 0;
    high[4 * i] = 1;
    EXPECT_FALSE(get_digest(high, digest)) << i;
  }
}

TEST(TreeTables, BalanceForAnythingThatIsTouched) {
  EXPECT_EQ(Tables(usual_example()).faults(), std::vector<std::string>());
  EXPECT_EQ(Tables(example({0}, {})).faults(), std::vector<std::string>()) << "one chunk";
  EXPECT_EQ(Tables(example({}, {0})).faults(), std::vector<std::string>()) << "nothing but code";
  EXPECT_EQ(Tables(example({kJournalBegin / 32}, {kRomLeaf - 1})).faults(), std::vector<std::string>());
  EXPECT_EQ(Tables(example({kInputBegin / 32 + 9, kRomLeaf - 1}, {})).faults(), std::vector<std::string>());
  for (unsigned seed = 20; seed < 24; ++seed) {
    std::vector<std::uint32_t> data;
    for (std::uint32_t i = 0; i < 300; ++i) data.push_back(5 * i + seed);
    EXPECT_EQ(Tables(example(data, data, seed)).faults(), std::vector<std::string>());
  }
}

TEST(TreeTables, EqualHashesShareARow) {
  Example at = example({8, 9, 10, 11}, {});
  for (TouchedChunk& chunk : at.chunks) chunk = {chunk.index, at.chunks[0].before, at.chunks[0].before, {}};
  at.tree = MemoryTree();
  std::vector<LeafChange> changes;
  for (const TouchedChunk& chunk : at.chunks) changes.push_back({chunk.index, leaf_digest(chunk.before)});
  at.tree.update(changes);
  const TreeTrace trace = at.trace();
  // Two nodes of level 25, one of each level above; and two above journal and input. The four leaves are one hash.
  EXPECT_EQ(trace.nodes(), 2u + 25 + 2);
  EXPECT_EQ(trace.hashes(), 1u + 1 + 25 + 2);
  EXPECT_EQ(Tables(at).faults(), std::vector<std::string>());
}

TEST(TreeTables, AnotherRootIsRefused) {
  Tables tables(usual_example());
  const TreeTrace trace = usual_example().trace();
  Digest before = trace.opened().root_before, after = trace.opened().root_after;
  EXPECT_TRUE(tables.faults(before, after).empty());
  EXPECT_FALSE(tables.faults(after, before).empty());
  EXPECT_FALSE(tables.faults(before, before).empty());
  before[7] += KoalaBear::one();
  EXPECT_FALSE(tables.faults(before, after).empty());
}

TEST(TreeTables, AChunkThatIsOpenedTwiceIsRefused) {
  const Example at = usual_example();
  const TreeTrace trace = at.trace();
  Tables tables(at);
  // Once more, as it was: what it sends to memory it could be given back. Nobody sends its node twice.
  tables.view(0).put(trace.chunks(), tables.view(0).get<ChunkChip::Columns<KoalaBear>>(5));
  EXPECT_FALSE(tables.faults().empty());
  // Not with its parents either: the root is there once.
  for (std::size_t rows = 0; rows < trace.nodes(); ++rows) {
    Tables more(at);
    TableView nodes = more.view(2);
    if (trace.nodes() == nodes.height()) break;
    nodes.put(trace.nodes(), nodes.get<NodeChip::Columns<KoalaBear>>(rows));
    EXPECT_FALSE(more.faults().empty()) << rows;
  }
}

TEST(TreeTables, NothingIsOpenedBelowTheLeaves) {
  // The leaf of the input is taken for a node whose children are chunks: a tree that the prover made deeper.
  const Example at = usual_example();
  const std::uint32_t below = 0x3800'0000 / 32 * 2;
  std::mt19937 random(9);
  const Words left = random_words(random), right = random_words(random);
  const Digest leaf = engine::Poseidon2Hash::node(leaf_digest(left), leaf_digest(right));
  std::vector<OpenedLeaf> leaves;
  for (const std::uint32_t index : at.leaves()) {
    const Digest digest = index == below / 2 ? leaf : at.tree.at({kTreeDepth, index});
    leaves.push_back({index, digest, digest});
  }
  const OpenedTree opened = open_tree(leaves, at.siblings()).value();

  std::vector<Fault> found;
  BusBalance balance;
  const auto say = [&](auto chip, const auto& row) {
    engine::RowChecker checker(nullptr, nullptr, balance);
    decltype(chip)::eval(checker, row);
    EXPECT_TRUE(checker.failed.empty());
  };
  for (const OpenedNode& node : opened.nodes) {
    NodeChip::Columns<KoalaBear> row;
    NodeChip::fill(row, node);
    say(NodeChip(), row);
  }
  NodeChip::Columns<KoalaBear> row;
  NodeChip::fill(row, {kTreeDepth, below / 2, {{leaf_digest(left), leaf_digest(left), true}, {leaf_digest(right), leaf_digest(right), true}}, leaf, leaf});
  say(NodeChip(), row);
  Lookups lookups;
  for (const auto& [index, words] : {std::pair(below, left), std::pair(below + 1, right)}) {
    ChunkChip::Columns<KoalaBear> chunk;
    ChunkChip::fill(chunk, {index, words, words, {}}, leaf_digest(words), leaf_digest(words), lookups);
    say(ChunkChip(), chunk);
  }
  // The two chunks were sent at level 27 and taken at level 26.
  std::size_t wrong = 0;
  for (const auto& [tuple, left_over] : balance) {
    if (tuple.first == BusOf::node && !left_over.is_zero() && (tuple.second[1] == below || tuple.second[1] == below + 1)) ++wrong;
  }
  EXPECT_EQ(wrong, 4u);
}

TEST(TreeTables, FlagsInPaddingMakeNothingOfNothing) {
  const Example at = usual_example();
  const TreeTrace trace = at.trace();
  for (unsigned i = 0; i < 8; ++i) {
    Tables tables(at);
    auto row = tables.view(1).get<CodeChunkChip::Columns<KoalaBear>>(trace.code_chunks());
    row.used[i] = KoalaBear::one();
    tables.view(1).put(trace.code_chunks(), row);
    const auto faults = tables.faults();
    ASSERT_FALSE(faults.empty());
    EXPECT_NE(faults[0].find("used where there is a chunk"), std::string::npos) << faults[0];
  }
  for (unsigned side = 0; side < 2; ++side) {
    Tables tables(at);
    auto row = tables.view(2).get<NodeChip::Columns<KoalaBear>>(trace.nodes());
    row.touched[side] = KoalaBear::one();
    tables.view(2).put(trace.nodes(), row);
    const auto faults = tables.faults();
    ASSERT_FALSE(faults.empty());
    EXPECT_NE(faults[0].find("touched where there is a node"), std::string::npos) << faults[0];
  }
}

TEST(TreeTables, AChangeCannotBeForgotten) {
  // A node, say the root, that claims to be as it was although a child of it has changed: the hash of its end is not looked up.
  const Example at = usual_example();
  const TreeTrace trace = at.trace();
  for (std::size_t i = 0; i < trace.nodes(); ++i) {
    const OpenedNode& node = trace.opened().nodes[i];
    if (!node.changed()) continue;
    Tables tables(at);
    auto row = tables.view(2).get<NodeChip::Columns<KoalaBear>>(i);
    row.changed = KoalaBear::zero();
    for (unsigned k = 0; k < 8; ++k) row.digest_after[k] = row.digest_before[k];
    tables.view(2).put(i, row);
    const auto faults = tables.faults(trace.opened().root_before, node.level == 0 ? trace.opened().root_before : trace.opened().root_after);
    ASSERT_FALSE(faults.empty());
    EXPECT_NE(faults[0].find("child not changed"), std::string::npos) << i << ": " << faults[0];
  }
  for (std::size_t i = 0; i < at.chunks.size(); ++i) {
    if (at.chunks[i].before == at.chunks[i].after) continue;
    Tables tables(at);
    auto row = tables.view(0).get<ChunkChip::Columns<KoalaBear>>(i);
    row.changed = KoalaBear::zero();
    for (unsigned k = 0; k < 8; ++k) row.digest_after[k] = row.digest_before[k];
    tables.view(0).put(i, row);
    EXPECT_NE(tables.faults().at(0).find("nothing changed"), std::string::npos) << i;
  }
}

TEST(TreeTables, HalvesAtTheBeginningAreSixteenBits) {
  // A leaf of an input that holds what no memory can: its digest is right, its word is not.
  Digest halves[2] = {};
  halves[0][2] = KoalaBear::from(1u << 16);
  ChunkChip::Columns<KoalaBear> row;
  Lookups lookups;
  const Digest leaf = engine::Poseidon2Hash::node(halves[0], halves[1]);
  ChunkChip::fill(row, {0x3800'0000 / 32, {}, {}, {}}, leaf, leaf, lookups);
  row.before[2] = row.after[2] = KoalaBear::from(1u << 16);
  BusBalance balance;
  engine::RowChecker checker(nullptr, nullptr, balance);
  ChunkChip::eval(checker, row);
  EXPECT_TRUE(checker.failed.empty());
  EXPECT_TRUE((balance.contains({BusOf::half, {1u << 16}})));
}

TEST(TreeTables, CodeIsNoData) {
  // Leaf 2^26 - 1 is code; as data it would be at 2^31 - 32 mod p.
  const Words words = {1, 2, 3};
  ChunkChip::Columns<KoalaBear> row;
  Lookups lookups;
  ChunkChip::fill(row, {7, words, words, {}}, leaf_digest(words), leaf_digest(words), lookups);
  row.lo = KoalaBear::from(0xffff);
  row.hi = KoalaBear::from((2 * kRomLeaf - 1) >> 16);
  BusBalance balance;
  engine::RowChecker checker(nullptr, nullptr, balance);
  ChunkChip::eval(checker, row);
  EXPECT_TRUE(checker.failed.empty());
  EXPECT_TRUE(std::any_of(balance.begin(), balance.end(), [](const auto& entry) {
    return entry.first.first == BusOf::half && entry.first.second[0] >= Lookups::kHalves && !entry.second.is_zero();
  }));
}

TEST(TreeTables, DataIsNoCode) {
  // Leaf 7 is data; the row that would make code of it needs lo + 2^16 hi = 7 - 2^25.
  const KoalaBear k = KoalaBear::from(7) - KoalaBear::from(kRomLeaf);
  for (std::uint32_t hi = 0; hi < 1u << 16; hi += 7) {
    // Whatever hi is, lo or 128 hi is no 16-bit number.
    const KoalaBear lo = k - KoalaBear::from(hi) * KoalaBear::from(1u << 16);
    const KoalaBear high = KoalaBear::from(hi) * KoalaBear::from(128);
    ASSERT_FALSE(lo.canonical() < 1u << 16 && high.canonical() < 1u << 16) << hi;
  }
  const Example at = example({7}, {kRomLeaf - 1});
  Tables tables(at);
  auto row = tables.view(1).get<CodeChunkChip::Columns<KoalaBear>>(0);
  row.lo += KoalaBear::from(1u << 16);
  row.hi -= KoalaBear::one();
  tables.view(1).put(0, row);
  EXPECT_FALSE(tables.faults().empty()) << "another way to write the same index";
}

TEST(TreeTables, EveryColumnChangedIsRefused) {
  const Example at = usual_example();
  const TreeTrace trace = at.trace();
  const std::size_t rows[] = {trace.chunks(), trace.code_chunks(), trace.nodes(), trace.hashes()};
  Tables tables(at);
  for (std::size_t table = 0; table < 4; ++table) {
    const TableView view = tables.view(table);
    for (const std::size_t row : {std::size_t{0}, rows[table] / 2, rows[table] - 1}) {
      for (std::size_t column = 0; column < view.width; ++column) {
        KoalaBear& cell = view.at(row, column);
        const KoalaBear kept = cell;
        cell += KoalaBear::one();
        ASSERT_FALSE(tables.faults().empty()) << "table " << table << ", row " << row << ", column " << column;
        cell = kept;
      }
    }
  }
  EXPECT_TRUE(tables.faults().empty());
}

}  // namespace
}  // namespace cairn::rv32
