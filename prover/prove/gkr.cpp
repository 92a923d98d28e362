#include "prover/prove/gkr.h"

#include <array>
#include <bit>

#include "prover/parallel.h"
#include "prover/poly/dense.h"
#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

namespace {

constexpr std::size_t kGrain = 1 << 12;

struct Pair {
  Quintic at_zero = Quintic::zero(), leading = Quintic::zero();
  friend Pair operator+(const Pair& a, const Pair& b) { return {a.at_zero + b.at_zero, a.leading + b.leading}; }
  friend Pair operator*(const Pair& a, const Quintic& x) { return {a.at_zero * x, a.leading * x}; }
};

/// The sum of body(kernels, begin, end, sums) over all pieces.
template <class Body>
Pair sum_over(const std::vector<Range>& pieces, Body&& body) {
  return parallel_sum(pieces.size(), 1, Pair{}, [&](std::size_t from, std::size_t to) {
    Pair all;
    for (std::size_t i = from; i < to; ++i) {
      const auto [begin, end] = pieces[i];
      GkrSums sums;
      body(sumcheck_kernels_for(end - begin), begin, end, sums);
      all = all + Pair{sums[0], sums[1]};
    }
    return all;
  });
}

/// Both ends of the variable that a round is about; m = right numerator + lambda right denominator.
Pair terms(const HalfPair& low, const HalfPair& high, const Quintic& m, const Quintic& m1) {
  const Quintic &dr = low.right_denominator, &dl = low.left_denominator, &nl = low.left_numerator;
  return {dr * nl + dl * m,
          (high.right_denominator - dr) * (high.left_numerator - nl) + (high.left_denominator - dl) * (m1 - m)};
}

HalfPair bound(const HalfPair& low, const HalfPair& high, const Quintic& r) {
  const auto bind = [&](const Quintic& a, const Quintic& b) { return a + r * (b - a); };
  return {bind(low.left_numerator, high.left_numerator), bind(low.left_denominator, high.left_denominator),
          bind(low.right_numerator, high.right_numerator), bind(low.right_denominator, high.right_denominator)};
}

/// Values of as many parts of a vector.
template <std::size_t n>
using Parts = std::array<HalfPair, n>;

/// Where both halves of a vector of 2 half are constant.
Runs<Parts<2>> halves_of(const Runs<HalfPair>& runs, std::size_t half) {
  return intersect(slice(runs, 0, half), slice(runs, half, 2 * half),
                   [](const HalfPair& a, const HalfPair& b) { return Parts<2>{a, b}; });
}
/// Where all quarters of a vector of 4 quarter are.
Runs<Parts<4>> quarters_of(const Runs<HalfPair>& runs, std::size_t quarter) {
  return intersect(halves_of(slice(runs, 0, 2 * quarter), quarter),
                   halves_of(slice(runs, 2 * quarter, 4 * quarter), quarter),
                   [](const Parts<2>& a, const Parts<2>& b) { return Parts<4>{a[0], a[1], b[0], b[1]}; });
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
/// Runs of the arrays are not in memory until a piece beside them needs it.
template <class Sponge>
class LayerProof {
 public:
  LayerProof(Writer<Sponge>& writer, GkrLayer& layer, const GkrClaim& claim)
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
    Runs<HalfPair> runs = std::move(layer_.runs);  // of the arrays that the round reads, of 2 half
    std::vector<Quintic> next(1);
    Pair sums = first_sums(in, runs, half, eqs);
    for (std::size_t round = 0;; ++round) {
      const bool first = round == 0;
      const GkrArrays& now = first ? in : work;
      const Quintic r = send(sums, round, [&] {
        write_runs(now, runs, 0, 2 * half);
        return at_one_of(now, first, lambda_, half, eqs);
      });
      next.push_back(r);
      if (round + 1 == variables) return finish(now, first, r, std::move(next));
      half /= 2;
      sums = fold(now, work, runs, round, r, half, eqs);
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

  Pair first_sums(const GkrArrays& in, const Runs<HalfPair>& runs, std::size_t half, const ExtSpan& eqs) const {
    const auto constant = halves_of(runs, half);
    Pair sums = sum_over(gaps(constant, half, kGrain), [&](const SumcheckKernels& k, std::size_t begin, std::size_t end,
                                                           GkrSums& out) {
      for (const std::size_t part : {std::size_t{0}, half}) write_runs(in, runs, part + begin, part + end);
      k.gkr_first(in, lambda_, half, eqs, begin, end, out);
    });
    for (const Run<Parts<2>>& run : constant) {
      const auto& [low, high] = run.value;
      const Pair term = terms(low, high, low.right_numerator + lambda_ * low.right_denominator,
                              high.right_numerator + lambda_ * high.right_denominator);
      sums = sums + term * eq_sum(run.begin, run.end, 1);
    }
    return sums;
  }

  /// Binds r in arrays of 4 half, and sums the next round.
  Pair fold(const GkrArrays& in, const GkrArrays& work, Runs<HalfPair>& runs, std::size_t round, const Quintic& r,
            std::size_t half, const ExtSpan& eqs) const {
    const bool first = round == 0;
    const auto constant = quarters_of(runs, half);
    Pair sums = sum_over(gaps(constant, half, kGrain), [&](const SumcheckKernels& k, std::size_t begin, std::size_t end,
                                                           GkrSums& out) {
      for (std::size_t part = 0; part < 4 * half; part += half) write_runs(in, runs, part + begin, part + end);
      if (first) {
        k.gkr_fold_first(in, work, lambda_, r, half, eqs, begin, end, out);
      } else {
        k.gkr_fold(work, work, r, half, eqs, begin, end, out);
      }
    });
    std::vector<Range> pieces;
    Runs<HalfPair> low, high;
    for (const Run<Parts<4>>& run : constant) {
      cut(run.begin, run.end, 4 * kGrain, pieces);
      HalfPair a = bound(run.value[0], run.value[2], r), b = bound(run.value[1], run.value[3], r);
      if (first) {
        for (HalfPair* x : {&a, &b}) x->right_numerator += lambda_ * x->right_denominator;
      }
      sums = sums + terms(a, b, a.right_numerator, b.right_numerator) * eq_sum(run.begin, run.end, round + 2);
      low.push_back({run.begin, run.end, a});
      high.push_back({half + run.begin, half + run.end, b});
    }
    parallel_for(pieces.size(), 1, [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < to; ++i) {
        const auto [begin, end] = pieces[i];
        sumcheck_kernels_for(end - begin).eq_halve(eqs, half, begin, end);
      }
    });
    runs = std::move(low);
    runs.insert(runs.end(), high.begin(), high.end());
    return sums;
  }

  /// The sum of eq(the point's coordinates from `from` on, y), begin <= y < end.
  Quintic eq_sum(std::size_t begin, std::size_t end, std::size_t from) const {
    const auto rest = std::span<const Quintic>(point_).subspan(from);
    return tail_indicator(begin, rest) - tail_indicator(end, rest);
  }

  Writer<Sponge>& writer_;
  GkrLayer& layer_;
  std::vector<Quintic> point_;
  Quintic lambda_;
  Quintic left_;
};

}  // namespace

template <class Sponge>
GkrClaim prove_layer(Writer<Sponge>& writer, GkrLayer& layer, const GkrClaim& claim) {
  return LayerProof<Sponge>(writer, layer, claim).run();
}

template <class Sponge>
GkrClaim prove_gkr(Writer<Sponge>& writer, Fractions fractions) {
  const auto log_size = static_cast<unsigned>(std::bit_width(fractions.denominators.size()) - 1);
  std::vector<GkrLayer> layers(log_size);  // layers[i] has 2^(i + 1) fractions
  layers.back().base = std::move(fractions.numerators);
  layers.back().denominators = std::move(fractions.denominators);
  layers.back().pair_up(fractions.constant);
  for (unsigned i = log_size - 1; i > 0; --i) layers[i - 1] = layer_above(layers[i]);
  GkrClaim claim;
  const Quintic nl = layers[0].numerator(0), nr = layers[0].numerator(1);
  const Quintic dl = layers[0].denominators.get(0), dr = layers[0].denominators.get(1);
  writer.extension(std::array{nl, dl, nr, dr});
  claim.point.assign(1, writer.challenge());
  claim.numerator = nl + claim.point[0] * (nr - nl);
  claim.denominator = dl + claim.point[0] * (dr - dl);
  for (unsigned i = 1; i < log_size; ++i) {
    layers[i - 1] = GkrLayer{};
    claim = prove_layer(writer, layers[i], claim);
  }
  return claim;
}

template GkrClaim prove_layer(Writer<Poseidon2Sponge>&, GkrLayer&, const GkrClaim&);
template GkrClaim prove_gkr(Writer<Poseidon2Sponge>&, Fractions);

}  // namespace cairn::engine
