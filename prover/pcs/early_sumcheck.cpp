#include "prover/pcs/early_sumcheck.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/result.h"
#include "prover/parallel.h"
#include "prover/poly/dense.h"
#include "prover/poly/multilinear.h"

namespace cairn::engine {
namespace {

// Elements of one piece of work.
constexpr std::size_t grain = std::size_t{1} << 12;

}  // namespace

Quintic SampledBlocks::answer() const {
  return evaluate(values, std::span<const Quintic>(point).first(
                              static_cast<std::size_t>(std::countr_zero(values.size()))));
}

SampledBlocks sample_blocks(const BaseVector& values, std::vector<Quintic> point, unsigned k,
                            std::size_t active) {
  const std::size_t blocks = std::size_t{1} << k, size = values.size() >> k;
  const std::span<const Quintic> inner = std::span<const Quintic>(point).subspan(k);
  SampledBlocks out{{}, std::vector<Quintic>(blocks, Quintic::zero())};
  for (std::size_t b = 0; b < active; ++b) {
    out.values[b] = dense_evaluate(std::span<const KoalaBear>(values).subspan(b * size, size), inner);
  }
  out.point = std::move(point);
  return out;
}

EarlySumcheck::EarlySumcheck(const BaseVector& values, std::span<const SampledBlocks> samples,
                             std::span<const Statement> statements, const Quintic& gamma)
    : values_(values), variables_(static_cast<unsigned>(std::countr_zero(values.size()))) {
  CAIRN_ASSERT(variables_ >= 8 && std::has_single_bit(values.size()));
  Quintic power = Quintic::one();
  for (const SampledBlocks& sample : samples) {
    const auto k = std::countr_zero(sample.values.size());
    samples_.push_back({sample.values, {sample.point.begin(), sample.point.begin() + k}, power});
    sample_terms_.push_back({sample.point, {{0, power}}});
    power *= gamma;
  }
  for (const Statement& statement : statements) {
    const std::size_t first = claim_terms_.size();
    for (const Piece& piece : statement.pieces) {
      claim_terms_.push_back({{statement.point.end() - piece.variables, statement.point.end()}, {}});
    }
    for (const Claim& claim : statement.claims) {
      for (std::size_t i = 0; i < statement.pieces.size(); ++i) {
        const Piece& piece = statement.pieces[i];
        claim_terms_[first + i].parts.push_back({piece.first + claim.selector, power * piece.coefficient});
      }
      power *= gamma;
    }
  }
}

ProductSums EarlySumcheck::sums() const {
  const Weights weights(variables_, claim_terms_);
  const std::size_t half = weights.chunk_count() / 2, size = weights.chunk_size();
  const std::size_t chunks = std::max<std::size_t>(1, grain / size);
  ProductSums out = parallel_sum(half, chunks, ProductSums{}, [&](std::size_t begin, std::size_t end) {
    ExtVector w(2 * size), p(point_.empty() ? 0 : 2 * size);
    ProductSums sums;
    for (std::size_t chunk = begin; chunk < end; ++chunk) {
      if (weights.is_zero(chunk) && weights.is_zero(half + chunk)) continue;
      weights.fill(chunk, w.plane(0), w.stride());
      weights.fill(half + chunk, w.plane(0) + size, w.stride());
      if (point_.empty()) {
        sums = sums + product_kernels().round_base(values_.data() + chunk * size, half * size, w.plane(0),
                                                   w.stride(), size, size);
      } else {
        fill(chunk * size, size, p.plane(0), p.stride());
        fill((half + chunk) * size, size, p.plane(0) + size, p.stride());
        sums = sums + product_kernels().round_ext(p.plane(0), p.stride(), w.plane(0), w.stride(), size, size);
      }
    }
    return sums;
  });
  // A sample's weight is eq: with the variable of this round apart, (1 - z + X (2z - 1)) times P
  // with X for z.
  for (const Sample& sample : samples_) {
    const std::span<const Quintic> values(sample.values),
        rest = std::span<const Quintic>(sample.point).subspan(1);
    const Quintic low = evaluate(values.first(values.size() / 2), rest);
    const Quintic high = evaluate(values.last(values.size() / 2), rest);
    const Quintic& z = sample.point.front();
    out.at_zero += sample.coefficient * (Quintic::one() - z) * low;
    out.leading += sample.coefficient * (z.doubled() - KoalaBear::one()) * (high - low);
  }
  return out;
}

void EarlySumcheck::bind(const Quintic& r) {
  CAIRN_ASSERT(point_.size() < rounds);
  sample_terms_ = bind_variable(sample_terms_, variables_, r);
  claim_terms_ = bind_variable(claim_terms_, variables_, r);
  for (Sample& sample : samples_) {
    const std::size_t half = sample.values.size() / 2;
    for (std::size_t b = 0; b < half; ++b)
      sample.values[b] += r * (sample.values[half + b] - sample.values[b]);
    sample.values.resize(half);
    sample.coefficient *=
        eq(std::span<const Quintic>(sample.point).first(1), std::span<const Quintic>(&r, 1));
    sample.point.erase(sample.point.begin());
  }
  --variables_;
  point_.push_back(r);
  const std::vector<Quintic> eq_values = eq_table(point_);
  eq_.assign(Quintic::degree * eq_values.size(), KoalaBear::zero());
  for (std::size_t b = 0; b < eq_values.size(); ++b) {
    for (std::size_t c = 0; c < Quintic::degree; ++c) eq_[c * eq_values.size() + b] = eq_values[b].c[c];
  }
}

void EarlySumcheck::fill(std::size_t begin, std::size_t n, KoalaBear* out, std::size_t stride) const {
  const std::size_t blocks = std::size_t{1} << point_.size();
  product_kernels().products(eq_.data(), blocks, values_.data() + begin, size(), blocks, false, out, stride,
                             n);
}

ProductSums EarlySumcheck::write_down(ExtVector& p, ExtVector& w) const {
  CAIRN_ASSERT(point_.size() == rounds);
  std::vector<WeightTerm> terms = sample_terms_;
  terms.insert(terms.end(), claim_terms_.begin(), claim_terms_.end());
  const Weights weights(variables_, terms);
  const std::size_t half = weights.chunk_count() / 2, size = weights.chunk_size();
  p = ExtVector(this->size());
  w = ExtVector(this->size());
  return parallel_sum(
      half, std::max<std::size_t>(1, grain / size), ProductSums{}, [&](std::size_t begin, std::size_t end) {
        ProductSums sums;
        for (std::size_t chunk = begin; chunk < end; ++chunk) {
          for (std::size_t c : {chunk, half + chunk}) {
            weights.fill(c, w.plane(0) + c * size, w.stride());
            fill(c * size, size, p.plane(0) + c * size, p.stride());
          }
          sums = sums + product_kernels().round_ext(p.plane(0) + chunk * size, p.stride(),
                                                    w.plane(0) + chunk * size, w.stride(), half * size, size);
        }
        return sums;
      });
}

}  // namespace cairn::engine
