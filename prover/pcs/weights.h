// The weight of an opening, kept as what it is made of: W = sum of coefficient eq(point, .) over
// all claims, each on the block that its selector fixes. Binding variables keeps that form, so W is
// only written down once it is small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "prover/pcs/statement.h"
#include "prover/poly/ext_vector.h"

namespace cairn::engine {

/// Blocks with one point in common: the weight is coefficient eq(point, .) on block `selector`.
struct WeightTerm {
  struct Part {
    std::uint64_t selector;
    Quintic coefficient;
  };
  std::vector<Quintic> point;
  std::vector<Part> parts;
};

/// The weight in one variable less after variable 0 of `variables` is bound to r. Parts that become
/// one are added.
std::vector<WeightTerm> bind_variable(std::span<const WeightTerm> terms, unsigned variables,
                                      const Quintic& r);

/// The values of such a weight, chunk by chunk. Holds each eq table as the product of a table for
/// the upper variables and one for the lower. Reading is thread-safe.
class Weights {
 public:
  /// Requires variables >= 1 and terms that fit.
  Weights(unsigned variables, std::span<const WeightTerm> terms);

  std::size_t chunk_count() const { return first_.size() - 1; }
  /// At most 1024: the chunk and what it is made of fit the cache.
  std::size_t chunk_size() const { return chunk_size_; }
  /// Whether no term touches the chunk.
  bool is_zero(std::size_t chunk) const { return first_[chunk] == first_[chunk + 1]; }
  /// Writes the values of one chunk to planes that begin at `out` and are `stride` apart.
  void fill(std::size_t chunk, KoalaBear* out, std::size_t stride) const;

 private:
  /// eq(point, .) at i is upper[i / lower.size()] lower[i % lower.size()].
  struct Table {
    std::vector<Quintic> upper;
    ExtVector lower;
  };
  /// Part of one chunk: coefficient times the lower part of a table.
  struct Piece {
    std::uint32_t table;
    std::uint32_t offset;  ///< In the chunk.
    Quintic coefficient;
  };

  unsigned log_chunk_;
  std::size_t chunk_size_;
  std::vector<Table> tables_;
  std::vector<Piece> pieces_;       // by chunk
  std::vector<std::size_t> first_;  // pieces of chunk c: [first_[c], first_[c + 1])
};

/// out[y] += sum over q of gamma^(first + q) eq(expand(positions[q]), y): the weight of queried
/// positions. Requires out.size() a power of two.
void add_positions(std::span<const KoalaBear> positions, const Quintic& gamma, std::size_t first,
                   ExtVector& out);

}  // namespace cairn::engine
