#include "prover/rv32/footprint.h"

#include <algorithm>
#include <bit>

namespace cairn::rv32 {
namespace {

constexpr unsigned kRefresh = 7, kBytes = 3, kRegions = 7, kProgram = 86, kChunk = 60, kCodeChunk = 35,
                   kNode = 54, kHash = 165;

// clang-format off
constexpr TableColumns kTables[] = {
    {"add", 19},        {"bitwise", 26},     {"shift", 32},      {"compare", 22},     {"constant", 10},    {"jump_register", 18},
    {"branch_equal", 15}, {"branch_less", 19}, {"load_word", 18}, {"load_narrow", 25}, {"store_word", 18},  {"store_narrow", 24},
    {"multiply", 23},   {"multiply_high", 31}, {"divide", 34},   {"system", 7},       {"refresh", kRefresh}, {"bytes", kBytes},
    {"regions", kRegions}, {"program", kProgram}, {"chunk", kChunk}, {"code_chunk", kCodeChunk}, {"node", kNode}, {"hash", kHash},
};
// clang-format on

constexpr std::uint64_t kFixedCells = (std::uint64_t{kBytes} << 16) + (std::uint64_t{kRegions} << 14);
constexpr std::uint64_t kRowsMin = 16;
constexpr std::uint64_t kRegisters = 33;
/// A word that is not touched for so many instructions needs a row of `refresh` before it is.
constexpr unsigned kLogWait = 14;

constexpr std::uint64_t height(std::uint64_t rows) {
  return rows == 0 ? 0 : std::max(kRowsMin, std::bit_ceil(rows));
}

}  // namespace

std::span<const TableColumns> table_columns() { return kTables; }

std::uint64_t instruction_cells(const Counts& counts) {
  std::uint64_t cells = kFixedCells;
  for (std::size_t i = 0; i < kFamilies; ++i) cells += kTables[i].columns * height(counts.rows[i]);
  // An access to memory needs one such row at most, and each register one for each such wait.
  std::uint64_t refreshes = kRegisters * (1 + (counts.cycles >> kLogWait));
  for (const Family family :
       {Family::load_word, Family::load_narrow, Family::store_word, Family::store_narrow}) {
    refreshes += counts.rows[static_cast<std::size_t>(family)];
  }
  return cells + kRefresh * height(refreshes);
}

std::uint64_t tree_cells(const OpenedCounts& opened) {
  const auto& [data, code, nodes] = opened;
  // A chunk of data and a node may have another digest before and after; equal compressions share a row.
  return kChunk * height(data) + kCodeChunk * height(code) + kNode * height(nodes) +
         kHash * height(2 * (data + nodes) + code) + kProgram * height(8 * code);
}

}  // namespace cairn::rv32
