// eq at the first coordinates of a point, for sumchecks that bind the last variable first: each round has one
// coordinate less. No table of the length of the round is written: eq(y) is outer(block of y) times inner(y
// in its block).
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

/// Move-only. Reading is thread-safe.
class EqPrefix {
 public:
  /// All coordinates; drop() takes the last one away. Blocks have at most 2^log_block elements, and
  /// 2^(log_block - 4) unless the whole has fewer. The point must outlive this. Requires log_block >= 8.
  EqPrefix(std::span<const Quintic> point, std::size_t log_block);
  void drop();

  /// How many coordinates are left.
  std::size_t variables() const { return point_.size(); }
  /// The sum of eq(y), begin <= y < end: two products. Requires end <= 2^variables().
  Quintic sum(std::size_t begin, std::size_t end) const { return from(begin) - from(end); }
  Quintic at(std::size_t y) const;
  /// As kernels read it, until it is dropped.
  EqSpan span() const { return {inner_span_, inner_.size(), outer_.data()}; }

  /// Calls each(from, to, eq, factor) for pieces of [begin, end): eq(y) is factor times element y - from of
  /// `eq`. Pieces begin at multiples of 16, if begin and end are such or the whole is shorter.
  template <class Each>
  void for_each_block(std::size_t begin, std::size_t end, Each&& each) const {
    const std::size_t size = inner_.size();
    while (begin < end) {
      const std::size_t block = begin / size, to = std::min(end, (block + 1) * size);
      each(begin, to, inner_span_.from(begin - block * size), outer_[block]);
      begin = to;
    }
  }

 private:
  void split();
  /// The sum of eq(y), y >= begin.
  Quintic from(std::size_t begin) const;

  std::span<const Quintic> point_;
  std::size_t log_block_;
  std::vector<Quintic> outer_, outer_from_;  // of the first coordinates; sums from each entry to the end
  ExtVector inner_;                          // of the others
  std::vector<Quintic> inner_from_;
  ExtSpan inner_span_;
};

}  // namespace cairn::engine
