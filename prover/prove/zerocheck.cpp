#include "prover/prove/zerocheck.h"

#include <algorithm>
#include <array>

#include "prover/parallel.h"
#include "prover/prove/eq_prefix.h"
#include "prover/prove/sumcheck_kernels.h"

namespace cairn::engine {

namespace {

constexpr std::size_t kLogEqBlock = 10;  // stays in the cache

/// p(0), p(-1), p(2) of a round.
struct Points {
  Quintic at[3] = {Quintic::zero(), Quintic::zero(), Quintic::zero()};
  friend Points operator+(Points a, const Points& b) {
    for (std::size_t i = 0; i < 3; ++i) a.at[i] += b.at[i];
    return a;
  }
  Points& operator+=(const Points& b) { return *this = *this + b; }
  /// Adds the same to all: a part that does not depend on X.
  void add_constant(const Quintic& x) {
    for (Quintic& value : at) value += x;
  }
};

/// One table in the sumcheck: summed until its variables are bound, then what its columns say at their point.
/// The last variable is bound first, so rows of padding stay at the end, and are never looked at.
class TableSum {
 public:
  /// `tau` has the coordinates of the table's variables, and must outlive this.
  TableSum(const TableTrace& trace, const KoalaBear* public_values, const std::vector<Quintic>& weights,
           std::span<const Quintic> tau)
      : trace_(trace),
        public_values_(public_values),
        weights_(weights.data()),
        height_(trace.height()),
        rows_(whole(trace.used_rows, height_)),
        eq_(tau.first(tau.size() - 1), kLogEqBlock) {
    for (const KoalaBear* column : trace.columns) padding_row_.push_back(Quintic::from(column[height_ - 1]));
    padding_ = fold(padding_row_);
  }

  Points round() const {
    Points points;
    if (height_ == 1) {
      points.add_constant(bound_);
      return points;
    }
    const std::size_t pairs = rows_ / 2;
    points = parallel_sum(pairs, trace_.grain(), points, [&](std::size_t from, std::size_t to) {
      Points all;
      eq_.for_each_block(
          from, to, [&](std::size_t begin, std::size_t end, const ExtSpan& eq, const Quintic& factor) {
            const TableKernels& kernels = trace_.kernels_for(end - begin);
            ZerocheckSums sums;
            if (folded_.empty()) {
              kernels.round_base({trace_.columns.data(), public_values_}, weights_, eq, begin, end, sums);
            } else {
              kernels.round_ext({spans_.data(), public_values_}, weights_, eq, begin, end, sums);
            }
            for (std::size_t i = 0; i < 3; ++i) all.at[i] += factor * sums[i];
          });
      return all;
    });
    points.add_constant(padding_ * eq_.sum(pairs, height_ / 2));
    return points;
  }

  /// p(1), for a round whose tau is zero: row by row.
  Quintic at_one() const {
    if (height_ == 1) return bound_;
    Quintic sum = padding_ * eq_.sum(rows_ / 2, height_ / 2);
    for (std::size_t y = 0; y < rows_ / 2; ++y) sum += eq_.at(y) * fold(row(2 * y + 1));
    return sum;
  }

  void bind(const Quintic& r) {
    if (height_ == 1) return;
    const std::size_t pairs = rows_ / 2, width = trace_.columns.size();
    height_ /= 2;
    rows_ = whole(pairs, height_);
    const bool first = folded_.empty();
    if (first) {
      folded_.reserve(width);
      for (std::size_t i = 0; i < width; ++i) {
        folded_.emplace_back(rows_);
        spans_.emplace_back(folded_.back());
      }
    }
    const SumcheckKernels& kernels = sumcheck_kernels_for(pairs);
    parallel_for(width, first || pairs * width > 1 << 14 ? 1 : width, [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < to; ++i) {
        if (first) {
          kernels.bind_base(trace_.columns[i], r, spans_[i], 0, pairs);
        } else {
          kernels.bind_ext(spans_[i], r, spans_[i], 0, pairs);
        }
        spans_[i].fill(pairs, rows_, padding_row_[i]);
      }
    });
    if (height_ > 1) {
      eq_.drop();
    } else {
      bound_ = fold(row(0));
    }
  }

  /// The committed columns once all variables are bound.
  std::vector<Quintic> values() const {
    std::vector<Quintic> out = row(0);
    out.resize(trace_.shape->width);
    return out;
  }

 private:
  /// Rows that must be in memory, of `height`: whole vectors of pairs. The others are padding.
  static std::size_t whole(std::size_t used, std::size_t height) {
    return std::min((used + 31) / 32 * 32, height);
  }
  std::vector<Quintic> row(std::size_t y) const {
    std::vector<Quintic> out;
    for (std::size_t i = 0; i < trace_.columns.size(); ++i) {
      out.push_back(folded_.empty() ? Quintic::from(trace_.columns[i][y]) : folded_[i].get(y));
    }
    return out;
  }
  /// The weighted emissions of a row.
  Quintic fold(const std::vector<Quintic>& row) const {
    return trace_.shape->fold(row.data(), row.data() + trace_.shape->width, public_values_, weights_);
  }

  const TableTrace& trace_;
  const KoalaBear* public_values_;
  const Quintic* weights_;
  std::size_t height_;  // 2^variables that are left
  std::size_t rows_;    // of these, the others are padding
  EqPrefix eq_;         // at the coordinates of the variables that are left behind the round's
  std::vector<Quintic> padding_row_;
  Quintic padding_;  // the weighted emissions of it
  Quintic bound_;    // those of the row that is left
  std::vector<ExtVector> folded_;
  std::vector<ExtSpan> spans_;
};

/// Coefficients 1, 2, 3 of the cubic through p(0), p(1), p(-1), p(2).
std::array<Quintic, 3> coefficients(const Points& points, const Quintic& one) {
  const Quintic &zero = points.at[0], &minus = points.at[1], &two = points.at[2];
  const Quintic c2 = (one + minus).halve() - zero;
  const Quintic odd = one - minus;  // 2 c1 + 2 c3
  const Quintic c3 = (two - zero - c2.doubled().doubled() - odd) * KoalaBear::from(6).inverse();
  return {odd.halve() - c3, c2, c3};
}

}  // namespace

template <class Sponge>
std::vector<TableClaim> prove_zerocheck(Writer<Sponge>& writer, const Layout& layout,
                                        std::span<const TableTrace> traces, const KoalaBear* public_values,
                                        std::span<const Quintic> tau,
                                        std::span<const std::vector<Quintic>> weights, const Quintic& sum) {
  std::vector<TableSum> tables;
  tables.reserve(traces.size());
  for (std::size_t i = 0; i < traces.size(); ++i) {
    tables.emplace_back(traces[i], public_values, weights[i], tau.last(traces[i].placed.log_height));
  }
  std::vector<Quintic> point(layout.rounds);
  Quintic left = sum;
  for (unsigned variable = layout.rounds; variable-- > 0;) {
    Points points;
    for (const TableSum& table : tables) points += table.round();
    Quintic one = Quintic::zero();
    if (tau[variable].is_zero()) {
      for (const TableSum& table : tables) one += table.at_one();
    } else {
      one = (left - (Quintic::one() - tau[variable]) * points.at[0]) * tau[variable].inverse();
    }
    const auto c = coefficients(points, one);
    writer.extension(c);
    const Quintic r = writer.challenge();
    point[variable] = r;
    left = points.at[0] + r * (c[0] + r * (c[1] + r * c[2]));
    for (TableSum& table : tables) table.bind(r);
  }
  std::vector<TableClaim> claims;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableClaim claim{
        traces[i].placed.table, {point.end() - traces[i].placed.log_height, point.end()}, tables[i].values()};
    writer.extension(claim.values);
    claims.push_back(std::move(claim));
  }
  return claims;
}

template std::vector<TableClaim> prove_zerocheck(Writer<Poseidon2Sponge>&, const Layout&,
                                                 std::span<const TableTrace>, const KoalaBear*,
                                                 std::span<const Quintic>,
                                                 std::span<const std::vector<Quintic>>, const Quintic&);

}  // namespace cairn::engine
