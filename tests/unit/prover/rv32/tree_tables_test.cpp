// The tables of the memory tree: they balance for what is touched, and admit nothing else.
#include <gtest/gtest.h>

#include <random>

#include "prover/air/check_trace.h"
#include "prover/rv32/chips/chunk.h"
#include "prover/rv32/chips/code_chunk.h"
#include "prover/rv32/chips/hash.h"
#include "prover/rv32/chips/node.h"
#include "tests/unit/prover/rv32/tree_example.h"

namespace cairn::rv32 {
namespace {

using namespace test;
using engine::BusBalance, engine::Digest, engine::Fault, engine::KoalaBear, engine::TableView;

/// The four tables, which tests may change, and a judgement of them.
class Tables {
 public:
  explicit Tables(const Example& example, const TreeTrace& trace)
      : chunks_(example.chunks), code_(example.code), trace_(trace) {
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
        balance[{BusOf::memory, {address, chunk.before[i] & 0xffff, chunk.before[i] >> 16, 0}}] -=
            KoalaBear::one();
        balance[{BusOf::memory, {address, chunk.after[i] & 0xffff, chunk.after[i] >> 16, chunk.times[i]}}] +=
            KoalaBear::one();
      }
    }
    for (const TouchedCode& chunk : code_) {
      for (std::uint32_t i = 0; i < 8; ++i) {
        if ((chunk.used >> i & 1) == 0) continue;
        balance[{BusOf::code, {32 * chunk.index + 4 * i, chunk.words[i] & 0xffff, chunk.words[i] >> 16}}] -=
            KoalaBear::one();
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
  std::vector<std::string> faults() {
    return faults(trace_.opened().root_before, trace_.opened().root_after);
  }

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
  // Two nodes of level 25, one of each level above; and two above journal and input. The four leaves are one
  // hash.
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
  NodeChip::fill(
      row, {kTreeDepth,
            below / 2,
            {{leaf_digest(left), leaf_digest(left), true}, {leaf_digest(right), leaf_digest(right), true}},
            leaf,
            leaf});
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
    if (tuple.first == BusOf::node && !left_over.is_zero() &&
        (tuple.second[1] == below || tuple.second[1] == below + 1))
      ++wrong;
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
  // A node, say the root, that claims to be as it was although a child of it has changed: the hash of its end
  // is not looked up.
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
    const auto faults = tables.faults(
        trace.opened().root_before, node.level == 0 ? trace.opened().root_before : trace.opened().root_after);
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
  for (std::size_t i = 0; i < 16; ++i) {
    Digest halves[2] = {};
    halves[i / 8][i % 8] = KoalaBear::from(1u << 16);
    ChunkChip::Columns<KoalaBear> row;
    Lookups lookups;
    const Digest leaf = engine::Poseidon2Hash::node(halves[0], halves[1]);
    ChunkChip::fill(row, {0x3800'0000 / 32, {}, {}, {}}, leaf, leaf, lookups);
    row.before[i] = row.after[i] = KoalaBear::from(1u << 16);
    BusBalance balance;
    engine::RowChecker checker(nullptr, nullptr, balance);
    ChunkChip::eval(checker, row);
    EXPECT_TRUE(checker.failed.empty());
    EXPECT_TRUE((balance.contains({BusOf::half, {1u << 16}}))) << i;
  }
}

/// Constraints of a row are met one after the other, by changing the column that each is about; but for one.
class HashFromAMistake : public engine::Builder<HashFromAMistake, KoalaBear> {
 public:
  HashFromAMistake(KoalaBear* states, std::size_t mistake) : states_(states), mistake_(mistake) {}

  void on_constraint(KoalaBear value, const char*) {
    states_[number_] += number_ == mistake_ ? KoalaBear::one() : value;
    ++number_;
  }
  void on_interaction(unsigned, engine::Side, bool, KoalaBear, const KoalaBear* tuple, std::size_t width) {
    said.assign(tuple, tuple + width);
  }
  KoalaBear lift(KoalaBear x) const { return x; }
  const KoalaBear* public_values() const { return nullptr; }
  const KoalaBear* structured_values() const { return nullptr; }

  std::vector<KoalaBear> said;

 private:
  KoalaBear* states_;
  std::size_t mistake_, number_ = 0;
};

TEST(TreeTables, AHashWithOneMistakeIsRefused) {
  using Columns = HashChip::Columns<KoalaBear>;
  Columns honest{};
  for (std::size_t i = 0; i < 16; ++i) honest.input[i] = KoalaBear::from(static_cast<std::uint32_t>(i * i));
  HashChip::fill(honest, KoalaBear::one());
  Columns same = honest;
  HashFromAMistake honestly(engine::as_array<Columns, KoalaBear>(same) + 17, ~std::size_t{0});
  HashChip::eval(honestly, same);
  const std::vector<KoalaBear> digest = honestly.said;
  constexpr std::size_t states = engine::chip_width<HashChip> - 17;  // each has a constraint
  std::size_t other_digests = 0;
  for (std::size_t mistake = 0; mistake < states; ++mistake) {
    Columns row = honest;
    HashFromAMistake follow(engine::as_array<Columns, KoalaBear>(row) + 17, mistake);
    HashChip::eval(follow, row);
    other_digests += follow.said != digest;
    BusBalance balance;
    engine::RowChecker checker(nullptr, nullptr, balance);
    HashChip::eval(checker, row);
    EXPECT_EQ(checker.failed.size(), 1u) << mistake;
  }
  // All but the eight elements of the output that are left out of a digest.
  EXPECT_EQ(other_digests, states - 8);
}

TEST(TreeTables, WhatChangesIsSaid) {
  // A change that the row denies, in each half and each element of a digest: of a chunk; of a node's own
  // digest; and of a child that is not opened, with the digest that follows.
  const auto holds = [](auto chip, const auto& row) {
    BusBalance balance;
    engine::RowChecker checker(nullptr, nullptr, balance);
    decltype(chip)::eval(checker, row);
    return checker.failed.empty();
  };
  const Example at = usual_example();
  const TreeTrace trace = at.trace();
  Tables tables(at);
  std::size_t chunks = 0, nodes = 0, children = 0;
  for (std::size_t i = 0; i < trace.chunks(); ++i) {
    auto row = tables.view(0).get<ChunkChip::Columns<KoalaBear>>(i);
    if (!row.changed.is_zero()) continue;
    ++chunks;
    const auto expect_refused = [&](KoalaBear& cell) {
      cell += KoalaBear::one();
      EXPECT_FALSE(holds(ChunkChip(), row)) << i;
      cell -= KoalaBear::one();
    };
    for (KoalaBear& half : row.after) expect_refused(half);
    for (KoalaBear& element : row.digest_after) expect_refused(element);
  }
  for (std::size_t i = 0; i < trace.nodes(); ++i) {
    auto row = tables.view(2).get<NodeChip::Columns<KoalaBear>>(i);
    for (std::size_t k = 0; k < 16; ++k) {
      if (!row.changed.is_zero() && !row.touched[k / 8].is_zero()) continue;
      ++children;
      row.after[k] += KoalaBear::one();
      EXPECT_FALSE(holds(NodeChip(), row)) << i << " " << k;
      row.after[k] -= KoalaBear::one();
    }
    if (!row.changed.is_zero()) continue;
    ++nodes;
    for (KoalaBear& element : row.digest_after) {
      element += KoalaBear::one();
      EXPECT_FALSE(holds(NodeChip(), row)) << i;
      element -= KoalaBear::one();
    }
  }
  EXPECT_TRUE(chunks != 0 && nodes != 0 && children != 0);
}

/// Half lookups of a row that no table has.
template <class Chip>
std::size_t halves_missing(const typename Chip::template Columns<KoalaBear>& row) {
  BusBalance balance;
  engine::RowChecker checker(nullptr, nullptr, balance);
  Chip::eval(checker, row);
  EXPECT_TRUE(checker.failed.empty());
  return static_cast<std::size_t>(std::count_if(balance.begin(), balance.end(), [](const auto& entry) {
    return entry.first.first == BusOf::half && entry.first.second[0] >= Lookups::kHalves;
  }));
}

TEST(TreeTables, AnIndexIsBelowTheRomInEveryWayToWriteIt) {
  const Words words = {1, 2, 3};
  Lookups lookups;
  ChunkChip::Columns<KoalaBear> chunk;
  ChunkChip::fill(chunk, {7, words, words, {}}, leaf_digest(words), leaf_digest(words), lookups);
  CodeChunkChip::Columns<KoalaBear> code;
  CodeChunkChip::fill(code, {7, words, 0}, leaf_digest(words), lookups);
  const KoalaBear per_128 = KoalaBear::from(128).inverse(), end = KoalaBear::from(kRomLeaf);
  // lo too large; hi too large; hi a fraction.
  for (const auto& [lo, hi] : {std::pair{end, KoalaBear::zero()},
                               {KoalaBear::zero(), KoalaBear::from(kRomLeaf >> 16)},
                               {KoalaBear::from(0xffff), KoalaBear::from(0xffff) * per_128}}) {
    chunk.lo = code.lo = lo;
    chunk.hi = code.hi = hi;
    EXPECT_EQ(halves_missing<ChunkChip>(chunk), 1u) << lo.canonical();
    EXPECT_EQ(halves_missing<CodeChunkChip>(code), 1u) << lo.canonical();
  }
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
    return entry.first.first == BusOf::half && entry.first.second[0] >= Lookups::kHalves &&
           !entry.second.is_zero();
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
        ASSERT_FALSE(tables.faults().empty())
            << "table " << table << ", row " << row << ", column " << column;
        cell = kept;
      }
    }
  }
  EXPECT_TRUE(tables.faults().empty());
}

}  // namespace
}  // namespace cairn::rv32
