// The shape of the machine is that of its documents.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

#include "prover/pcs/params.h"
#include "prover/rv32/segment.h"
#include "prover/rv32/tree.h"
#include "prover/rv32/verify/segment_verifier.h"

namespace cairn::rv32 {
namespace {

TEST(Machine, IsAsTheDocumentsSay) {
  const std::regex row(R"(\| `(\w+)` \|.*\| (\d+) \| (\d+) \| (\d+) \|)");
  ASSERT_NE(std::getenv("CAIRN_SOURCE_DIR"), nullptr) << "ctest sets it";
  std::map<std::string, std::array<std::size_t, 3>, std::less<>> said;
  for (const char* page : {"machine.md", "memory-and-products.md", "memory-tree.md"}) {
    std::ifstream in(std::string(std::getenv("CAIRN_SOURCE_DIR")) + "/docs/rv32/" + page);
    ASSERT_TRUE(in) << page;
    for (std::string line; std::getline(in, line);) {
      std::smatch found;
      if (std::regex_match(line, found, row))
        said[found[1]] = {std::stoul(found[2]), std::stoul(found[3]), std::stoul(found[4])};
    }
  }
  for (const engine::TableShape& table : machine_shape().tables) {
    const auto at = said.find(table.name);
    const std::array<std::size_t, 3> is = {table.width, table.constraints, table.interactions.size()},
                                     none = {};
    EXPECT_EQ(at == said.end() ? none : at->second, is)
        << table.name << ": columns, constraints, interactions";
  }
}

/// Rows that a table has when `rows` are in use.
std::uint64_t height(std::uint64_t rows) { return std::max<std::uint64_t>(16, std::bit_ceil(rows)); }

/// More cells than any segment within these limits needs, however its instructions and chunks are spread.
std::uint64_t cells_at_most(const SegmentLimits& limits) {
  constexpr std::uint64_t registers = 5, top = 12;  // levels that 2^12 chunks share
  const std::uint64_t chunks = limits.chunks + registers,
                      nodes = (std::uint64_t{1} << top) + chunks * (kTreeDepth - top);
  std::map<std::string_view, std::uint64_t> widths;
  for (const engine::TableShape& table : machine_shape().tables) widths[table.name] = table.width;
  std::uint64_t cells = (widths["bytes"] << 16) + (widths["regions"] << 14) +
                        widths["chunk"] * height(chunks) + widths["code_chunk"] * height(chunks) +
                        widths["node"] * height(nodes) + widths["hash"] * height(2 * (nodes + chunks)) +
                        widths["refresh"] * height(limits.cycles) +
                        widths["program"] * height(limits.cycles / 32);
  // A table of 2 n rows takes more than n instructions: the widest tables first.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> families;  // width, rows
  for (std::size_t f = 0; f < kFamilies; ++f) {
    families.emplace_back(widths.at(family_name(static_cast<Family>(f))), limits.rows[f]);
  }
  std::sort(families.rbegin(), families.rend());
  std::uint64_t left = limits.cycles;
  for (const auto& [width, rows] : families) {
    const std::uint64_t used = std::min(left, rows / 2);
    cells += width * std::max<std::uint64_t>(16, 2 * used);
    left -= used;
  }
  return cells;
}

TEST(Machine, EverySegmentOfTheClassesUpTo18FitsAProof) {
  for (unsigned log_cycles = kLogClassMin; log_cycles <= 18; ++log_cycles) {
    EXPECT_LE(cells_at_most(segment_class(log_cycles)), std::uint64_t{1} << engine::whir_variables_max)
        << log_cycles;
  }
}

}  // namespace
}  // namespace cairn::rv32
