// The rows of the memory tree's tables for one segment.
#pragma once

#include <span>
#include <vector>

#include "prover/air/table_view.h"
#include "prover/rv32/chips/lookups.h"
#include "prover/rv32/opened_tree.h"
#include "prover/rv32/touched.h"

namespace cairn::rv32 {

class TreeTrace {
 public:
  /// Requires chunks and code sorted by index, each once, below 2^25, and one of them at least (asserted).
  /// Errors: invalid_input, when `siblings` are not those that these chunks need.
  static Result<TreeTrace> make(std::vector<TouchedChunk> chunks, std::vector<TouchedCode> code,
                                std::span<const engine::Digest> siblings);

  /// Roots and what is under them, before and after.
  const OpenedTree& opened() const { return opened_; }

  /// Rows in use.
  std::size_t chunks() const { return chunks_.size(); }
  std::size_t code_chunks() const { return code_.size(); }
  std::size_t nodes() const { return opened_.nodes.size(); }
  std::size_t hashes() const { return counts_.size(); }

  /// Write whole tables, padding included, of at least as many rows. Lookups other than hashes are counted.
  void fill_chunks(const engine::TableView& table, Lookups& lookups) const;
  void fill_code_chunks(const engine::TableView& table, Lookups& lookups) const;
  void fill_nodes(const engine::TableView& table) const;
  void fill_hashes(const engine::TableView& table) const;

 private:
  TreeTrace() = default;
  void count_hashes();

  std::vector<TouchedChunk> chunks_;
  std::vector<TouchedCode> code_;
  std::vector<OpenedLeaf> leaves_;  ///< Of the chunks, then of the code.
  OpenedTree opened_;
  std::vector<engine::KoalaBear> inputs_,
      counts_;  ///< Each compression once, 16 elements, and how often it is needed.
};

}  // namespace cairn::rv32
