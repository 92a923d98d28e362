#include "prover/prove/gkr.h"

#include <array>
#include <bit>

#include "prover/parallel.h"
#include "prover/prove/eq_prefix.h"
#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

namespace {

constexpr std::size_t kGrain = 1 << 12;
constexpr std::size_t kLogEqBlock = 9;  // many short rounds each make one

struct Pair {
  Quintic at_zero = Quintic::zero(), leading = Quintic::zero();
  friend Pair operator+(const Pair& a, const Pair& b) {
    return {a.at_zero + b.at_zero, a.leading + b.leading};
  }
};

/// A place of a layer in its sumcheck: left and right fraction, m = right numerator + lambda right
/// denominator.
struct Place {
  Quintic left_numerator, left_denominator, m, right_denominator;

  Quintic term() const { return left_numerator * right_denominator + left_denominator * m; }
};

Place bound(const Place& low, const Place& high, const Quintic& r) {
  const auto bind = [&](const Quintic& a, const Quintic& b) { return a + r * (b - a); };
  return {bind(low.left_numerator, high.left_numerator), bind(low.left_denominator, high.left_denominator),
          bind(low.m, high.m), bind(low.right_denominator, high.right_denominator)};
}

/// Places in memory, but for those that the runs name, which begin and end at multiples of 32.
class Places {
 public:
  Places() = default;
  /// Two vectors of the sizes that the layer before gave back.
  explicit Places(std::size_t size) : left_(staggered(2 * size)), right_(staggered(2 * size)) {
    const ExtSpan left(left_), right(right_);
    arrays_ = {left, left.from(size), right, right.from(size)};
  }
  bool empty() const { return left_.empty(); }
  const GkrArrays& arrays() const { return arrays_; }
  Place get(std::size_t i) const {
    const std::size_t at = position_of(i, lanes_);
    return {arrays_.left_numerator.get(at), arrays_.left_denominator.get(at), arrays_.m.get(at),
            arrays_.right_denominator.get(at)};
  }
  void write_runs(std::size_t begin, std::size_t end) const {
    for_each_run(runs_, begin, end,
                 [&](std::size_t from, std::size_t to, const Place& value) { write(from, to, value); });
  }
  const Runs<Place>& runs() const { return runs_; }
  /// They have been written with so many lanes; of their pairs those of `constant` are not written.
  void written(std::size_t lanes, Runs<Place> constant) {
    lanes_ = lanes;
    runs_ = std::move(constant);
    for (Run<Place>& run : runs_) {
      run.begin *= 2;
      run.end *= 2;
    }
  }
  /// Makes them readable for kernels of so many lanes. For the last rounds: takes each of `count` places by
  /// itself.
  void order(std::size_t lanes, std::size_t count) {
    if (lanes == lanes_) return;
    write_runs(0, count);
    std::vector<Place> places;
    for (std::size_t i = 0; i < count; ++i) places.push_back(get(i));
    for (std::size_t i = 0; i < count; ++i)
      write(position_of(i, lanes), position_of(i, lanes) + 1, places[i]);
    lanes_ = lanes;
  }

 private:
  void write(std::size_t begin, std::size_t end, const Place& value) const {
    arrays_.left_numerator.fill(begin, end, value.left_numerator);
    arrays_.left_denominator.fill(begin, end, value.left_denominator);
    arrays_.m.fill(begin, end, value.m);
    arrays_.right_denominator.fill(begin, end, value.right_denominator);
  }

  ExtVector left_, right_;
  GkrArrays arrays_;
  std::size_t lanes_ = 1;
  Runs<Place> runs_;
};

/// The sumcheck of one layer of 2^(variables + 1) fractions. Leaves left and right values at the end point.
/// The last variable is bound first, so pairs are neighbours, and what is constant stays so.
template <class Sponge>
class LayerProof {
 public:
  LayerProof(Writer<Sponge>& writer, GkrLayer& layer, const GkrClaim& claim, GkrWork* work)
      : writer_(writer),
        layer_(layer),
        point_(claim.point),
        lambda_(writer.challenge()),
        eq_(std::span<const Quintic>(point_).first(point_.size() - 1), kLogEqBlock),
        work_(work) {
    left_ = claim.numerator + lambda_ * claim.denominator;
  }

  GkrClaim run() {
    std::vector<Quintic> next(point_.size() + 1);
    Pair sums = first_sums();
    Places now, before;  // places of the round, and room for those of the next
    for (std::size_t variable = point_.size();;) {
      --variable;
      const bool first = variable + 1 == point_.size();
      const Quintic r = send(sums, variable, now, first);
      next[variable] = r;
      if (variable == 0) return finish(bound(place(now, first, 0), place(now, first, 1), r), std::move(next));
      eq_.drop();
      if (first) {
        now = Places(2 * pairs());
        sums = fold_first(now, r);
      } else {
        if (before.empty()) before = Places(2 * pairs());
        sums = fold(now, before, r);
        std::swap(now, before);
      }
    }
  }

 private:
  /// Of the round that eq_ is about.
  std::size_t pairs() const { return std::size_t{1} << eq_.variables(); }

  Place as_place(const Fraction& left, const Fraction& right) const {
    return {left.numerator, left.denominator, right.numerator + lambda_ * right.denominator,
            right.denominator};
  }
  Place place(const Places& now, bool first, std::size_t i) const {
    return first ? as_place(layer_.get(2 * i), layer_.get(2 * i + 1)) : now.get(i);
  }

  /// p(X) = c0 + c1 X + c2 X^2 without its factor eq(tau, X): (1 - tau) p(0) + tau p(1) = left.
  Quintic send(const Pair& sums, std::size_t variable, const Places& now, bool first) {
    const Quintic& tau = point_[variable];
    const Quintic one =
        tau.is_zero() ? at_one(now, first) : (left_ - (Quintic::one() - tau) * sums.at_zero) * tau.inverse();
    const Quintic c1 = one - sums.at_zero - sums.leading;
    writer_.extension(std::array{c1, sums.leading});
    const Quintic r = writer_.challenge();
    left_ = sums.at_zero + r * (c1 + r * sums.leading);
    return r;
  }

  /// p(1) pair by pair, for a round whose tau is zero: there the claim does not tell it.
  Quintic at_one(const Places& now, bool first) {
    if (first) {
      layer_.write_runs(0, layer_.size());
    } else {
      now.write_runs(0, 2 * pairs());
    }
    Quintic sum = Quintic::zero();
    for (std::size_t y = 0; y < pairs(); ++y) sum += eq_.at(y) * place(now, first, 2 * y + 1).term();
    return sum;
  }

  /// Sends the four values of the place that is left.
  GkrClaim finish(const Place& last, std::vector<Quintic> point) {
    const Quintic &nl = last.left_numerator, &dl = last.left_denominator, &dr = last.right_denominator;
    const Quintic nr = last.m - lambda_ * dr;
    writer_.extension(std::array{nl, dl, nr, dr});
    GkrClaim claim;
    const Quintic side = writer_.challenge();
    point.back() = side;
    claim.numerator = nl + side * (nr - nl);
    claim.denominator = dl + side * (dr - dl);
    claim.point = std::move(point);
    return claim;
  }

  /// The round's sums: ready(begin, end), then body(kernels, begin, end, sums) for pairs outside of the runs,
  /// and the runs in one term each.
  template <class Ready, class Body>
  Pair sum_pairs(const Runs<Place>& constant, Ready&& ready, Body&& body) const {
    const std::vector<Range> pieces = gaps(constant, pairs(), kGrain);
    if (work_ != nullptr) {
      for (const Range& piece : pieces) work_->pairs += piece.end - piece.begin;
    }
    const Pair looked_at = parallel_sum(pieces.size(), 1, Pair{}, [&](std::size_t from, std::size_t to) {
      Pair all;
      for (std::size_t i = from; i < to; ++i) {
        const auto [begin, end] = pieces[i];
        ready(begin, end);
        GkrSums sums;
        body(sumcheck_kernels_for(end - begin), begin, end, sums);
        all = all + Pair{sums[0], sums[1]};
      }
      return all;
    });
    // Both ends of the pair are the same, so nothing leads.
    const Quintic skipped =
        parallel_sum(constant.size(), 16, Quintic::zero(), [&](std::size_t from, std::size_t to) {
          Quintic all = Quintic::zero();
          for (std::size_t i = from; i < to; ++i) {
            all += constant[i].value.term() * eq_.sum(constant[i].begin, constant[i].end);
          }
          return all;
        });
    return looked_at + Pair{skipped, Quintic::zero()};
  }

  /// Places of the layer that are all the same.
  Runs<Place> places_of_runs() const {
    return paired(layer_.runs, [&](const Fraction& x) { return as_place(x, x); });
  }

  Pair first_sums() {
    const LayerSpan in = layer_.span();
    return sum_pairs(
        paired(places_of_runs()),
        [&](std::size_t begin, std::size_t end) { layer_.write_runs(4 * begin, 4 * end); },
        [&](const SumcheckKernels& kernels, std::size_t begin, std::size_t end, GkrSums& sums) {
          kernels.gkr_first(in, lambda_, eq_.span(), begin, end, sums);
        });
  }

  /// Binds r, and sums the next round over the places that come out.
  Pair fold_first(Places& out, const Quintic& r) {
    const LayerSpan in = layer_.span();
    Runs<Place> constant = paired(paired(places_of_runs()));
    const Pair sums = sum_pairs(
        constant, [&](std::size_t begin, std::size_t end) { layer_.write_runs(8 * begin, 8 * end); },
        [&](const SumcheckKernels& kernels, std::size_t begin, std::size_t end, GkrSums& given) {
          kernels.gkr_fold_first(in, out.arrays(), lambda_, r, eq_.span(), begin, end, given);
        });
    out.written(sumcheck_kernels_for(pairs()).lanes, std::move(constant));
    return sums;
  }
  Pair fold(Places& in, Places& out, const Quintic& r) {
    const std::size_t lanes = sumcheck_kernels_for(pairs()).lanes;
    in.order(lanes, 4 * pairs());
    Runs<Place> constant = paired(paired(in.runs()));
    const Pair sums = sum_pairs(
        constant, [&](std::size_t begin, std::size_t end) { in.write_runs(4 * begin, 4 * end); },
        [&](const SumcheckKernels& kernels, std::size_t begin, std::size_t end, GkrSums& given) {
          kernels.gkr_fold(in.arrays(), out.arrays(), r, eq_.span(), begin, end, given);
        });
    out.written(lanes, std::move(constant));
    return sums;
  }

  Writer<Sponge>& writer_;
  GkrLayer& layer_;
  std::vector<Quintic> point_;
  Quintic lambda_;
  EqPrefix eq_;  // at the coordinates of the variables that are left behind the round's
  GkrWork* work_;
  Quintic left_;
};

}  // namespace

template <class Sponge>
GkrClaim prove_layer(Writer<Sponge>& writer, GkrLayer& layer, const GkrClaim& claim, GkrWork* work) {
  return LayerProof<Sponge>(writer, layer, claim, work).run();
}

template <class Sponge>
GkrClaim prove_gkr(Writer<Sponge>& writer, Fractions fractions, GkrWork* work) {
  const auto log_size = static_cast<unsigned>(std::bit_width(fractions.denominators.size()) - 1);
  std::vector<GkrLayer> layers(log_size);  // layers[i] has 2^(i + 1) fractions
  layers.back().base = std::move(fractions.numerators);
  layers.back().denominators = std::move(fractions.denominators);
  layers.back().runs = std::move(fractions.constant);
  for (unsigned i = log_size - 1; i > 0; --i) layers[i - 1] = layer_above(layers[i]);
  layers[0].write_runs(0, 2);
  GkrClaim claim;
  const Fraction left = layers[0].get(0), right = layers[0].get(1);
  writer.extension(std::array{left.numerator, left.denominator, right.numerator, right.denominator});
  claim.point.assign(1, writer.challenge());
  claim.numerator = left.numerator + claim.point[0] * (right.numerator - left.numerator);
  claim.denominator = left.denominator + claim.point[0] * (right.denominator - left.denominator);
  for (unsigned i = 1; i < log_size; ++i) {
    layers[i - 1] = GkrLayer{};
    claim = prove_layer(writer, layers[i], claim, work);
  }
  return claim;
}

template GkrClaim prove_layer(Writer<Poseidon2Sponge>&, GkrLayer&, const GkrClaim&, GkrWork*);
template GkrClaim prove_gkr(Writer<Poseidon2Sponge>&, Fractions, GkrWork*);

}  // namespace cairn::engine
