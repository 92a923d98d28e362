// Which paths of the memory tree a segment opens, counted while it runs.
#pragma once

#include <cstdint>
#include <unordered_set>

namespace cairn::rv32 {

struct OpenedCounts {
  std::uint64_t data = 0, code = 0;  ///< Chunks; those of registers are data.
  std::uint64_t nodes = 0;           ///< Above them.
};

/// Not thread-safe.
class OpenedPaths {
 public:
  /// Registers, and the nodes above journal and input, which are always opened.
  void begin();
  /// Opens the chunk of memory or of code at leaf `leaf` of the tree, for the first time, unless the tables
  /// of the tree would have more than `cells_max` cells then (footprint.h): false, and nothing has changed.
  bool open(std::uint32_t leaf, std::uint64_t cells_max);
  OpenedCounts counts() const { return {data_, code_, nodes_.size()}; }

 private:
  std::unordered_set<std::uint32_t> nodes_;  // 2^level + index
  std::uint64_t data_ = 0, code_ = 0;
};

}  // namespace cairn::rv32
