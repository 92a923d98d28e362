#include "prover/prove/eq_prefix.h"

#include "common/result.h"
#include "prover/poly/multilinear.h"

namespace cairn::engine {

namespace {

/// out[i] = x[i] + x[i + 1] + …, and 0 behind the last.
std::vector<Quintic> sums_to_the_end(const std::vector<Quintic>& x) {
  std::vector<Quintic> out(x.size() + 1);
  out.back() = Quintic::zero();
  for (std::size_t i = x.size(); i-- > 0;) out[i] = out[i + 1] + x[i];
  return out;
}

}  // namespace

EqPrefix::EqPrefix(std::span<const Quintic> point, std::size_t log_block)
    : point_(point), log_block_(log_block) {
  CAIRN_ASSERT(log_block >= 8);
  split();
}

void EqPrefix::split() {
  const std::size_t inner = std::min(point_.size(), log_block_);
  outer_ = eq_table(point_.first(point_.size() - inner));
  outer_from_ = sums_to_the_end(outer_);
  const std::vector<Quintic> table = eq_table(point_.last(inner));
  inner_ = ExtVector::of(table);
  inner_from_ = sums_to_the_end(table);
  inner_span_ = ExtSpan(inner_);
}

void EqPrefix::drop() {
  CAIRN_ASSERT(!point_.empty());
  point_ = point_.first(point_.size() - 1);
  const std::size_t half = inner_.size() / 2;
  if (half < std::size_t{1} << (log_block_ - 4) && outer_.size() > 1) return split();
  for (std::size_t y = 0; y < half; ++y) {
    inner_.set(y, inner_.get(2 * y) + inner_.get(2 * y + 1));
    inner_from_[y] = inner_from_[2 * y];
  }
  inner_.truncate(half);
}

Quintic EqPrefix::from(std::size_t begin) const {
  const std::size_t block = begin / inner_.size();
  if (block == outer_.size()) return Quintic::zero();
  // The entries of a whole block add up to 1.
  return outer_[block] * inner_from_[begin % inner_.size()] + outer_from_[block + 1];
}

Quintic EqPrefix::at(std::size_t y) const {
  return outer_[y / inner_.size()] * inner_.get(y % inner_.size());
}

}  // namespace cairn::engine
