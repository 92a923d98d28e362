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

Weights::Table Weights::table(std::span<const Quintic> point) const {
  const std::size_t lower = std::min<std::size_t>(point.size(), log_chunk_);
  return {eq_table(point.first(point.size() - lower)), dense_eq_table(point.last(lower))};
}

Weights::Weights(unsigned variables, std::span<const std::vector<Quintic>> dense,
                 std::span<const Statement> statements, const Quintic& gamma)
    : log_chunk_(std::min(variables - 1, log_chunk_max)),
      chunk_size_(std::size_t{1} << log_chunk_) {
  CAIRN_ASSERT(!dense.empty());
  const std::size_t chunks = std::size_t{1} << (variables - log_chunk_);
  Quintic power = Quintic::one();
  for (const std::vector<Quintic>& point : dense) {
    dense_.push_back(table(point));
    dense_coefficients_.push_back(power);
    power *= gamma;
  }
  // Pieces are counted, then put in their places, so that those of one chunk lie together in the
  // order of the claims.
  const auto visit = [&](auto&& piece) {
    Quintic at = power;
    for (std::size_t s = 0; s < statements.size(); ++s) {
      const std::size_t m = statements[s].point.size();
      for (const Claim& claim : statements[s].claims) {
        const std::size_t begin = claim.selector << m;
        const std::size_t count = m > log_chunk_ ? std::size_t{1} << (m - log_chunk_) : 1;
        for (std::size_t u = 0; u < count; ++u) {
          piece((begin >> log_chunk_) + u,
                Piece{static_cast<std::uint32_t>(s), static_cast<std::uint32_t>(u),
                      static_cast<std::uint32_t>(begin & (chunk_size_ - 1)), at});
        }
        at *= gamma;
      }
    }
  };
  for (const Statement& statement : statements) tables_.push_back(table(statement.point));
  first_.assign(chunks + 1, 0);
  visit([&](std::size_t chunk, const Piece&) { ++first_[chunk + 1]; });
  for (std::size_t c = 0; c < chunks; ++c) first_[c + 1] += first_[c];
  pieces_.resize(first_[chunks]);
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  visit([&](std::size_t chunk, const Piece& p) { pieces_[next[chunk]++] = p; });
}

void Weights::fill(std::size_t chunk, ExtVector& out) const {
  const DenseKernels& kernels = dense_kernels();
  KoalaBear* to = out.plane(0) + chunk * chunk_size_;
  for (std::size_t d = 0; d < dense_.size(); ++d) {
    const Table& t = dense_[d];
    (d == 0 ? kernels.scale : kernels.scale_add)(t.lower.plane(0), t.lower.stride(),
                                                 dense_coefficients_[d] * t.upper[chunk], to,
                                                 out.stride(), chunk_size_);
  }
  for (std::size_t i = first_[chunk]; i < first_[chunk + 1]; ++i) {
    const Piece& piece = pieces_[i];
    const Table& t = tables_[piece.table];
    kernels.scale_add(t.lower.plane(0), t.lower.stride(), piece.coefficient * t.upper[piece.upper],
                      to + piece.offset, out.stride(), t.lower.size());
  }
}

void add_positions(std::span<const KoalaBear> positions, const Quintic& gamma, std::size_t first,
                   ExtVector& out) {
  // eq(expand(x), y) is a product over the variables: a table for the upper ones, with the power of
  // gamma, and one for the lower. The sum over positions is then a product of two matrices.
  const unsigned variables = log2_of(out.size());
  const unsigned lower = std::min(variables, 8U), upper = variables - lower;
  const std::size_t width = std::max<std::size_t>(std::size_t{1} << lower, 16);
  const std::size_t count =
      positions.size() + positions.size() % 2;  // one more that is zero makes pairs
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
      kernels.add_products(a.data(), count, low.data(), count, out.plane(0) + h * width,
                           out.stride(), width);
    }
  });
}

}  // namespace cairn::engine
