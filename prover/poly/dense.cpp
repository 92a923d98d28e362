#include "prover/poly/dense.h"

#include <algorithm>
#include <vector>

#include "common/result.h"
#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "prover/poly/dense_kernels.h"
#include "prover/poly/multilinear.h"

namespace cairn::engine {
namespace {

constexpr std::size_t log_block = 10;  ///< 2^10 extension elements fit the first-level cache
constexpr std::size_t block = std::size_t{1} << log_block;
constexpr std::size_t grain = 4 * block;

/// A point in two parts: block-sized tables of eq in its last variables, and one value of eq in the first
/// ones for each block.
struct SplitEq {
  explicit SplitEq(std::span<const Quintic> point) {
    const std::size_t inner_size = std::min(point.size(), log_block);
    outer = eq_table(point.first(point.size() - inner_size));
    inner = ExtVector::of(eq_table(point.last(inner_size)));
  }
  std::vector<Quintic> outer;
  ExtVector inner;
};

/// The sum over blocks b of outer[b] value(b).
template <class Value>
Quintic weigh_blocks(const SplitEq& eq, Value&& value) {
  return parallel_sum(eq.outer.size(), 4, Quintic::zero(), [&](std::size_t begin, std::size_t end) {
    Quintic sum = Quintic::zero();
    for (std::size_t b = begin; b < end; ++b) sum += eq.outer[b] * value(b * eq.inner.size());
    return sum;
  });
}

}  // namespace

ExtVector dense_eq_table(std::span<const Quintic> point) {
  ExtVector out(std::size_t{1} << point.size());
  const SplitEq eq(point);
  const std::size_t n = eq.inner.size();
  parallel_for(eq.outer.size(), 4, [&](std::size_t begin, std::size_t end) {
    for (std::size_t b = begin; b < end; ++b) {
      dense_kernels().scale(eq.inner.plane(0), eq.inner.stride(), eq.outer[b], out.plane(0) + b * n,
                            out.stride(), n);
    }
  });
  return out;
}

void add_eq_table(std::span<const Quintic> point, const Quintic& scale, ExtVector& out, std::size_t offset) {
  CAIRN_ASSERT(offset + (std::size_t{1} << point.size()) <= out.size());
  const SplitEq eq(point);
  const std::size_t n = eq.inner.size();
  parallel_for(eq.outer.size(), 4, [&](std::size_t begin, std::size_t end) {
    for (std::size_t b = begin; b < end; ++b) {
      dense_kernels().scale_add(eq.inner.plane(0), eq.inner.stride(), scale * eq.outer[b],
                                out.plane(0) + offset + b * n, out.stride(), n);
    }
  });
}

Quintic dense_evaluate(std::span<const KoalaBear> values, std::span<const Quintic> point) {
  CAIRN_ASSERT(values.size() == std::size_t{1} << point.size());
  const SplitEq eq(point);
  return weigh_blocks(eq, [&](std::size_t at) {
    return dense_kernels().dot_base(values.data() + at, eq.inner.plane(0), eq.inner.stride(),
                                    eq.inner.size());
  });
}

Quintic dense_evaluate(const ExtVector& values, std::span<const Quintic> point) {
  CAIRN_ASSERT(values.size() == std::size_t{1} << point.size());
  const SplitEq eq(point);
  return weigh_blocks(eq, [&](std::size_t at) {
    return dense_kernels().dot_ext(values.plane(0) + at, values.stride(), eq.inner.plane(0),
                                   eq.inner.stride(), eq.inner.size());
  });
}

Quintic dot(std::span<const KoalaBear> a, const ExtVector& b) {
  CAIRN_ASSERT(a.size() == b.size());
  return parallel_sum(a.size(), grain, Quintic::zero(), [&](std::size_t begin, std::size_t end) {
    return dense_kernels().dot_base(a.data() + begin, b.plane(0) + begin, b.stride(), end - begin);
  });
}

Quintic dot(const ExtVector& a, const ExtVector& b) {
  CAIRN_ASSERT(a.size() == b.size());
  return parallel_sum(a.size(), grain, Quintic::zero(), [&](std::size_t begin, std::size_t end) {
    return dense_kernels().dot_ext(a.plane(0) + begin, a.stride(), b.plane(0) + begin, b.stride(),
                                   end - begin);
  });
}

ExtVector fold(std::span<const KoalaBear> values, const Quintic& r) {
  CAIRN_ASSERT(!values.empty() && values.size() % 2 == 0);
  const std::size_t half = values.size() / 2;
  ExtVector out(half);
  parallel_for(half, grain, [&](std::size_t begin, std::size_t end) {
    dense_kernels().fold_base(values.data() + begin, values.data() + half + begin, r, out.plane(0) + begin,
                              out.stride(), end - begin);
  });
  return out;
}

void fold(ExtVector& values, const Quintic& r) {
  CAIRN_ASSERT(!values.empty() && values.size() % 2 == 0);
  const std::size_t half = values.size() / 2;
  parallel_for(half, grain, [&](std::size_t begin, std::size_t end) {
    dense_kernels().fold_ext(values.plane(0) + begin, values.stride(), half, r, end - begin);
  });
  values.truncate(half);
}

const DenseKernels& dense_kernels() {
  return kernels_of(dense_kernels_scalar, dense_kernels_avx2, dense_kernels_avx512);
}

}  // namespace cairn::engine
