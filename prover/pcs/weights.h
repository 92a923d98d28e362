// The weight of an opening, in pieces: W = sum of coefficient eq(point, .) over all claims, each on
// the block that its selector fixes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "prover/pcs/statement.h"
#include "prover/poly/ext_vector.h"

namespace cairn::engine {

/// Holds about the square root of what it describes: each eq table as the product of a table for
/// the upper variables and one for the lower. Reading is thread-safe.
class Weights {
 public:
  /// W has 2^variables values; coefficient k of `dense` points and then of the claims is gamma^k.
  /// Requires statements that fit, at least one dense point.
  Weights(unsigned variables, std::span<const std::vector<Quintic>> dense,
          std::span<const Statement> statements, const Quintic& gamma);

  std::size_t chunk_count() const { return first_.size() - 1; }
  std::size_t chunk_size() const { return chunk_size_; }
  /// Writes values [chunk * chunk_size(), (chunk + 1) * chunk_size()) of W to their place in `out`.
  void fill(std::size_t chunk, ExtVector& out) const;

 private:
  /// eq(point, .) at 2^m indices is upper[i >> log2(lower.size())] lower[i & (lower.size() - 1)].
  struct Table {
    std::vector<Quintic> upper;
    ExtVector lower;
  };
  /// Part of one chunk: coefficient times the lower part of a table.
  struct Piece {
    std::uint32_t table;
    std::uint32_t upper;   ///< Index in Table::upper.
    std::uint32_t offset;  ///< In the chunk.
    Quintic coefficient;
  };
  Table table(std::span<const Quintic> point) const;

  unsigned log_chunk_;
  std::size_t chunk_size_;
  std::vector<Table> dense_;
  std::vector<Quintic> dense_coefficients_;
  std::vector<Table> tables_;
  std::vector<Piece> pieces_;       // by chunk
  std::vector<std::size_t> first_;  // pieces of chunk c: [first_[c], first_[c + 1])
};

/// out[y] += sum over q of gamma^(first + q) eq(expand(positions[q]), y): the weight of queried
/// positions. Requires out.size() a power of two.
void add_positions(std::span<const KoalaBear> positions, const Quintic& gamma, std::size_t first,
                   ExtVector& out);

}  // namespace cairn::engine
