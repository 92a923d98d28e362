#include "prover/prove/gkr.h"

#include <array>
#include <bit>

#include "prover/parallel.h"
#include "prover/poly/dense.h"
#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

namespace {

constexpr std::size_t kGrain = 1 << 12;

struct Layer {
  BaseVector base;  // numerators of the input layer
  ExtVector numerators, denominators;

  std::size_t half() const { return denominators.size() / 2; }
  GkrArrays arrays() {
    GkrArrays out;
    out.left_denominator = ExtSpan(denominators);
    out.right_denominator = out.left_denominator.from(half());
    if (!base.empty()) {
      out.left_base = base.data();
      out.right_base = base.data() + half();
    } else {
      out.left_numerator = ExtSpan(numerators);
      out.right_numerator = out.left_numerator.from(half());
    }
    return out;
  }
  Quintic numerator(std::size_t i) const { return base.empty() ? numerators.get(i) : Quintic::from(base[i]); }
};

Layer layer_above(Layer& below) {
  Layer out;
  const std::size_t size = below.half();
  out.numerators = ExtVector(size);
  out.denominators = ExtVector(size);
  const GkrArrays in = below.arrays();
  const SumcheckKernels& kernels = sumcheck_kernels_for(size);
  parallel_for(size, kGrain, [&](std::size_t begin, std::size_t end) {
    kernels.gkr_add(in, ExtSpan(out.numerators), ExtSpan(out.denominators), begin, end);
  });
  return out;
}

struct Pair {
  Quintic at_zero = Quintic::zero(), leading = Quintic::zero();
  friend Pair operator+(const Pair& a, const Pair& b) { return {a.at_zero + b.at_zero, a.leading + b.leading}; }
};

template <class Body>
Pair sum_over(std::size_t count, Body&& body) {
  const SumcheckKernels& kernels = sumcheck_kernels_for(count);
  return parallel_sum(count, kGrain, Pair{}, [&](std::size_t begin, std::size_t end) {
    GkrSums sums;
    body(kernels, begin, end, sums);
    return Pair{sums[0], sums[1]};
  });
}

/// p(1) from the arrays, for a round whose tau is zero: there the claim does not tell it.
Quintic at_one_of(const GkrArrays& in, bool first, const Quintic& lambda, std::size_t half, const ExtSpan& eq) {
  Quintic sum = Quintic::zero();
  for (std::size_t y = 0; y < half; ++y) {
    const std::size_t at = y + half;
    const Quintic dr = in.right_denominator.get(at);
    const bool base = first && in.left_base != nullptr;
    const Quintic nl = base ? Quintic::from(in.left_base[at]) : in.left_numerator.get(at);
    Quintic m = base ? Quintic::from(in.right_base[at]) : in.right_numerator.get(at);
    if (first) m += lambda * dr;
    sum += eq.get(y) * (nl * dr + in.left_denominator.get(at) * m);
  }
  return sum;
}

/// The sumcheck of one layer: 2^variables fractions on each side. Leaves left and right values at the end point.
template <class Sponge>
class LayerProof {
 public:
  LayerProof(Writer<Sponge>& writer, Layer& layer, const GkrClaim& claim)
      : writer_(writer), layer_(layer), point_(claim.point), lambda_(writer.challenge()) {
    left_ = claim.numerator + lambda_ * claim.denominator;
  }

  GkrClaim run() {
    const std::size_t variables = point_.size();
    std::size_t half = layer_.half() / 2;  // pairs of the round
    ExtVector eq = dense_eq_table(std::span<const Quintic>(point_).subspan(1));
    const ExtSpan eqs(eq);
    const GkrArrays in = layer_.arrays();
    GkrArrays work = in;
    ExtVector left_space, right_space;  // for numerators that leave the base field
    if (in.left_base != nullptr) {
      left_space = ExtVector(half);
      right_space = ExtVector(half);
      work.left_numerator = ExtSpan(left_space);
      work.right_numerator = ExtSpan(right_space);
      work.left_base = work.right_base = nullptr;
    }
    std::vector<Quintic> next(1);
    Pair sums = sum_over(half, [&](const SumcheckKernels& k, std::size_t begin, std::size_t end, GkrSums& out) {
      k.gkr_first(in, lambda_, half, eqs, begin, end, out);
    });
    for (std::size_t round = 0;; ++round) {
      const bool first = round == 0;
      const GkrArrays& now = first ? in : work;
      const Quintic r = send(sums, round, [&] { return at_one_of(now, first, lambda_, half, eqs); });
      next.push_back(r);
      if (round + 1 == variables) return finish(now, first, r, std::move(next));
      half /= 2;
      sums = sum_over(half, [&](const SumcheckKernels& k, std::size_t begin, std::size_t end, GkrSums& out) {
        if (first) {
          k.gkr_fold_first(in, work, lambda_, r, half, eqs, begin, end, out);
        } else {
          k.gkr_fold(work, work, r, half, eqs, begin, end, out);
        }
      });
    }
  }

 private:
  /// p(X) = c0 + c1 X + c2 X^2 without its factor eq(tau, X): (1 - tau) p(0) + tau p(1) = left.
  template <class AtOne>
  Quintic send(const Pair& sums, std::size_t round, AtOne&& at_one) {
    const Quintic& tau = point_[round];
    const Quintic one = tau.is_zero() ? at_one() : (left_ - (Quintic::one() - tau) * sums.at_zero) * tau.inverse();
    const Quintic c1 = one - sums.at_zero - sums.leading;
    writer_.extension(std::array{c1, sums.leading});
    const Quintic r = writer_.challenge();
    left_ = sums.at_zero + r * (c1 + r * sums.leading);
    return r;
  }

  /// Binds the last variable, of arrays of two elements, and sends the four values.
  GkrClaim finish(const GkrArrays& in, bool first, const Quintic& r, std::vector<Quintic> point) {
    const auto bind = [&](const ExtSpan& from) { return from.get(0) + r * (from.get(1) - from.get(0)); };
    const auto bind_base = [&](const KoalaBear* from) { return Quintic::from(from[0]) + r * (from[1] - from[0]); };
    const bool base = first && in.left_base != nullptr;
    const Quintic nl = base ? bind_base(in.left_base) : bind(in.left_numerator);
    const Quintic dl = bind(in.left_denominator), dr = bind(in.right_denominator);
    Quintic nr = base ? bind_base(in.right_base) : bind(in.right_numerator);
    if (!first) nr -= lambda_ * dr;
    writer_.extension(std::array{nl, dl, nr, dr});
    GkrClaim claim;
    point[0] = writer_.challenge();
    claim.numerator = nl + point[0] * (nr - nl);
    claim.denominator = dl + point[0] * (dr - dl);
    claim.point = std::move(point);
    return claim;
  }

  Writer<Sponge>& writer_;
  Layer& layer_;
  std::vector<Quintic> point_;
  Quintic lambda_;
  Quintic left_;
};

}  // namespace

template <class Sponge>
GkrClaim prove_gkr(Writer<Sponge>& writer, Fractions fractions) {
  const auto log_size = static_cast<unsigned>(std::bit_width(fractions.denominators.size()) - 1);
  std::vector<Layer> layers(log_size);  // layers[i] has 2^(i + 1) fractions
  layers.back().base = std::move(fractions.numerators);
  layers.back().denominators = std::move(fractions.denominators);
  for (unsigned i = log_size - 1; i > 0; --i) layers[i - 1] = layer_above(layers[i]);
  GkrClaim claim;
  const Quintic nl = layers[0].numerator(0), nr = layers[0].numerator(1);
  const Quintic dl = layers[0].denominators.get(0), dr = layers[0].denominators.get(1);
  writer.extension(std::array{nl, dl, nr, dr});
  claim.point.assign(1, writer.challenge());
  claim.numerator = nl + claim.point[0] * (nr - nl);
  claim.denominator = dl + claim.point[0] * (dr - dl);
  for (unsigned i = 1; i < log_size; ++i) {
    layers[i - 1] = Layer{};
    claim = LayerProof<Sponge>(writer, layers[i], claim).run();
  }
  return claim;
}

template GkrClaim prove_gkr(Writer<Poseidon2Sponge>&, Fractions);

}  // namespace cairn::engine
