// The first rounds of the sumcheck of an opening, on the base values themselves: P folded by an
// extension element takes five times the words, so neither it nor the weight is written down before
// three variables are bound.
#pragma once

#include <span>
#include <vector>

#include "prover/pcs/product_kernels.h"
#include "prover/pcs/statement.h"
#include "prover/pcs/weights.h"
#include "prover/poly/ext_vector.h"

namespace cairn::engine {

/// P near an out-of-domain point: values[b] is P(bits(b), the last coordinates of point). What the
/// first rounds need of the point's weight follows from them.
struct SampledBlocks {
  std::vector<Quintic> point;   ///< All coordinates.
  std::vector<Quintic> values;  ///< 2^k of them.

  /// P at the point.
  Quintic answer() const;
};

/// Reads each value of the first `active` blocks once; the others must be zero. Requires k <= point.size(),
/// values.size() = 2^point.size(), active <= 2^k.
SampledBlocks sample_blocks(const BaseVector& values, std::vector<Quintic> point, unsigned k,
                            std::size_t active);

class EarlySumcheck {
 public:
  static constexpr unsigned rounds = 3;

  /// P = values, which must outlive this; W as the samples, then the statements, with powers of
  /// gamma say. Requires samples of blocks of at least `rounds` variables, and at least 2^8 values.
  EarlySumcheck(const BaseVector& values, std::span<const SampledBlocks> samples,
                std::span<const Statement> statements, const Quintic& gamma);

  /// What the next round sends.
  ProductSums sums() const;
  /// Binds its variable. At most `rounds` times.
  void bind(const Quintic& r);
  /// Writes down P and W with `rounds` variables bound, and gives the sums of the round after them.
  ProductSums write_down(ExtVector& p, ExtVector& w) const;

 private:
  struct Sample {
    std::vector<Quintic> values, point;  // of the variables of the blocks that are left
    Quintic coefficient;
  };
  std::size_t size() const { return values_.size() >> point_.size(); }
  /// P's values [begin, begin + n), n a multiple of 16, to planes from `out`. Requires that
  /// something is bound.
  void fill(std::size_t begin, std::size_t n, KoalaBear* out, std::size_t stride) const;

  const BaseVector& values_;
  unsigned variables_;  // left
  std::vector<Sample> samples_;
  std::vector<WeightTerm> sample_terms_, claim_terms_;
  std::vector<Quintic> point_;  // what is bound
  std::vector<KoalaBear> eq_;   // planes of eq(b, point_)
};

}  // namespace cairn::engine
