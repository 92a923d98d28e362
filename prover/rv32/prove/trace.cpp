#include "prover/rv32/prove/trace.h"

#include <algorithm>
#include <bit>

#include "prover/parallel.h"

namespace cairn::rv32 {
namespace {

using engine::TableView;

template <class Chip, class... Others>
constexpr bool is_one_of = (std::is_same_v<Chip, Others> || ...);
template <class Chip>
constexpr bool is_fixed = is_one_of<Chip, BytesChip, RegionsChip>;
template <class Chip>
constexpr bool is_of_tree = is_one_of<Chip, ChunkChip, CodeChunkChip, NodeChip, HashChip>;

/// What the rows of a chip are made from, one by one.
template <class Chip>
const auto& items_of(const Recording& recording) {
  if constexpr (requires { Chip::family; }) {
    return recording.steps[static_cast<std::size_t>(Chip::family)];
  } else if constexpr (std::is_same_v<Chip, ProgramChip>) {
    return recording.code;
  } else {
    static_assert(std::is_same_v<Chip, RefreshChip>);
    return recording.refreshes;
  }
}

template <class Chip>
std::size_t rows(const TraceSource& source) {
  if constexpr (is_fixed<Chip>) {
    return std::size_t{1} << Chip::log_height_min;
  } else if constexpr (is_of_tree<Chip>) {
    if (source.tree == nullptr) return 0;
    if constexpr (std::is_same_v<Chip, ChunkChip>) return source.tree->chunks();
    if constexpr (std::is_same_v<Chip, CodeChunkChip>) return source.tree->code_chunks();
    if constexpr (std::is_same_v<Chip, NodeChip>) return source.tree->nodes();
    if constexpr (std::is_same_v<Chip, HashChip>) return source.tree->hashes();
  } else {
    return items_of<Chip>(source.recording).size();
  }
}

template <class Chip>
std::uint8_t log_height(const TraceSource& source) {
  const std::size_t used = rows<Chip>(source);
  if (used == 0) return 0;
  return static_cast<std::uint8_t>(
      std::max(static_cast<unsigned>(std::bit_width(used - 1)), Chip::log_height_min));
}

/// Writes rows [begin, end) of a table, blocks of them at a time: a column's cells lie together.
template <class Chip, class Fill>
void put_rows(const TableView& table, std::size_t begin, std::size_t end, const Fill& fill) {
  using Columns = typename Chip::template Columns<KoalaBear>;
  constexpr std::size_t block = 16;
  Columns rows[block];
  for (std::size_t row = begin; row < end; row += block) {
    const std::size_t count = std::min(block, end - row);
    for (std::size_t i = 0; i < count; ++i) {
      rows[i] = {};
      fill(rows[i], row + i);
    }
    for (std::size_t c = 0; c < table.width; ++c) {
      KoalaBear* const cells = table.cells + (c << table.log_height) + row;
      for (std::size_t i = 0; i < count; ++i) cells[i] = engine::as_array<Columns, KoalaBear>(rows[i])[c];
    }
  }
}

template <class Chip>
void put_padding(const TableView& table, std::size_t begin) {
  typename Chip::template Columns<KoalaBear> row{};
  if constexpr (requires { Chip::pad(row); }) Chip::pad(row);
  const KoalaBear* const values = engine::as_array<decltype(row), KoalaBear>(row);
  for (std::size_t c = 0; c < table.width; ++c) {
    const auto column = table.column(c);
    std::fill(column.begin() + static_cast<std::ptrdiff_t>(begin), column.end(), values[c]);
  }
}

/// Part `part` of `parts` of the rows that a chip has, padding included.
template <class Chip>
void fill_part(const Recording& recording, const TableView& table, std::size_t part, std::size_t parts,
               Lookups& lookups) {
  if constexpr (!is_fixed<Chip> && !is_of_tree<Chip>) {
    if (table.cells == nullptr) return;
    const auto& items = items_of<Chip>(recording);
    const auto bound = [&](std::size_t i) {
      return i == parts ? items.size() : items.size() * i / parts / 16 * 16;
    };
    put_rows<Chip>(table, bound(part), bound(part + 1),
                   [&](auto& row, std::size_t i) { Chip::fill(row, items[i], lookups); });
    if (part + 1 == parts) put_padding<Chip>(table, items.size());
  }
}

template <class Chip>
void fill_fixed(const TableView& table, const Lookups& lookups) {
  if constexpr (is_fixed<Chip>) {
    engine::parallel_for(table.height(), 1024, [&](std::size_t begin, std::size_t end) {
      put_rows<Chip>(table, begin, end, [&](auto& row, std::size_t i) { Chip::fill(row, i, lookups); });
    });
  }
}

void fill_tree(const TreeTrace& tree, std::span<const TableView> tables, Lookups& lookups) {
  tree.fill_chunks(tables[Rv32::index_of<ChunkChip>()], lookups);
  tree.fill_code_chunks(tables[Rv32::index_of<CodeChunkChip>()], lookups);
  tree.fill_nodes(tables[Rv32::index_of<NodeChip>()]);
  tree.fill_hashes(tables[Rv32::index_of<HashChip>()]);
}

/// Calls call.template operator()<Chip>(number) for each chip of the machine.
template <class Call>
void for_each_chip(const Call& call) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (call.template operator()<Rv32::Chip<I>>(I), ...); }
  (std::make_index_sequence<Rv32::tables>());
}

}  // namespace

std::vector<std::size_t> rows_of(const TraceSource& source) {
  std::vector<std::size_t> out(Rv32::tables);
  for_each_chip([&]<class Chip>(std::size_t i) { out[i] = rows<Chip>(source); });
  return out;
}

engine::LogHeights log_heights(const TraceSource& source) {
  engine::LogHeights out(Rv32::tables);
  for_each_chip([&]<class Chip>(std::size_t i) { out[i] = log_height<Chip>(source); });
  return out;
}

void fill_tables(const TraceSource& source, std::span<const TableView> tables) {
  const std::size_t parts = engine::thread_count();
  std::vector<Lookups> lookups(parts);
  engine::parallel_for(parts, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t part = begin; part < end; ++part) {
      for_each_chip([&]<class Chip>(std::size_t i) {
        fill_part<Chip>(source.recording, tables[i], part, parts, lookups[part]);
      });
    }
  });
  for (std::size_t part = 1; part < parts; ++part) lookups[0].add(lookups[part]);
  if (source.tree != nullptr) fill_tree(*source.tree, tables, lookups[0]);
  for_each_chip([&]<class Chip>(std::size_t i) { fill_fixed<Chip>(tables[i], lookups[0]); });
}

}  // namespace cairn::rv32
