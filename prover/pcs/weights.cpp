#include "prover/pcs/weights.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/result.h"
#include "prover/parallel.h"
#include "prover/pcs/product_kernels.h"
#include "prover/poly/dense.h"
#include "prover/poly/dense_kernels.h"
#include "prover/poly/multilinear.h"

namespace cairn::engine {
namespace {

// 2^10 elements of an extension vector and of a table fit the first-level cache.
constexpr unsigned log_chunk_max = 10;

unsigned log2_of(std::size_t n) {
  unsigned log = 0;
  while ((std::size_t{1} << log) < n) ++log;
  CAIRN_ASSERT(n == std::size_t{1} << log);
  return log;
}

}  // namespace

std::vector<WeightTerm> bind_variable(std::span<const WeightTerm> terms, unsigned variables,
                                      const Quintic& r) {
  std::vector<WeightTerm> out;
  for (const WeightTerm& term : terms) {
    WeightTerm bound = term;
    if (term.point.size() == variables) {
      const Quintic& x = term.point.front();
      const Quintic factor = Quintic::one() - x - r + (x * r).doubled();
      for (WeightTerm::Part& part : bound.parts) part.coefficient *= factor;
      bound.point.erase(bound.point.begin());
    } else {
      const std::uint64_t top = std::uint64_t{1} << (variables - 1 - term.point.size());
      for (WeightTerm::Part& part : bound.parts) {
        part.coefficient *= (part.selector & top) != 0 ? r : Quintic::one() - r;
        part.selector &= top - 1;
      }
      std::stable_sort(bound.parts.begin(), bound.parts.end(),
                       [](const auto& a, const auto& b) { return a.selector < b.selector; });
      std::size_t kept = 0;
      for (const WeightTerm::Part& part : bound.parts) {
        if (kept > 0 && bound.parts[kept - 1].selector == part.selector) {
          bound.parts[kept - 1].coefficient += part.coefficient;
        } else {
          bound.parts[kept++] = part;
        }
      }
      bound.parts.resize(kept);
    }
    out.push_back(std::move(bound));
  }
  return out;
}

Weights::Weights(unsigned variables, std::span<const WeightTerm> terms)
    : log_chunk_(std::min(variables - 1, log_chunk_max)), chunk_size_(std::size_t{1} << log_chunk_) {
  for (const WeightTerm& term : terms) {
    const std::size_t lower = std::min<std::size_t>(term.point.size(), log_chunk_);
    const std::span<const Quintic> point(term.point);
    tables_.push_back({eq_table(point.first(point.size() - lower)), dense_eq_table(point.last(lower))});
  }
  // Pieces are counted, then put in their places, so that those of one chunk lie together.
  const auto visit = [&](auto&& piece) {
    for (std::size_t t = 0; t < terms.size(); ++t) {
      const std::vector<Quintic>& upper = tables_[t].upper;
      for (const WeightTerm::Part& part : terms[t].parts) {
        const std::size_t begin = part.selector << terms[t].point.size();
        for (std::size_t u = 0; u < upper.size(); ++u) {
          piece((begin >> log_chunk_) + u, static_cast<std::uint32_t>(t),
                static_cast<std::uint32_t>(begin & (chunk_size_ - 1)), part.coefficient, upper[u]);
        }
      }
    }
  };
  first_.assign((std::size_t{1} << (variables - log_chunk_)) + 1, 0);
  visit([&](std::size_t chunk, auto&&...) { ++first_[chunk + 1]; });
  for (std::size_t c = 1; c < first_.size(); ++c) first_[c] += first_[c - 1];
  pieces_.resize(first_.back());
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  visit([&](std::size_t chunk, std::uint32_t t, std::uint32_t offset, const Quintic& coefficient,
            const Quintic& upper) {
    pieces_[next[chunk]++] = {t, offset, coefficient * upper};
  });
}

void Weights::fill(std::size_t chunk, KoalaBear* out, std::size_t stride) const {
  const DenseKernels& kernels = dense_kernels();
  std::size_t i = first_[chunk];
  const std::size_t end = first_[chunk + 1];
  const auto lower = [&](const Piece& piece) -> const ExtVector& { return tables_[piece.table].lower; };
  if (i < end && lower(pieces_[i]).size() == chunk_size_) {
    const ExtVector& x = lower(pieces_[i]);
    kernels.scale(x.plane(0), x.stride(), pieces_[i].coefficient, out, stride, chunk_size_);
    ++i;
  } else {
    for (std::size_t c = 0; c < Quintic::degree; ++c)
      std::fill_n(out + c * stride, chunk_size_, KoalaBear::zero());
  }
  for (; i < end; ++i) {
    const ExtVector& x = lower(pieces_[i]);
    kernels.scale_add(x.plane(0), x.stride(), pieces_[i].coefficient, out + pieces_[i].offset, stride,
                      x.size());
  }
}

void add_positions(std::span<const KoalaBear> positions, const Quintic& gamma, std::size_t first,
                   ExtVector& out) {
  // eq(expand(x), y) is a product over the variables: a table for the upper ones, with the power of
  // gamma, and one for the lower. The sum over positions is then a product of two matrices.
  const unsigned variables = log2_of(out.size());
  const unsigned lower = std::min(variables, 8U), upper = variables - lower;
  const std::size_t width = std::max<std::size_t>(std::size_t{1} << lower, 16);
  const std::size_t count = positions.size() + positions.size() % 2;  // one more that is zero makes pairs
  BaseVector low = BaseVector::zeros(count * width);
  BaseVector high = BaseVector::zeros(count << upper);  // by index, then by position
  std::vector<Quintic> powers(count, Quintic::zero());
  Quintic power = gamma.pow(first);
  for (std::size_t q = 0; q < positions.size(); ++q) {
    powers[q] = power;
    power *= gamma;
    // Of the variables left, the last is doubled in first: its bit is the lowest of the index at
    // the end.
    std::vector<KoalaBear> coordinates;
    KoalaBear x = positions[q];
    for (unsigned i = 0; i < variables; ++i, x *= x) coordinates.push_back(x);
    const auto table = [&](std::span<const KoalaBear> point, KoalaBear* to, std::size_t step) {
      to[0] = KoalaBear::one();
      std::size_t size = 1;
      for (const KoalaBear& z : point) {
        for (std::size_t b = size; b-- > 0;) {
          const KoalaBear one = to[b * step] * z;
          to[2 * b * step] = to[b * step] - one;
          to[(2 * b + 1) * step] = one;
        }
        size *= 2;
      }
    };
    const std::span<const KoalaBear> point(coordinates);
    table(point.first(upper), high.data() + q, count);
    table(point.last(lower), low.data() + q * width, 1);
  }

  const ProductKernels& kernels = product_kernels();
  if ((std::size_t{1} << lower) < width) {  // fewer values than a vector has lanes
    for (std::size_t y = 0; y < out.size(); ++y) {
      Quintic sum = out.get(y);
      for (std::size_t q = 0; q < positions.size(); ++q) sum += powers[q] * low[q * width + y];
      out.set(y, sum);
    }
    return;
  }
  parallel_for(std::size_t{1} << upper, 4, [&](std::size_t begin, std::size_t end) {
    std::vector<KoalaBear> a(Quintic::degree * count);
    for (std::size_t h = begin; h < end; ++h) {
      for (std::size_t q = 0; q < count; ++q) {
        const Quintic scaled = powers[q] * high[h * count + q];
        for (std::size_t c = 0; c < Quintic::degree; ++c) a[c * count + q] = scaled.c[c];
      }
      kernels.products(a.data(), count, low.data(), width, count, true, out.plane(0) + h * width,
                       out.stride(), width);
    }
  });
}

}  // namespace cairn::engine
